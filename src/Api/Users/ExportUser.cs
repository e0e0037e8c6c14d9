// POST /internal/export/v1: everything that the log has of a person, complete and readable, as a file that can be checked elsewhere.
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Users.Words;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Exports a user's events. The log is read twice, in pages: once to check the hashes and to learn what devices are called, and
/// once to write. No more than a page of events is in memory.</summary>
/// <param name="events">Reads and describes them.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="audit">Records who looks at whom.</param>
/// <param name="seesAccounts">Whether accounts are masked.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
/// <param name="logger">Where a broken export is logged.</param>
internal sealed partial class ExportUser(
    UserEvents events, UserKey users, AuditTrail audit, MaySeeAccounts seesAccounts, RefusalWriter refuse, TimeProvider time,
    ILogger<ExportUser> logger)
{
    /// <summary>The media type of a CSV file (RFC 4180).</summary>
    public const string Csv = "text/csv";

    /// <summary>The most exports of a node at once.</summary>
    public const int AtOnceMax = 4;

    private const int PageMax = 500;

    private int _running;

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/export/v1", (Delegate)Handle)
        .WithName("export")
        .WithSummary("Everything that the log has of one user, as JSON or CSV")
        .WithDescription("The user is named by user, or by program and account.")
        .Accepts<ExportRequest>("application/json", "text/plain")
        .Produces<ExportedUser>(200, "application/json", Csv);

    private Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var (user, isCsv) = (Fields.UserOrReference(body, users), IsCsv(body));
            await audit.Record(http, KeyUses.Export, user);
            if (Interlocked.Increment(ref _running) > AtOnceMax)
            {
                Interlocked.Decrement(ref _running);
                refuse.With(http, RefusalCode.Overload, startedAt);
                return;
            }

            try
            {
                await Export(http, http.ManagementCaller().Seen(user), isCsv);
            }
            catch (Exception e) when (http.Response.HasStarted)
            {
                if (!http.RequestAborted.IsCancellationRequested)
                {
                    LogBroken(logger, e, http.TraceIdentifier);
                }

                http.Abort(); // An end that nobody takes for the end of the file.
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        });
    }

    private static bool IsCsv(JsonElement body) =>
        body.TryGetProperty("format", out var format) && Fields.TextOf(format) switch
        {
            "json" => false,
            "csv" => true,
            _ => throw new FieldException("format must be json or csv; leave it out for json"),
        };

    private async Task Export(HttpContext http, UserId user, bool isCsv)
    {
        var (facts, account, last) = await Learn(user, http.RequestAborted);
        http.Origin().Slot?.Release(); // A file is no request any more, and there are few of them.
        var masked = !seesAccounts(http);
        var head = new ExportedHead(
            user, account is { } known ? masked ? Accounts.Masked(known) : known : null, last, masked, time.GetUtcNow());
        Begin(http.Response, $"{user.Stream}.{(isCsv ? "csv" : "json")}", isCsv ? Csv : "application/json");
        await (isCsv ? WriteCsv(http, head, facts) : WriteJson(http, head, facts));
    }

    // All of it is checked before the first byte is sent: damage is a 503, and no file that breaks off.
    private async ValueTask<(UserFacts Facts, string? Account, long Last)> Learn(UserId user, CancellationToken stop)
    {
        var (facts, last, account) = (new UserFacts(), 0L, (string?)null);
        UserEventsPage page;
        do
        {
            page = await events.Read(user, last, PageMax, stop);
            UserEvents.Learn(facts, page.Events);
            account ??= page.Events.Length > 0 ? Accounts.Of(page.Events[0].Stored) : null;
            last += page.Events.Length;
        }
        while (page.Events.Length == PageMax);
        return (facts, account, last);
    }

    private async Task WriteJson(HttpContext http, ExportedHead head, UserFacts facts)
    {
        var body = http.Response.BodyWriter;
        Write(http.Response, head.Begin());
        await ForEach(http, head, one =>
        {
            var line = PlainJson.Line(UserEvents.Describe(one, facts, head.Masked), ApiJson.Plain.TimelineEvent);
            Write(http.Response, one.Stored.Version == 1 ? "\n" : ",\n");
            body.Write(line);
        });
        Write(http.Response, "\n]}\n");
        await body.FlushAsync(http.RequestAborted);
    }

    private async Task WriteCsv(HttpContext http, ExportedHead head, UserFacts facts)
    {
        Write(http.Response, "version,at,words,name,data,command,ordinal,hash\r\n");
        await ForEach(http, head, one =>
        {
            var shown = UserEvents.Describe(one, facts, head.Masked);
            var at = one.Happened?.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "";
            Write(http.Response, string.Create(
                CultureInfo.InvariantCulture,
                $"{shown.Version},{at},{Quoted(shown.Words)},{shown.Name},{Quoted(Encoding.UTF8.GetString(shown.Data.Utf8.Span))},")
                + string.Create(CultureInfo.InvariantCulture, $"{shown.Command},{shown.Ordinal},{shown.Hash}\r\n"));
        });
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    // As many as were checked: what is appended meanwhile is not in this file.
    private async ValueTask ForEach(HttpContext http, ExportedHead head, Action<ReadEvent> write)
    {
        for (var written = 0L; written < head.Last;)
        {
            var page = await events.Read(head.User, written, (int)Math.Min(PageMax, head.Last - written), http.RequestAborted);
            foreach (var one in page.Events)
            {
                write(one);
            }

            written += page.Events.Length;
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
    }

    private static void Begin(HttpResponse response, string file, string mediaType)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = $"{mediaType}; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentDisposition = $"attachment; filename=\"{file}\"";
        response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private static void Write(HttpResponse response, string text) => Encoding.UTF8.GetBytes(text, response.BodyWriter);

    [LoggerMessage(2501, LogLevel.Error, "evt=export.broken rid={RequestId}: an export failed by a fault of the service and was cut off.")]
    private static partial void LogBroken(ILogger logger, Exception exception, string requestId);
}
