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
public sealed class GetAppToken(ProgramDirectory programs, SimulatorTokens tokens)
{
    private readonly string _serverPublicKey = NewPublicKey();

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/token-service/new/v2/token", (Delegate)Handle)
        .WithName("simulated-app-token")
        .WithSummary("Simulator (development only): get an app token")
        .WithDescription("Header X-API-KEY names the program; header X-ACCOUNT-NUMBER, if there, goes into the token.")
        .Produces(200, contentType: "application/json").Produces<Logout.FixedAnswer>(401);

    private Task Handle(HttpContext http)
    {
        var account = http.Request.Headers["X-ACCOUNT-NUMBER"].ToString();
        if (!programs.TryFind(http.Request.Headers["X-API-KEY"].ToString(), out var program)
            || (account.Length > 0 && !UserKey.IsAccount(account)))
        {
            Answer.Unauthorized.Write(http.Response);
            return Task.CompletedTask;
        }

        var (token, expiresAt) = tokens.AppToken(program.Id, account.Length > 0 ? account : null);
        PlainJson.Write(http.Response, 200, (token, expiresAt, _serverPublicKey), static (json, said) =>
        {
            json.WriteNumber("resCode"u8, 200);
            json.WriteString("resDesc"u8, "SUCCESS"u8);
            json.WriteString("token"u8, said.token);
            json.WriteNumber("expiry"u8, said.expiresAt.ToUnixTimeMilliseconds());
            json.WriteString("serverPublicKey"u8, said._serverPublicKey);
        });
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
