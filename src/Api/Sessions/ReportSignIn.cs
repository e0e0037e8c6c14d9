// POST /internal/sessions/v1: the bank's login service reports a sign-in.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Records a session's start.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="wording">The bank's sentences.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class ReportSignIn(
    ProgramDirectory programs, UserKey users, UserGrains grains, Wording wording, RefusalWriter refuse, TimeProvider time)
{
    private static readonly TimeSpan LifeMax = TimeSpan.FromDays(400);
    private static readonly Answer Past = new(400, "expiresAt must be in the future, and at most 400 days ahead");

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/sessions/v1", (Delegate)Handle)
        .WithName("report-sign-in")
        .WithSummary("The login service reports a sign-in")
        .WithDescription("201 when the session is in the log now, 200 when it was reported before and lives. The same report with a later "
            + "expiresAt renews the session's token (200). Report before the token is handed out. before says how the last session on the "
            + "device had ended, so that the app can tell its user. 409 also where sign-ins are locked: until and sentence say more.")
        .Accepts<SignInReport>("application/json", "text/plain")
        .Produces<ReportedSession>(200).Produces<ReportedSession>(201).Produces<LockedSignIn>(409);

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
            Fields.Account(body), DescriptionOf(body));
        return command.ExpiresAt <= now || command.ExpiresAt > now + LifeMax
            ? throw new FieldException(Past.Text)
            : (Fields.User(body, users), command);
    }

    private static DeviceDescription? DescriptionOf(JsonElement body)
    {
        if (!body.TryGetProperty("device", out var said) || said.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (said.ValueKind != JsonValueKind.Object)
        {
            throw new FieldException("device must be an object such as {\"name\":\"Pixel 8\",\"appVersion\":\"5.1.0\"}");
        }

        string? Text(string name, int max = DeviceDescription.TextMax) => Fields.Text(said, name, max);
        return Text("kind") is null or "phone" or "tablet"
            ? new DeviceDescription(
                Text("name"), Text("model"), Text("kind"), Text("appVersion"), Text("push", DeviceDescription.PushMax))
            : throw new FieldException("device.kind must be phone or tablet, or be left out");
    }

    private void Write(HttpContext http, SessionId session, StartReply reply, long startedAt)
    {
        var language = http.Request.Headers.AcceptLanguage.ToString();
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
            case StartOutcome.Locked:
                var sentence = wording.TextOf(reply.Lock?.Cause.Sentence, language);
                var locked = new LockedSignIn(
                    409, Refusals.AnswerTo(RefusalCode.SignInLocked).Text, reply.Lock?.Until?.UtcDateTime, sentence);
                refuse.With(http, RefusalCode.SignInLocked, startedAt, new Answer(409, PlainJson.Line(locked, ApiJson.Plain.LockedSignIn)));
                break;
            case StartOutcome.Expired:
                refuse.With(http, RefusalCode.BodyField, startedAt, Past);
                break;
            default:
                var status = reply.Outcome == StartOutcome.Started ? 201 : 200;
                var before = reply.Before is { } ended ? WhyEnded.Of(ended, wording, language) : null;
                var answer = new ReportedSession(session.Value, reply.Version, before);
                PlainJson.Write(http.Response, status, answer, ApiJson.Plain.ReportedSession);
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
/// <param name="Device">What the device is.</param>
public sealed record SignInReport(
    int Program, string Account, Guid SessionId, string DeviceId, int SignInMode, DateTimeOffset ExpiresAt, ReportedDevice? Device = null);

/// <summary>What a device is, as far as the login service knows. Each member replaces what was said before; the push reference is forgotten
/// when the device's last session ends.</summary>
/// <param name="Name">What people call it: at most 64 characters, as the next three.</param>
/// <param name="Model">The maker's name of the model.</param>
/// <param name="Kind">phone or tablet.</param>
/// <param name="AppVersion">The version of the bank's app on it.</param>
/// <param name="Push">An opaque reference of the bank's push service, at most 256 characters. No log line shows it.</param>
public sealed record ReportedDevice(
    string? Name = null, string? Model = null, string? Kind = null, string? AppVersion = null, string? Push = null);

/// <summary>The refusal of a sign-in that is locked.</summary>
/// <param name="ResCode">409.</param>
/// <param name="ResDesc">A fixed text.</param>
/// <param name="Until">When the lock ends by itself; absent for not before it is released.</param>
/// <param name="Sentence">The bank's sentence for the person, in the first of the reader's languages that it has.</param>
public sealed record LockedSignIn(int ResCode, string ResDesc, DateTime? Until = null, string? Sentence = null);

/// <summary>The answer to a reported sign-in.</summary>
/// <param name="SessionId">The session.</param>
/// <param name="Version">The version of the user's stream after it.</param>
/// <param name="Before">How the last session on this device had ended, unless this one replaced it.</param>
public sealed record ReportedSession(Guid SessionId, long Version, WhyEnded? Before = null);
