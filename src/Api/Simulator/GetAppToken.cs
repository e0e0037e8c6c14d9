// POST /token-service/new/v2/token: the neighbour that gives app tokens, simulated. Development only.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Simulator;

/// <summary>Gives an app token for a known X-API-KEY. The body of the real API (apiKey, publicKey, secret) is taken and not looked
/// at.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="tokens">Makes tokens.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">Measures how long a refusal took.</param>
public sealed class GetAppToken(ProgramDirectory programs, SimulatorTokens tokens, RefusalWriter refuse, TimeProvider time)
{
    private readonly string _serverPublicKey = NewPublicKey();

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/token-service/new/v2/token", (Delegate)Handle)
        .WithName("simulated-app-token")
        .WithSummary("Simulator (development only): get an app token")
        .WithDescription("Header X-API-KEY names the program; header X-ACCOUNT-NUMBER, if there, goes into the token.")
        .Produces<AppTokenAnswer>(200);

    private Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var account = http.Request.Headers["X-ACCOUNT-NUMBER"].ToString();
        if (!programs.TryFind(http.Request.Headers["X-API-KEY"].ToString(), out var program))
        {
            refuse.With(http, RefusalCode.KeyUnknown, startedAt);
            return Task.CompletedTask;
        }

        if (account.Length > 0 && !UserKey.IsAccount(account))
        {
            refuse.With(http, RefusalCode.Account, startedAt);
            return Task.CompletedTask;
        }

        var (token, expiresAt) = tokens.AppToken(program.Id, account.Length > 0 ? account : null);
        var answer = new AppTokenAnswer(200, "SUCCESS", token, expiresAt.ToUnixTimeMilliseconds(), _serverPublicKey);
        PlainJson.Write(http.Response, 200, answer, ApiJson.Plain.AppTokenAnswer);
        return Task.CompletedTask;
    }

    // The real API agrees on a key with the app (ECDH on P-256); a simulator has nothing to hide, but the shape is the same.
    private static string NewPublicKey()
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        var (x, y) = (Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y));
        var jwk = $$"""{"kty":"EC","crv":"P-256","x":"{{x}}","y":"{{y}}"}""";
        return Convert.ToBase64String(Encoding.UTF8.GetBytes(jwk));
    }
}

/// <summary>The simulator's answer to a request for an app token.</summary>
/// <param name="ResCode">200.</param>
/// <param name="ResDesc">SUCCESS.</param>
/// <param name="Token">The app token.</param>
/// <param name="Expiry">When it expires: Unix milliseconds.</param>
/// <param name="ServerPublicKey">A public key on P-256 as base64 of a JWK, as the real API gives one.</param>
public sealed record AppTokenAnswer(int ResCode, string ResDesc, string Token, long Expiry, string ServerPublicKey);
