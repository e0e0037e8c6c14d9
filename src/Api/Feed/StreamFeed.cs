// GET /internal/feed/v1: every event that ends a session, in commit order, from a cursor, forever replayable; or every event of one user.
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>Streams the feed to the bank's other services.</summary>
/// <param name="ofAll">Serves the feed of all users.</param>
/// <param name="ofUser">Streams the events of one user.</param>
/// <param name="audit">Records who reads it.</param>
/// <param name="seesAccounts">Whether accounts are masked.</param>
/// <param name="time">The API's clock.</param>
internal sealed class StreamFeed(
    FeedOfAll ofAll, StreamUser ofUser, AuditTrail audit, MaySeeAccounts seesAccounts, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/internal/feed/v1", (Delegate)Handle)
        .WithName("feed")
        .WithSummary("Every event that ends sessions, in commit order, from a cursor, as Server-Sent Events")
        .WithDescription("The id of an event is its cursor: come again with it as Last-Event-ID (or after) and nothing is missed. "
            + "An event's data is FeedData; it may come twice, with the same id. follow=false gives one JSON page and the cursor of "
            + "the next. With user and events=all: every event of one user (TimelineEvent), by version instead of cursor.")
        .Produces<FeedPage>(200, "application/json", EventStream.MediaType);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var fault = FeedQuery.Read(http.Request, out var query);
        if (await ofAll.FindStart(http, fault, query, startedAt) is not { } start)
        {
            return;
        }

        var masked = query.MaskAccounts || !seesAccounts(http);
        if (query.User is { } user)
        {
            await audit.Record(http, KeyUses.Feed, user);
            await ofAll.Stay(http, startedAt, caller => ofUser.Serve(http, caller.Seen(user), query.AfterVersion, masked));
            return;
        }

        await audit.RecordHourly(http, KeyUses.Feed);
        await ofAll.Serve(http, new Endings(masked), query, start, startedAt);
    }

    // What ends sessions: the pump brings each one read.
    private sealed class Endings(bool masked) : FeedForm<FeedData>
    {
        public override bool IsOne(string name) => SessionsEnded.IsOne(name);

        public override FeedItem<FeedData> Read(StoredEvent stored) => Of(SessionsEnded.Read(stored));

        public override FeedItem<FeedData>? Find(SessionsEnded ended) => Of(ended);

        public override byte[] Line(FeedData data) => PlainJson.Line(data, ApiJson.Plain.FeedData);

        public override byte[] Page(IReadOnlyList<FeedItem<FeedData>> items, string next, bool more) => PlainJson.Line(
            new FeedPage([.. items.Select(item => new FeedEntry(item.Cursor.ToString(), item.Name, item.Data))], next, more),
            ApiJson.Plain.FeedPage);

        private FeedItem<FeedData> Of(SessionsEnded ended) =>
            new(ended.Cursor, ended.User.Program, ended.Name, Describe(ended, masked));
    }

    private static FeedData Describe(SessionsEnded ended, bool masked)
    {
        var isExpiry = ended.Reason == "expired";
        return new FeedData(
            ended.User.Program, masked ? Accounts.Masked(ended.Account) : ended.Account,
            [.. ended.Sessions.Select(session => session.Value)], ended.Device.LabelText,
            ended.At.UtcDateTime, ended.Version, ended.User.Reference, (int?)ended.Mode, isExpiry ? ended.Cause : null,
            isExpiry ? null : ended.Cause,
            ended.OnBehalf?.Kind is { } kind ? JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()) : null, ended.OnBehalf?.Reason);
    }
}

/// <summary>A page of the feed.</summary>
/// <param name="Events">The events that ended sessions, in commit order.</param>
/// <param name="Next">The cursor to ask with the next time.</param>
/// <param name="More">Whether there is more to be read at once.</param>
public sealed record FeedPage(IReadOnlyList<FeedEntry> Events, string Next, bool More);

/// <summary>An event that ended sessions.</summary>
/// <param name="Cursor">Its place in the feed.</param>
/// <param name="Event">Its stored name.</param>
/// <param name="Data">What it says.</param>
public sealed record FeedEntry(string Cursor, string Event, FeedData Data);

/// <summary>What an event of the feed says.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER, as text; where accounts are masked, four asterisks and its last digits.</param>
/// <param name="Sessions">The sessions that ended: their LOGIN_HISTORY_IDs.</param>
/// <param name="Device">The label of the device they lived on.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Version">The event's version in the user's stream.</param>
/// <param name="User">The user, as management calls take it.</param>
/// <param name="Mode">1 or 2, for a sign-out.</param>
/// <param name="Limit">token, absolute or idle, for a session that a limit ended.</param>
/// <param name="Why">same-device or session-limit, for a session that a newer one replaced.</param>
/// <param name="By">other-device, support, service or incident, for sessions that somebody ended on the user's behalf.</param>
/// <param name="Reason">The configured code that was given with it.</param>
public sealed record FeedData(
    int Program,
    string Account,
    IReadOnlyList<Guid> Sessions,
    string Device,
    DateTime At,
    [property: JsonPropertyOrder(1)] long Version,
    [property: JsonPropertyOrder(2)] string User,
    int? Mode = null,
    string? Limit = null,
    string? Why = null,
    string? By = null,
    string? Reason = null);
