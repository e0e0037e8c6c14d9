// What a caller of the feed asks for: from where, and whether to stay.
using System.Globalization;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>A question to the feed.</summary>
/// <param name="After">The cursor of the last event that the caller has.</param>
/// <param name="Follow">Whether to stay and wait for more.</param>
/// <param name="Max">The most events of a page.</param>
internal readonly record struct FeedQuery(FeedCursor After, bool Follow, int Max)
{
    public const int MaxDefault = 100;
    public const int MaxMost = 1_000;

    /// <summary>The answer to a cursor that this log never gave.</summary>
    public static readonly Answer BadCursor =
        new(400, "after (or Last-Event-ID) must be a cursor of this feed, such as 0-42; leave it out to start at the beginning");

    private static readonly Answer BadFollow = new(400, "follow must be true or false");
    private static readonly Answer BadMax = new(400, "max must be a number from 1 to 1000, and goes with follow=false");

    /// <summary>Reads the question.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static Answer? Read(HttpRequest request, out FeedQuery query)
    {
        query = default;
        var after = FeedCursor.Start;
        var last = request.Headers["Last-Event-ID"];
        var cursor = last.Count > 0 ? last : request.Query["after"]; // The header: a client that comes again keeps its first address.
        if (cursor.Count > 1 || (cursor.Count == 1 && !FeedCursor.TryParse(cursor[0], out after)))
        {
            return BadCursor;
        }

        var follow = request.Query["follow"];
        if (follow.Count > 1 || (follow.Count == 1 && follow[0] is not ("true" or "false")))
        {
            return BadFollow;
        }

        var (stays, most, max) = (follow.Count == 0 || follow[0] == "true", MaxDefault, request.Query["max"]);
        if (max.Count > 0 && (stays || max.Count > 1
            || !int.TryParse(max[0], NumberStyles.None, CultureInfo.InvariantCulture, out most) || most is < 1 or > MaxMost))
        {
            return BadMax;
        }

        query = new FeedQuery(after, stays, most);
        return null;
    }
}
