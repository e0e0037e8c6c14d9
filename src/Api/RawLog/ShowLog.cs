// GET /internal/log/v1: whole events as they are stored, in commit order. Damaged ones too: this is where damage is looked for.
using System.Buffers;
using System.Globalization;
using System.Text.Json;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.RawLog;

/// <summary>Shows the log to those who recompute its hash chains: <c>sessions verify</c>.</summary>
/// <param name="feed">The log.</param>
/// <param name="audit">Records who reads it.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">Measures how long a refusal took.</param>
internal sealed class ShowLog(IFeed feed, AuditTrail audit, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>One JSON object a line.</summary>
    public const string MediaType = "application/x-ndjson";

    /// <summary>The path.</summary>
    public const string Path = "/internal/log/v1";

    private const int EventsPerFlush = 200;
    private static readonly JsonWriterOptions Unchecked = new() { SkipValidation = true };

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet(Path, (Delegate)Handle)
        .WithName("log")
        .WithSummary("Whole events as they are stored, in commit order, in pages: what it takes to recompute the hash chains")
        .WithDescription("A line is a LogEvent, the last one a LogEnd: an answer without it was broken off. Events are shown as they are, "
            + "also those whose hash does not fit. Nothing is checked here.")
        .Produces<LogEvent>(200, MediaType);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        if (LogQuery.Read(http.Request.Query, out var query) is { } fault)
        {
            refuse.With(http, RefusalCode.QueryField, startedAt, fault);
            return;
        }

        var end = await feed.FindEnd(http.RequestAborted);
        if (query.After.IsAfter(end))
        {
            refuse.With(http, RefusalCode.QueryField, startedAt, FeedQuery.BadCursor);
            return;
        }

        await audit.RecordHourly(http, KeyUses.Log);
        var events = await feed.ReadFeed(query.After, query.Max, http.RequestAborted);
        await Write(http, query, events, end);
    }

    private static async Task Write(HttpContext http, LogQuery query, IReadOnlyList<StoredEvent> events, FeedCursor end)
    {
        var (response, caller) = (http.Response, http.ManagementCaller());
        (response.StatusCode, response.ContentType, response.Headers.CacheControl) = (StatusCodes.Status200OK, MediaType, "no-store");
        response.Headers.XContentTypeOptions = "nosniff";
        var output = response.BodyWriter;
        await using var json = new Utf8JsonWriter(output, Unchecked);
        for (var i = 0; i < events.Count; i++)
        {
            if (Sees(caller, events[i].Stream))
            {
                LogEvent.Write(json, events[i]);
                EndLine(json, output);
            }

            if (i % EventsPerFlush == EventsPerFlush - 1 && (await output.FlushAsync(http.RequestAborted)).IsCompleted)
            {
                return; // The caller has gone.
            }
        }

        var next = events.Count > 0 ? events[^1].Cursor : query.After;
        LogEnd.Write(json, new LogEnd(next.ToString(), events.Count == query.Max, PercentOf(next, end)));
        EndLine(json, output);
    }

    private static void EndLine(Utf8JsonWriter json, IBufferWriter<byte> output)
    {
        json.Flush();
        json.Reset();
        output.Write("\n"u8);
    }

    // A key for some programs sees the streams of their users, and nothing of the others.
    private static bool Sees(ManagementCaller caller, string stream) => caller.Programs is null
        || (stream.Split('-') is ["user", var program, _]
            && int.TryParse(program, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && caller.Sees(id));

    private static int PercentOf(FeedCursor next, FeedCursor end) =>
        end.Position <= 0 || !end.IsAfter(next) ? 100 : (int)Math.Clamp(next.Position * 100.0 / end.Position, 0, 99);
}
