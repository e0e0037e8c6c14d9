// POST /internal/sign-out/v1: support and the fraud desk end sessions of a user.
using System.Text.Json;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.OnBehalf;

/// <summary>Ends a session, a device's sessions or all of a user's.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="wording">The reasons and sentences.</param>
/// <param name="audit">Records which key did it.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class SignOutForUser(
    ProgramDirectory programs, UserKey users, UserGrains grains, Wording wording, AuditTrail audit, RefusalWriter refuse,
    TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/sign-out/v1", (Delegate)Handle)
        .WithName("end-sessions")
        .WithSummary("End a session, a device's sessions or all sessions of a user")
        .WithDescription("200 when the end is in the log and every node refuses the sessions, also when they had ended before: "
            + "already says "
            + "how. With scope user, sessions that nobody reported end as well. "
            + "Sent again with the same requestId it acts once. It cannot be undone.")
        .Accepts<EndRequest>("application/json", "text/plain")
        .Produces<EndAnswer>(200).Produces<FixedAnswer>(404).Produces<FixedAnswer>(409);

    private Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var (user, command) = Understand(body, http.ManagementCaller());
            if (!http.ManagementCaller().Sees(user.Program))
            {
                refuse.With(http, RefusalCode.Unknown, startedAt);
                return;
            }

            await audit.Record(http, KeyUses.SignOut, user);
            var reply = await grains.Find(user).EndSessions(command);
            switch (reply.Outcome)
            {
                case EndOutcome.Unknown:
                    refuse.With(http, RefusalCode.Unknown, startedAt);
                    break;
                case EndOutcome.TooManyLocks:
                    refuse.With(http, RefusalCode.TooManyLocks, startedAt);
                    break;
                default:
                    PlainJson.Write(http.Response, 200, EndAnswer.Of(reply), ApiJson.Plain.EndAnswer);
                    break;
            }
        });
    }

    private (UserId User, EndSessions Command) Understand(JsonElement body, ManagementCaller caller)
    {
        var now = time.GetUtcNow();
        var scope = Fields.Text(body, "scope") switch
        {
            "session" => Scope.Session,
            "device" => Scope.Device,
            "user" => Scope.User,
            _ => throw new FieldException("scope is mandatory: session, device or user"),
        };
        var device = scope == Scope.Device
            ? Fields.DeviceReference(body) ?? throw new FieldException("device is mandatory with scope device: 32 lower-case hex digits")
            : (UInt128?)null;
        var until = ReadLock(body, now, out var locks);
        var user = Fields.UserOrReference(body, users);
        var account = !body.TryGetProperty("user", out _) && programs.TryFind(user.Program, out _) ? Fields.Account(body) : null;
        return (user, new EndSessions(
            now, CauseFields.Request(body), scope, CauseFields.Read(body, caller, wording),
            scope == Scope.Session ? Fields.Session(body, "sessionId") : null, device, Fields.Flag(body, "quiet"), locks, until, account));
    }

    // "lock": {} locks until it is released, "lock": {"until": "…"} until then at the latest.
    private static DateTimeOffset? ReadLock(JsonElement body, DateTimeOffset now, out bool locks)
    {
        locks = body.TryGetProperty("lock", out var value) && value.ValueKind != JsonValueKind.Null;
        return !locks ? null
            : value.ValueKind == JsonValueKind.Object ? CauseFields.Until(value, "until", now)
            : throw new FieldException("lock must be an object such as {\"until\":\"2026-11-27T10:00:00Z\"}, or be left out");
    }
}

/// <summary>Which sessions end, and why.</summary>
/// <param name="Scope">session, device or user.</param>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="RequestId">A UUID of the caller's own: sent again with the same one, the request acts once.</param>
/// <param name="User">The user, as answers name it; or program and account.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="SessionId">The session, with scope session.</param>
/// <param name="Device">The device, with scope device: 32 hex digits.</param>
/// <param name="Ticket">A reference into another system: 1 to 32 of A-Z, 0-9 and -.</param>
/// <param name="Sentence">The code of a sentence for the person, of the configured list.</param>
/// <param name="Quiet">Whether the user's other devices are not notified; the log keeps that it was quiet.</param>
/// <param name="Lock">Locks sign-ins in the same moment: on the device with scope device, else for the user.</param>
public sealed record EndRequest(
    string Scope,
    string Reason,
    Guid RequestId,
    string? User = null,
    int? Program = null,
    string? Account = null,
    Guid? SessionId = null,
    string? Device = null,
    string? Ticket = null,
    string? Sentence = null,
    bool? Quiet = null,
    LockUntil? Lock = null);

/// <summary>Until when a lock holds.</summary>
/// <param name="Until">When it ends by itself (RFC 3339); not before it is released when absent.</param>
public sealed record LockUntil(DateTimeOffset? Until = null);

/// <summary>What was ended.</summary>
/// <param name="Version">The version of the event in the user's stream; where nothing was written, the stream's.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Ended">The sessions that this request ended.</param>
/// <param name="Owed">The devices that are owed a notice.</param>
/// <param name="Already">How it had ended before, where nothing was left to end.</param>
public sealed record EndAnswer(
    long Version, DateTime At, IReadOnlyList<EndedSession> Ended, IReadOnlyList<OwedDevice> Owed, AlreadyEnded? Already = null)
{
    internal static EndAnswer Of(EndReply reply) => new(
        reply.Version, reply.At.UtcDateTime,
        [.. reply.Ended.Select(one => new EndedSession(one.Session.Value, one.Device.HashText, one.Device.LabelText))],
        [.. reply.Owed.Select(device => new OwedDevice(device.HashText, device.LabelText))],
        reply.Already is { } already
            ? new AlreadyEnded(already.Version, already.At.UtcDateTime, Causes.ByOf(already.Cause),
                already.Cause?.Actor ?? already.Cause?.Key)
            : null);
}

/// <summary>A session that was ended.</summary>
/// <param name="SessionId">LOGIN_HISTORY_ID.</param>
/// <param name="Device">The device it lived on: 32 hex digits.</param>
/// <param name="Label">The label of that device.</param>
public sealed record EndedSession(Guid SessionId, string Device, string Label);

/// <summary>A device that is owed a notice.</summary>
/// <param name="To">The device: 32 hex digits.</param>
/// <param name="Label">Its label.</param>
public sealed record OwedDevice(string To, string Label);

/// <summary>How something had ended before.</summary>
/// <param name="Version">The version of the event that ended it.</param>
/// <param name="At">When.</param>
/// <param name="By">By whom: app (on the device itself, a limit or a newer session), another-device, bank.</param>
/// <param name="Actor">Who did it with a management key: the person, else the key.</param>
public sealed record AlreadyEnded(long Version, DateTime At, string By, string? Actor = null);
