// GET /internal/feed/v1: every event that ends a session, in commit order, from a cursor, forever replayable; or every event of one user.
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>Streams the feed to the bank's other services.</summary>
/// <param name="feed">The log.</param>
/// <param name="pump">Announces what is new.</param>
/// <param name="audit">Records who reads it.</param>
/// <param name="ofUser">Streams the events of one user.</param>
/// <param name="seesAccounts">Whether accounts are masked.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="node">Knows when the node stops.</param>
/// <param name="time">The clock of the heartbeat.</param>
/// <param name="logger">Where a broken stream is logged.</param>
internal sealed class StreamFeed(
    IFeed feed, FeedPump pump, AuditTrail audit, StreamUser ofUser, MaySeeAccounts seesAccounts, RefusalWriter refuse, NodeState node,
    TimeProvider time, ILogger<StreamFeed> logger)
{
    /// <summary>The most streams of this endpoint that a node keeps open.</summary>
    public const int StreamsMax = 64;

    private const int ReadMax = 1_000;
    private const int ReadsPerPage = 10;

    private int _streams;

    /// <summary>How many streams are open on this node.</summary>
    public int Open => Volatile.Read(ref _streams);

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
        if (FeedQuery.Read(http.Request, out var query) is { } fault)
        {
            refuse.With(http, RefusalCode.QueryField, startedAt, fault);
        }
        else if (query.After is { } after && after.IsAfter(await feed.FindEnd(http.RequestAborted)))
        {
            // A cursor of another log would wait forever without a word.
            refuse.With(http, RefusalCode.QueryField, startedAt, FeedQuery.BadCursor);
        }
        else
        {
            query = query with { MaskAccounts = query.MaskAccounts || !seesAccounts(http) };
            var from = query.After ?? await feed.FindEnd(http.RequestAborted);
            await (query.User is { } user ? audit.Record(http, KeyUses.Feed, user) : audit.RecordHourly(http, KeyUses.Feed));
            await (query.Follow ? Stay(http, query, from, startedAt) : WritePage(http, query, from));
        }
    }

    private async Task Stay(HttpContext http, FeedQuery query, FeedCursor after, long startedAt)
    {
        if (Interlocked.Increment(ref _streams) > StreamsMax || node.IsStopping)
        {
            Interlocked.Decrement(ref _streams);
            refuse.With(http, RefusalCode.Overload, startedAt);
            return;
        }

        try
        {
            var caller = http.ManagementCaller();
            using var withdrawn = caller.Withdrawn.Register(http.Abort); // It connects again, and is refused if it may not.
            await (query.User is { } user
                ? ofUser.Serve(http, caller.Seen(user), query.AfterVersion, query.MaskAccounts)
                : EventStream.Serve(http, node, logger, (stream, stop) => Follow(stream, caller, after, query.MaskAccounts, stop)));
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task Follow(EventStream stream, ManagementCaller caller, FeedCursor after, bool masked, CancellationToken stop)
    {
        await stream.Begin(stop);
        while (true)
        {
            // The long part of the way before listening, so that the buffer does not run full meanwhile.
            after = await Replay(stream, caller, after, masked, stop);
            using var listener = await pump.ListenToAll(stop);
            using var heartbeat = time.CreateTimer(_ => listener.Wake(), null, EventStream.Heartbeat, EventStream.Heartbeat);
            after = await Replay(stream, caller, after, masked, stop);
            stream.Comment("live");
            await stream.Flush(stop);
            after = await Listen(stream, caller, listener, after, masked, stop);
        }
    }

    // To the end of the log; at the caller's pace, because each page is sent before the next one is read.
    private async ValueTask<FeedCursor> Replay(
        EventStream stream, ManagementCaller caller, FeedCursor after, bool masked, CancellationToken stop)
    {
        IReadOnlyList<StoredEvent> page;
        do
        {
            page = await feed.ReadCheckedFeed(after, ReadMax, stop);
            foreach (var stored in page.Where(stored => SessionsEnded.IsOne(stored.Name)))
            {
                Write(stream, caller, SessionsEnded.Read(stored), masked);
            }

            after = page.Count > 0 ? page[^1].Cursor : after;
            await stream.Flush(stop);
        }
        while (page.Count == ReadMax);
        return after;
    }

    // Returns when the pump has cut this listener off, because its buffer was full: it continues from the log, by its cursor.
    private static async ValueTask<FeedCursor> Listen(
        EventStream stream, ManagementCaller caller, FeedListener listener, FeedCursor after, bool masked, CancellationToken stop)
    {
        while (await listener.Events.WaitToReadAsync(stop))
        {
            while (listener.Events.TryRead(out var ended))
            {
                if (ended is null)
                {
                    stream.Comment("");
                }
                else if (ended.Cursor.IsAfter(after))
                {
                    Write(stream, caller, ended, masked);
                    after = ended.Cursor;
                }
            }

            await stream.Flush(stop);
        }

        return after;
    }

    private async Task WritePage(HttpContext http, FeedQuery query, FeedCursor after)
    {
        var (next, more) = (after, true);
        var (events, caller) = (new List<SessionsEnded>(), http.ManagementCaller());
        for (var reads = 0; more && reads < ReadsPerPage && events.Count < query.Max; reads++)
        {
            var page = await feed.ReadCheckedFeed(next, ReadMax, http.RequestAborted);
            more = page.Count == ReadMax;
            foreach (var stored in page)
            {
                if (events.Count == query.Max)
                {
                    more = true;
                    break;
                }

                if (SessionsEnded.IsOne(stored.Name) && SessionsEnded.Read(stored) is var ended && caller.Sees(ended.User.Program))
                {
                    events.Add(ended);
                }

                next = stored.Cursor;
            }
        }

        var answer = new FeedPage(
            [.. events.Select(ended => new FeedEntry(ended.Cursor.ToString(), ended.Name, Describe(ended, query.MaskAccounts)))],
            next.ToString(), more);
        PlainJson.Write(http.Response, 200, answer, ApiJson.Plain.FeedPage);
    }

    // Of a program that the key may not see nothing is said; not even that there was something.
    private static void Write(EventStream stream, ManagementCaller caller, SessionsEnded ended, bool masked)
    {
        if (caller.Sees(ended.User.Program))
        {
            stream.Event(ended.Cursor.ToString(), ended.Name, PlainJson.Line(Describe(ended, masked), ApiJson.Plain.FeedData));
        }
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
