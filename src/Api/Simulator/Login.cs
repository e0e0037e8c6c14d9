// POST /onboarding/user/login/v1: the neighbour that signs users in, simulated. Development only.
// It reports the sign-in as the bank's login service does, through the user's grain, before it hands out the token.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Simulator;

/// <summary>Signs a user in: any PIN of four digits but 0000 is right.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="tokens">Makes tokens.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="options">The longest lifetime of a token.</param>
/// <param name="time">The edge's clock.</param>
public sealed class Login(
    ProgramDirectory programs, SimulatorTokens tokens, UserKey users, UserGrains grains, ApiOptions options, TimeProvider time)
{
    private static readonly Answer WrongPin = new(401, "Entered PIN is in-correct");
    private static readonly Answer DeviceSignInOff = new(401, "Login with registered device");

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/onboarding/user/login/v1", (Delegate)Handle)
        .WithName("simulated-login")
        .WithSummary("Simulator (development only): sign in")
        .WithDescription("Any PIN of four digits but 0000 is right; with signInMode 2 the pin member is not looked at.")
        .Produces(200, contentType: "application/json").Produces<Logout.FixedAnswer>(400).Produces<Logout.FixedAnswer>(401);

    private async Task Handle(HttpContext http)
    {
        using var body = await Fields.ReadObject(http, whateverType: true);
        if (body is null)
        {
            return;
        }

        var now = time.GetUtcNow();
        if (!TryFindUser(http.Request, now, out var user, out var account))
        {
            Answer.Unauthorized.Write(http.Response);
            return;
        }

        try
        {
            var (device, mode) = (Fields.Device(body.RootElement), Fields.SignInMode(body.RootElement));
            if (mode == Mode.Pin && !IsRightPin(body.RootElement))
            {
                WrongPin.Write(http.Response);
                return;
            }

            await SignIn(http.Response, user, new StartSession(now, SimulatorTokens.NewSession(), device, mode, default, account));
        }
        catch (FieldException e)
        {
            new Answer(400, e.Message).Write(http.Response);
        }
    }

    private bool TryFindUser(HttpRequest request, DateTimeOffset now, out UserId user, out string account)
    {
        user = default;
        account = request.Headers["X-ACCOUNT-NUMBER"].ToString();
        return programs.TryFind(request.Headers["X-API-KEY"].ToString(), out var program)
            && TokenReader.Read(program.AppTokenKeys, request.Headers["X-API-TOKEN"].ToString(), out var claims) == TokenFault.None
            && claims.Program == program.Id
            && TokenTimes.Check(claims, now, options.TokenLifetimeMax, mayBeExpired: false) == TokenFault.None
            && users.TryCreate(program.Id, account, out user)
            && (claims.Account is null || claims.Account == account);
    }

    private static bool IsRightPin(JsonElement body) =>
        body.TryGetProperty("pin", out var value) && Fields.TextOf(value) is { Length: 4 } pin
        && pin != "0000" && !pin.AsSpan().ContainsAnyExceptInRange('0', '9');

    private async ValueTask SignIn(HttpResponse response, UserId user, StartSession report)
    {
        var (token, expiresAt) = tokens.LoginToken(user.Program, report.Account, report.Session);
        var reply = await grains.Find(user).StartSession(report with { ExpiresAt = expiresAt });
        if (reply.Outcome == StartOutcome.DeviceSignInOff)
        {
            DeviceSignInOff.Write(response);
            return;
        }

        PlainJson.Write(response, 200, (token, expiresAt), static (json, said) =>
        {
            json.WriteNumber("resCode"u8, 200);
            json.WriteString("resDesc"u8, "SUCCESS"u8);
            json.WriteStartObject("data"u8);
            json.WriteString("msg"u8, "PIN Validated Successfully"u8);
            json.WriteString("token"u8, said.token);
            json.WriteNumber("expiry"u8, said.expiresAt.ToUnixTimeMilliseconds());
            json.WriteBoolean("simDeviceBindingEnabled"u8, true);
            json.WriteEndObject();
        });
    }
}
