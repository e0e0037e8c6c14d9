// POST /internal/sessions/v1: the bank's login service reports a sign-in.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Records a session's start.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class ReportSignIn(
    ProgramDirectory programs, UserKey users, UserGrains grains, RefusalWriter refuse, TimeProvider time)
{
    private static readonly TimeSpan LifeMax = TimeSpan.FromDays(400);
    private static readonly Answer Past = new(400, "expiresAt must be in the future, and at most 400 days ahead");

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/sessions/v1", (Delegate)Handle)
        .WithName("report-sign-in")
        .WithSummary("The login service reports a sign-in")
        .WithDescription("201 when the session is in the log now, 200 when it was reported before and lives. The same report with a later "
            + "expiresAt renews the session's token (200). Report before the token is handed out.")
        .Accepts<SignInReport>("application/json", "text/plain")
        .Produces<ReportedSession>(200).Produces<ReportedSession>(201).Produces<FixedAnswer>(409);

    private Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var (user, command) = Understand(body, http.ManagementCaller());
            Write(http, command.Session, await grains.Find(user).StartSession(command), startedAt);
        });
    }

    private (UserId User, StartSession Command) Understand(JsonElement body, ManagementCaller caller)
    {
        var program = Fields.Program(body);
        if (!programs.TryFind(program, out _) || !caller.Sees(program))
        {
            throw new FieldException($"program {program} is not configured here: set Sessions__Programs__{program}__TokenKeys__0");
        }

        var now = time.GetUtcNow();
        var command = new StartSession(
            now, Fields.Session(body, "sessionId"), Fields.Device(body), Fields.SignInMode(body), Fields.Time(body, "expiresAt"),
            Fields.Account(body));
        return command.ExpiresAt <= now || command.ExpiresAt > now + LifeMax
            ? throw new FieldException(Past.Text)
            : (Fields.User(body, users), command);
    }

    private void Write(HttpContext http, SessionId session, StartReply reply, long startedAt)
    {
        switch (reply.Outcome)
        {
            case StartOutcome.SessionIdReused:
                refuse.With(http, RefusalCode.SessionIdReused, startedAt);
                break;
            case StartOutcome.DeviceSignInOff:
                refuse.With(http, RefusalCode.DeviceSignInOff, startedAt);
                break;
            case StartOutcome.SessionEnded:
                refuse.With(http, RefusalCode.SessionEnded, startedAt);
                break;
            case StartOutcome.Expired:
                refuse.With(http, RefusalCode.BodyField, startedAt, Past);
                break;
            default:
                var status = reply.Outcome == StartOutcome.Started ? 201 : 200;
                PlainJson.Write(http.Response, status, new ReportedSession(session.Value, reply.Version), ApiJson.Plain.ReportedSession);
                break;
        }
    }
}

/// <summary>A sign-in.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="SessionId">LOGIN_HISTORY_ID, a UUID.</param>
/// <param name="DeviceId">The device's unique id.</param>
/// <param name="SignInMode">1 PIN, 2 device.</param>
/// <param name="ExpiresAt">When the login token expires (RFC 3339).</param>
public sealed record SignInReport(int Program, string Account, Guid SessionId, string DeviceId, int SignInMode, DateTimeOffset ExpiresAt);

/// <summary>The answer to a reported sign-in.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Version">The version of the user's stream after it.</param>
public sealed record ReportedSession(Guid SessionId, long Version);
