// GET /onboarding/user/sessions/v1: the caller sees where it is signed in, and why other sessions ended.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Lists the caller's live sessions, and those that ended last.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="wording">The bank's sentences.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class ListSessions(
    Credentials credentials, UserGrains grains, Wording wording, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/onboarding/user/sessions/v1", (Delegate)Handle)
        .WithName("sessions")
        .WithSummary("The caller's live sessions: device and times, the caller's own marked; and why the last others ended")
        .Produces<SessionList>(200);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var now = time.GetUtcNow();
        var code = credentials.Check(http, now, out var caller);
        if (code == RefusalCode.None)
        {
            var user = grains.Find(caller.User);
            if ((await user.Inspect(new Inspect(now, caller.Session, caller.IssuedAt))).Standing != Standing.Ended)
            {
                var language = http.Request.Headers.AcceptLanguage.ToString();
                var list = Describe(await user.Show(now), caller.Session, language);
                PlainJson.Write(http.Response, 200, list, ApiJson.Plain.SessionList);
                return;
            }

            code = RefusalCode.Revoked;
        }

        refuse.With(http, code, startedAt);
    }

    private SessionList Describe(UserDetails details, SessionId own, string language)
    {
        var devices = details.Devices.ToDictionary(device => device.Device);
        return new SessionList(
            200, "SUCCESS",
            [.. details.View.Sessions.Select(session => Describe(session, devices.GetValueOrDefault(session.Device), own))],
            [.. details.Ended.Reverse().Where(ended => ended.Device != default).Select(ended => WhyEnded.Of(
                ended, wording, language, devices.GetValueOrDefault(ended.Device)?.Description?.Name))]);
    }

    private static OwnSession Describe(SessionView session, DeviceView? device, SessionId own) => new(
        session.Device.LabelText, (int)session.SignInMode, session.StartedAt.UtcDateTime, session.ExpiresAt.UtcDateTime,
        session.Session == own, session.Device.HashText, device?.Description?.Name, device?.Description?.Model,
        device?.LastSeenAt.UtcDateTime);
}

/// <summary>The caller's sessions.</summary>
/// <param name="ResCode">200.</param>
/// <param name="ResDesc">SUCCESS.</param>
/// <param name="Data">The live sessions, oldest first.</param>
/// <param name="Ended">Sessions that ended, newest first; at most 16.</param>
public sealed record SessionList(int ResCode, string ResDesc, IReadOnlyList<OwnSession> Data, IReadOnlyList<WhyEnded> Ended);

/// <summary>One of the caller's live sessions.</summary>
/// <param name="Device">The label of its device.</param>
/// <param name="SignInMode">1 PIN, 2 device, 0 not known.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="ExpiresAt">When it ends by itself at the latest.</param>
/// <param name="Current">Whether it is the session of the token that asks.</param>
/// <param name="Ref">Its device, for a sign-out or a name: 32 hex digits.</param>
/// <param name="Name">What the device is called.</param>
/// <param name="Model">The model, as the login service said.</param>
/// <param name="LastSeenAt">The newest sign-in or recorded use of the device. Uses are recorded only where an idle limit holds.</param>
public sealed record OwnSession(
    string Device,
    int SignInMode,
    DateTime StartedAt,
    DateTime ExpiresAt,
    bool Current,
    string Ref,
    string? Name = null,
    string? Model = null,
    DateTime? LastSeenAt = null);
