// POST /internal/lock/v1 and /internal/release/v1: no new session of a user, or on a device, until a time or a release.
using System.Text.Json;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Incidents;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.OnBehalf;

/// <summary>Locks sign-ins, and releases locks.</summary>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="versions">Locks versions of the app.</param>
/// <param name="programs">The known programs.</param>
/// <param name="wording">The reasons and sentences.</param>
/// <param name="audit">Records which key did it.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class LockSignIns(
    UserKey users, UserGrains grains, AppVersionLocks versions, ProgramDirectory programs, Wording wording, AuditTrail audit,
    RefusalWriter refuse, TimeProvider time)
{
    private static readonly string[] OfUsers = ["user", "account", "device"];

    private static readonly Answer TooManyVersions =
        new(409, "As many versions of the app are locked as may be: release the lock of one that nobody has any more");

    /// <summary>Adds the route that locks.</summary>
    public IEndpointConventionBuilder MapLock(IEndpointRouteBuilder routes) => routes
        .MapPost("/internal/lock/v1", (Delegate)Lock)
        .WithName("lock")
        .WithSummary("Lock sign-ins of a user, on one of the user's devices, or of a version of a program's app")
        .WithDescription("From the answer on no session begins there, on no node, until the time or a release. Sessions that live go on: "
            + "end them with /internal/sign-out/v1.")
        .Accepts<LockRequest>("application/json", "text/plain")
        .Produces<LockAnswer>(200).Produces<FixedAnswer>(404).Produces<FixedAnswer>(409);

    /// <summary>Adds the route that releases.</summary>
    public IEndpointConventionBuilder MapRelease(IEndpointRouteBuilder routes) => routes
        .MapPost("/internal/release/v1", (Delegate)Release)
        .WithName("release")
        .WithSummary("Release a lock on sign-ins")
        .Accepts<LockRequest>("application/json", "text/plain")
        .Produces<LockAnswer>(200).Produces<FixedAnswer>(404);

    private Task Lock(HttpContext http) => Handle(http, isRelease: false);

    private Task Release(HttpContext http) => Handle(http, isRelease: true);

    private Task Handle(HttpContext http, bool isRelease)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            if (body.TryGetProperty("appVersion", out _))
            {
                await HandleVersion(http, body, isRelease, startedAt);
                return;
            }

            var (user, command) = Understand(body, http.ManagementCaller(), isRelease);
            if (!http.ManagementCaller().Sees(user.Program))
            {
                refuse.With(http, RefusalCode.Unknown, startedAt);
                return;
            }

            await audit.Record(http, isRelease ? KeyUses.Release : KeyUses.Lock, user);
            var reply = await grains.Find(user).SetLock(command);
            switch (reply.Outcome)
            {
                case ChangeOutcome.Unknown:
                    refuse.With(http, RefusalCode.Unknown, startedAt);
                    break;
                case ChangeOutcome.TooManyLocks:
                    refuse.With(http, RefusalCode.TooManyLocks, startedAt);
                    break;
                default:
                    var answer = new LockAnswer(reply.Version, reply.Outcome == ChangeOutcome.Changed);
                    PlainJson.Write(http.Response, 200, answer, ApiJson.Plain.LockAnswer);
                    break;
            }
        });
    }

    // A version of the app belongs to a program and to no user.
    private async ValueTask HandleVersion(HttpContext http, JsonElement body, bool isRelease, long startedAt)
    {
        if (OfUsers.FirstOrDefault(name => body.TryGetProperty(name, out _)) is { } name)
        {
            throw new FieldException($"{name} does not go with appVersion: a version of the app is locked for all users of a program");
        }

        var (program, version) = (Fields.Program(body), Fields.Text(body, "appVersion")
            ?? throw new FieldException("appVersion must be a version as the login service reports it"));
        var (request, cause) = (CauseFields.Request(body), CauseFields.Read(body, http.ManagementCaller(), wording));
        var until = isRelease ? null : CauseFields.Until(body, "until", time.GetUtcNow());
        if (!programs.TryFind(program, out _) || !http.ManagementCaller().Sees(program))
        {
            refuse.With(http, RefusalCode.Unknown, startedAt);
            return;
        }

        await audit.Record(http, isRelease ? KeyUses.Release : KeyUses.Lock, user: null);
        var reply = isRelease
            ? await versions.Release(program, version, cause, request)
            : await versions.Lock(program, version, cause, request, until);
        if (reply.Outcome == GateOutcome.TooMany)
        {
            refuse.With(http, RefusalCode.TooManyLocks, startedAt, TooManyVersions);
            return;
        }

        PlainJson.Write(
            http.Response, 200, new LockAnswer(reply.Version, reply.Outcome == GateOutcome.Done), ApiJson.Plain.LockAnswer);
    }

    private (UserId User, SetLock Command) Understand(JsonElement body, ManagementCaller caller, bool isRelease)
    {
        var now = time.GetUtcNow();
        var until = isRelease ? null : CauseFields.Until(body, "until", now);
        return (Fields.UserOrReference(body, users), new SetLock(
            now, CauseFields.Request(body), CauseFields.Read(body, caller, wording), isRelease, Fields.DeviceReference(body), until));
    }
}

/// <summary>What is locked or released.</summary>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="RequestId">A UUID of the caller's own: sent again with the same one, the request acts once.</param>
/// <param name="User">The user, as answers name it; or program and account.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="Device">One of the user's devices, 32 hex digits; every device when absent.</param>
/// <param name="Until">When the lock ends by itself (RFC 3339); not before it is released when absent.</param>
/// <param name="Ticket">A reference into another system: 1 to 32 of A-Z, 0-9 and -.</param>
/// <param name="Sentence">The code of a sentence for the person, of the configured list.</param>
/// <param name="AppVersion">With program and no user: this version of the app, for all users of the program.</param>
public sealed record LockRequest(
    string Reason,
    Guid RequestId,
    string? User = null,
    int? Program = null,
    string? Account = null,
    string? Device = null,
    DateTimeOffset? Until = null,
    string? Ticket = null,
    string? Sentence = null,
    string? AppVersion = null);

/// <summary>The answer to a lock or a release.</summary>
/// <param name="Version">The version of the user's stream after it.</param>
/// <param name="Changed">Whether it was not so before.</param>
public sealed record LockAnswer(long Version, bool Changed);
