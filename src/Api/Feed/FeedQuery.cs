// What a caller of the feed asks for: from where, of whom, and whether to stay.
using System.Globalization;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>A question to the feed.</summary>
/// <param name="After">The cursor of the last event that the caller has; null for the end of the feed as it is now.</param>
/// <param name="Follow">Whether to stay and wait for more.</param>
/// <param name="Max">The most events of a page.</param>
/// <param name="MaskAccounts">Whether accounts are to be masked.</param>
/// <param name="User">The user whose every event is asked for; null for what ends sessions, of all users.</param>
/// <param name="AfterVersion">With a user, the version of the last event that the caller has; null for the user's last event as it is
/// now.</param>
internal readonly record struct FeedQuery(
    FeedCursor? After, bool Follow, int Max, bool MaskAccounts = false, UserId? User = null, long? AfterVersion = 0)
{
    public const int MaxDefault = 100;
    public const int MaxMost = 1_000;

    private const string End = "end";

    /// <summary>The answer to a cursor that this log never gave.</summary>
    public static readonly Answer BadCursor = new(
        400, "after (or Last-Event-ID) must be a cursor of this feed, such as 0-42, or end; leave it out to start at the beginning");

    private static readonly Answer BadVersion =
        new(400, "With user, after (or Last-Event-ID) must be a version, 0 or above, or end; leave it out for all of the user's events");

    private static readonly Answer BadFollow = new(400, "follow must be true or false");
    private static readonly Answer BadMax = new(400, "max must be a number from 1 to 1000, and goes with follow=false");
    private static readonly Answer BadWakes = new(400, "Wakes are of all users and name no account: leave user, events and accounts out");
    private static readonly Answer BadAccounts = new(400, "accounts must be masked, or left out");

    private static readonly Answer BadUser = new(
        400, "user must be a user as answers name it, and goes with events=all; page through the timeline instead of follow=false");

    /// <summary>Reads the question.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static Answer? Read(HttpRequest request, out FeedQuery query)
    {
        query = default;
        if (request.Query["accounts"] is { Count: > 0 } accounts && accounts != "masked")
        {
            return BadAccounts;
        }

        var after = AfterOf(request);
        var fault = request.Query["user"].Count > 0 || request.Query["events"].Count > 0
            ? ReadOfUser(request.Query, after, out query)
            : ReadOfAll(request.Query, after, out query);
        query = query with { MaskAccounts = request.Query["accounts"].Count > 0 };
        return fault;
    }

    /// <summary>Reads the question for wakes.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static Answer? ReadOfWakes(HttpRequest request, out FeedQuery query)
    {
        query = default;
        string[] foreign = ["user", "events", "accounts"];
        return foreign.Any(request.Query.ContainsKey) ? BadWakes : ReadOfAll(request.Query, AfterOf(request), out query);
    }

    // The header first: a client that comes again keeps its first address.
    private static StringValues AfterOf(HttpRequest request) =>
        request.Headers["Last-Event-ID"] is { Count: > 0 } last ? last : request.Query["after"];

    private static Answer? ReadOfAll(IQueryCollection asked, StringValues after, out FeedQuery query)
    {
        query = default;
        var cursor = FeedCursor.Start;
        var isEnd = after == End;
        if (!isEnd && (after.Count > 1 || (after.Count == 1 && !FeedCursor.TryParse(after[0], out cursor))))
        {
            return BadCursor;
        }

        var follow = asked["follow"];
        if (follow.Count > 1 || (follow.Count == 1 && follow[0] is not ("true" or "false")))
        {
            return BadFollow;
        }

        var (stays, most, max) = (follow.Count == 0 || follow[0] == "true", MaxDefault, asked["max"]);
        if (max.Count > 0 && (stays || max.Count > 1
            || !int.TryParse(max[0], NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > MaxMost))
        {
            return BadMax;
        }

        query = new FeedQuery(isEnd ? null : cursor, stays, most);
        return null;
    }

    private static Answer? ReadOfUser(IQueryCollection asked, StringValues after, out FeedQuery query)
    {
        query = default;
        if (asked["events"] != "all" || asked["user"].Count != 1 || !UserId.TryParse(asked["user"][0], out var user)
            || (asked["follow"].Count > 0 && asked["follow"] != "true") || asked["max"].Count > 0)
        {
            return BadUser;
        }

        var (isEnd, version) = (after == End, 0L);
        if (!isEnd && (after.Count > 1
            || (after.Count == 1 && !long.TryParse(after[0], NumberStyles.None, CultureInfo.InvariantCulture, out version))))
        {
            return BadVersion;
        }

        query = new FeedQuery(FeedCursor.Start, Follow: true, MaxDefault, User: user, AfterVersion: isEnd ? null : version);
        return null;
    }
}
