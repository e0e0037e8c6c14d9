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
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class Login(
    ProgramDirectory programs,
    SimulatorTokens tokens,
    UserKey users,
    UserGrains grains,
    ApiOptions options,
    RefusalWriter refuse,
    TimeProvider time)
{
    private static readonly Answer DeviceSignInOff = new(401, "Login with registered device");
    private static readonly Answer Locked = new(403, "Sign-ins are locked");

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/onboarding/user/login/v1", (Delegate)Handle)
        .WithName("simulated-login")
        .WithSummary("Simulator (development only): sign in")
        .WithDescription("Header X-API-TOKEN carries the app token, header X-ACCOUNT-NUMBER the account. Any PIN of four digits but 0000 "
            + "is right; with signInMode 2 the pin member is not looked at.")
        .Accepts<LoginRequest>("application/json", "text/plain")
        .Produces<LoginAnswer>(200);

    private async Task Handle(HttpContext http)
    {
        var (startedAt, now) = (time.GetTimestamp(), time.GetUtcNow());
        await Fields.Serve(http, refuse, startedAt, type: BodyType.Any, answer: async body =>
        {
            var code = FindUser(http.Request, now, out var user, out var account);
            if (code == RefusalCode.None)
            {
                var (device, mode) = (Fields.Device(body), Fields.SignInMode(body));
                code = mode == Mode.Pin && !IsRightPin(body)
                    ? RefusalCode.Pin
                    : await SignIn(http.Response, user,
                        new(now, SimulatorTokens.NewSession(), device, mode, default, account, DescriptionOf(body)));
            }

            if (code != RefusalCode.None)
            {
                refuse.With(http, code, startedAt, AnswerTo(code));
            }
        });
    }

    // What the bank's own login service says to the app.
    private static Answer? AnswerTo(RefusalCode code) => code switch
    {
        RefusalCode.DeviceSignInOff => DeviceSignInOff,
        RefusalCode.SignInLocked => Locked,
        _ => null,
    };

    private RefusalCode FindUser(HttpRequest request, DateTimeOffset now, out UserId user, out string account)
    {
        user = default;
        account = request.Headers["X-ACCOUNT-NUMBER"].ToString();
        if (!programs.TryFind(request.Headers["X-API-KEY"].ToString(), out var program))
        {
            return RefusalCode.KeyUnknown;
        }

        var fault = TokenReader.Read(program.AppTokenKeys, request.Headers["X-API-TOKEN"].ToString(), out var claims);
        fault = fault == TokenFault.None ? TokenTimes.Check(claims, now, options.TokenLifetimeMax, TokenUse.Authorises) : fault;
        if (fault != TokenFault.None)
        {
            return Refusals.Of(fault);
        }

        if (claims.Program != program.Id)
        {
            return RefusalCode.Tenant;
        }

        return users.TryCreate(program.Id, account, out user) && (claims.Account is null || claims.Account == account)
            ? RefusalCode.None
            : RefusalCode.Account;
    }

    private static DeviceDescription? DescriptionOf(JsonElement body) =>
        (Fields.Text(body, "deviceName"), Fields.Text(body, "deviceModel")) is var (name, model) && (name ?? model) is not null
            ? new DeviceDescription(name, model)
            : null;

    private static bool IsRightPin(JsonElement body) =>
        body.TryGetProperty("pin", out var value) && Fields.TextOf(value) is { Length: 4 } pin
        && pin != "0000" && !pin.AsSpan().ContainsAnyExceptInRange('0', '9');

    private async ValueTask<RefusalCode> SignIn(HttpResponse response, UserId user, StartSession report)
    {
        var (token, expiresAt) = tokens.LoginToken(user.Program, report.Account, report.Session);
        var reply = await grains.Find(user).StartSession(report with { ExpiresAt = expiresAt });
        var code = reply.Outcome switch
        {
            StartOutcome.Started => RefusalCode.None,
            StartOutcome.DeviceSignInOff => RefusalCode.DeviceSignInOff,
            StartOutcome.Locked => RefusalCode.SignInLocked,
            _ => throw new InvalidOperationException($"A new session was answered {reply.Outcome}."),
        };
        if (code != RefusalCode.None)
        {
            return code;
        }

        var data = new LoginData("PIN Validated Successfully", token, expiresAt.ToUnixTimeMilliseconds(), SimDeviceBindingEnabled: true);
        PlainJson.Write(response, 200, new LoginAnswer(200, "SUCCESS", data), ApiJson.Plain.LoginAnswer);
        return RefusalCode.None;
    }
}

/// <summary>The body of a simulated sign-in; the members of the real API that are not listed are accepted and not looked at.</summary>
/// <param name="DeviceId">The device's unique id.</param>
/// <param name="SignInMode">1 PIN, 2 device.</param>
/// <param name="Pin">Four digits, with signInMode 1.</param>
/// <param name="DeviceName">What the device is called.</param>
/// <param name="DeviceModel">The maker's name of the model.</param>
public sealed record LoginRequest(
    string DeviceId, int SignInMode, string? Pin = null, string? DeviceName = null, string? DeviceModel = null);

/// <summary>The simulator's answer to a sign-in.</summary>
/// <param name="ResCode">200.</param>
/// <param name="ResDesc">SUCCESS.</param>
/// <param name="Data">What the app keeps.</param>
public sealed record LoginAnswer(int ResCode, string ResDesc, LoginData Data);

/// <summary>What the app keeps of a sign-in.</summary>
/// <param name="Msg">A text for the user.</param>
/// <param name="Token">The login token.</param>
/// <param name="Expiry">When it expires: Unix milliseconds.</param>
/// <param name="SimDeviceBindingEnabled">As the real API says it.</param>
public sealed record LoginData(string Msg, string Token, long Expiry, bool SimDeviceBindingEnabled);
