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
/// <param name="time">The edge's clock.</param>
public sealed class ListSessions(Credentials credentials, UserGrains grains, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/onboarding/user/sessions/v1", (Delegate)Handle)
        .WithName("sessions")
        .WithSummary("The caller's live sessions: device label and times, the caller's own marked")
        .Produces(200, contentType: "application/json").Produces<Logout.FixedAnswer>(401).Produces<Logout.FixedAnswer>(503);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var now = time.GetUtcNow();
        var code = credentials.Check(http, now, out var caller);
        if (code == RefusalCode.None)
        {
            var user = grains.Find(caller.User);
            var standing = await user.Inspect(new Inspect(now, caller.Session, caller.IssuedAt));
            if (standing.Standing != Standing.Ended)
            {
                Write(http.Response, await user.View(now), caller.Session);
                return;
            }

            code = RefusalCode.Revoked;
        }

        refuse.With(http, code, startedAt);
    }

    private static void Write(HttpResponse response, UserView view, SessionId own) =>
        PlainJson.Write(response, 200, (view, own), static (json, shown) =>
    {
        json.WriteNumber("resCode"u8, 200);
        json.WriteString("resDesc"u8, "SUCCESS"u8);
        json.WriteStartArray("data"u8);
        foreach (var session in shown.view.Sessions)
        {
            json.WriteStartObject();
            json.WriteString("device"u8, session.Device.LabelText);
            json.WriteNumber("signInMode"u8, (int)session.SignInMode);
            json.WriteString("startedAt"u8, session.StartedAt.UtcDateTime);
            json.WriteString("expiresAt"u8, session.ExpiresAt.UtcDateTime);
            json.WriteBoolean("current"u8, session.Session == shown.own);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}
