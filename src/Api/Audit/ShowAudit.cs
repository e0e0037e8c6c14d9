// POST /internal/audit/v1: who looked at whom, newest first. Opening it is a row of it.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Audit;

/// <summary>Shows what management keys were used for.</summary>
/// <param name="log">The record.</param>
/// <param name="trail">Records that it was read.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class ShowAudit(IAuditLog log, AuditTrail trail, RefusalWriter refuse, TimeProvider time)
{
    private const int MaxDefault = 100;
    private const int MaxMost = 1_000;
    private static readonly TimeSpan SpanDefault = TimeSpan.FromDays(30);
    private static readonly TimeSpan SpanMost = TimeSpan.FromDays(400);

    // Another node's clock may be ahead; further ahead than this nothing is stored.
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(10);

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/audit/v1", (Delegate)Handle)
        .WithName("audit")
        .WithSummary("What management keys were used for, newest first: who looked at whom")
        .WithDescription("All members of the body are optional. A page may hold fewer rows than max, or none, while next is there: ask "
            + "again with before=next. Reading the record is recorded, too.")
        .Accepts<AuditRequest>("application/json", "text/plain")
        .Produces<AuditPage>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var (question, wanted) = (QuestionOf(body), WantedOf(body, http.ManagementCaller()));
        await trail.Record(http, KeyUses.Audit, user: null);
        var part = await log.Read(question, wanted, http.RequestAborted);
        var page = new AuditPage([.. part.Rows.Select(row => Describe(row.Position, row.Used))], part.Next?.ToString());
        PlainJson.Write(http.Response, 200, page, ApiJson.Plain.AuditPage);
    });

    private AuditQuestion QuestionOf(JsonElement body)
    {
        var until = Fields.OptionalTime(body, "until") ?? time.GetUtcNow() + Ahead;
        var from = Fields.OptionalTime(body, "from") ?? until - SpanDefault;
        if (from >= until || until - from > SpanMost)
        {
            throw new FieldException("from must be before until, and at most 400 days before it");
        }

        AuditPosition? before = Fields.Text(body, "before") is not { } text ? null
            : AuditPosition.TryParse(text, out var position) ? position
            : throw new FieldException("before must be the next of an answer, such as 20261126-41");
        var max = !body.TryGetProperty("max", out var value) ? MaxDefault
            : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var most) && most is >= 1 and <= MaxMost ? most
            : throw new FieldException("max must be a number from 1 to 1000");
        return new AuditQuestion(from, until, before, max);
    }

    // A key for some programs sees what was done with their users, and what it did itself.
    private static Func<KeyUsed, bool> WantedOf(JsonElement body, ManagementCaller caller)
    {
        var (key, actor, user) = (Fields.Text(body, "key"), Fields.Text(body, "actor"), Fields.Text(body, "user"));
        if (user is not null && !UserId.TryParse(user, out _))
        {
            throw new FieldException("user must be a user's key, such as 2001-0123456789abcdef0123456789abcdef");
        }

        return used => (key is null || used.Key == key)
            && (actor is null || used.Actor == actor)
            && (user is null || (used.User is { } of && of.Reference == user))
            && (caller.Programs is null || (used.User is { } seen ? caller.Sees(seen.Program) : used.Key == caller.Key));
    }

    private static AuditRow Describe(AuditPosition position, KeyUsed used) => new(
        position.ToString(), used.At.UtcDateTime, used.Key, used.What, used.Actor, used.User is { } user ? user.Reference : null);
}

/// <summary>Which uses of management keys to show. Every member is optional.</summary>
/// <param name="Key">Those of the key of this name.</param>
/// <param name="Actor">Those for this person.</param>
/// <param name="User">Those that looked at this user: the user's key, PROGRAM_ID and 32 hex digits with a hyphen.</param>
/// <param name="From">Not before this time (RFC 3339); 30 days before until when absent, and at most 400 days.</param>
/// <param name="Until">Before this time (RFC 3339); now when absent.</param>
/// <param name="Before">The next of the last answer.</param>
/// <param name="Max">The most rows: 1 to 1000, 100 when absent.</param>
public sealed record AuditRequest(
    string? Key = null, string? Actor = null, string? User = null, DateTimeOffset? From = null, DateTimeOffset? Until = null,
    string? Before = null, int? Max = null);

/// <summary>Uses of management keys, newest first.</summary>
/// <param name="Rows">The uses.</param>
/// <param name="Next">Ask again with it as before; absent when there is nothing more.</param>
public sealed record AuditPage(IReadOnlyList<AuditRow> Rows, string? Next = null);

/// <summary>A use of a management key.</summary>
/// <param name="Id">Its place in the record.</param>
/// <param name="At">When it was.</param>
/// <param name="Key">The key's name.</param>
/// <param name="What">timeline, user, search, export, feed, audit, revoke, incident or incidents; a later version may add others.</param>
/// <param name="Actor">The person for whom the key asked, where one was named.</param>
/// <param name="User">The key of the user whom it looked at, where it was one.</param>
public sealed record AuditRow(string Id, DateTime At, string Key, string What, string? Actor = null, string? User = null);
