// POST /internal/user/v1: how a user stands now. A POST, because an account number does not belong in a URL.
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Shows a user's live sessions, and which notices the user's devices are still owed.</summary>
/// <param name="grains">Finds the user.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="time">The edge's clock.</param>
public sealed class ShowUser(UserGrains grains, UserKey users, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/user/v1", (Delegate)Handle)
        .WithName("user")
        .WithSummary("A user's live sessions, and the notices that the user's devices have not acknowledged")
        .WithDescription("Devices are shown by their last four hex digits.")
        .Accepts<UserRequest>("application/json")
        .Produces(200, contentType: "application/json")
        .Produces<Logout.FixedAnswer>(400).Produces<Logout.FixedAnswer>(401).Produces<Logout.FixedAnswer>(503);

    private Task Handle(HttpContext http) => Fields.Serve(http, async body =>
    {
        var user = Fields.User(body, users);
        Write(http.Response, await grains.Find(user).View(time.GetUtcNow()));
    });

    private static void Write(HttpResponse response, UserView view) => PlainJson.Write(response, 200, view, static (json, view) =>
    {
        json.WriteNumber("version"u8, view.Version);
        json.WriteStartArray("sessions"u8);
        foreach (var session in view.Sessions)
        {
            json.WriteStartObject();
            json.WriteString("sessionId"u8, session.Session.Value);
            json.WriteString("device"u8, session.Device.LabelText);
            json.WriteNumber("signInMode"u8, (int)session.SignInMode);
            json.WriteString("startedAt"u8, session.StartedAt.UtcDateTime);
            json.WriteString("expiresAt"u8, session.ExpiresAt.UtcDateTime);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("owed"u8);
        foreach (var notice in view.Notices)
        {
            json.WriteStartObject();
            json.WriteString("to"u8, notice.To.LabelText);
            json.WriteNumber("version"u8, notice.Version);
            json.WriteString("at"u8, notice.At.UtcDateTime);
            json.WriteString("signedOut"u8, notice.SignedOut.LabelText);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });
}

/// <summary>Which user to show, for the API's description.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
public sealed record UserRequest(int Program, string Account);
