// GET /onboarding/user/sessions/v1: the caller sees where it is signed in.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Lists the caller's live sessions.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class ListSessions(Credentials credentials, UserGrains grains, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/onboarding/user/sessions/v1", (Delegate)Handle)
        .WithName("sessions")
        .WithSummary("The caller's live sessions: device label and times, the caller's own marked")
        .Produces<SessionList>(200);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var now = time.GetUtcNow();
        var code = credentials.Check(http, now, out var caller);
        if (code == RefusalCode.None)
        {
            var (session, view) = await grains.Find(caller.User).Open(new Inspect(now, caller.Session, caller.IssuedAt));
            if (session.Standing != Standing.Ended)
            {
                PlainJson.Write(http.Response, 200, Describe(view, caller.Session), ApiJson.Plain.SessionList);
                return;
            }

            code = RefusalCode.Revoked;
        }

        refuse.With(http, code, startedAt);
    }

    private static SessionList Describe(UserView view, SessionId own) => new(
        200, "SUCCESS",
        [.. view.Sessions.Select(session => new OwnSession(
            session.Device.LabelText, (int)session.SignInMode, session.StartedAt.UtcDateTime, session.ExpiresAt.UtcDateTime,
            session.Session == own))]);
}

/// <summary>The caller's live sessions.</summary>
/// <param name="ResCode">200.</param>
/// <param name="ResDesc">SUCCESS.</param>
/// <param name="Data">The sessions, oldest first.</param>
public sealed record SessionList(int ResCode, string ResDesc, IReadOnlyList<OwnSession> Data);

/// <summary>One of the caller's live sessions.</summary>
/// <param name="Device">The label of its device.</param>
/// <param name="SignInMode">1 PIN, 2 device, 0 not known.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="ExpiresAt">When it ends by itself at the latest.</param>
/// <param name="Current">Whether it is the session of the token that asks.</param>
public sealed record OwnSession(string Device, int SignInMode, DateTime StartedAt, DateTime ExpiresAt, bool Current);
