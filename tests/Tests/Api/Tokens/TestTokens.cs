// Tokens as an attacker or a careless issuer with the key could make them, and the fixed facts that the tests share.
using System.Buffers.Text;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api.Tokens;

internal static class TestTokens
{
    public const string Claims = """
        {"sub":"CLIENT_APP_SDK","TOKEN_EXPIRY":30,"CLIENT_INFO":"{\"firstName\":\"Zoë\"}","ALLOWED_IPS":"*","USER_ID":1001,
        "LOGIN_HISTORY_ID":"0e9b7a54-32c1-4f60-8d7e-aabbccddeeff","X-ACCOUNT-NUMBER":9223372036854775,"PROGRAM_ID":2001,
        "iat":4102443000,"exp":4102444800}
        """;

    public static readonly DateTimeOffset Now = new(2099, 12, 31, 23, 45, 0, TimeSpan.Zero);
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(24);
    public static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    public static readonly byte[] OtherKey = SHA256.HashData("another key of the tests"u8);

    public static TokenKeys Keys(params byte[][] keys)
    {
        Assert.True(TokenKeys.TryParse([.. keys.Select(key => Base64Url.EncodeToString(key))], out var parsed, out var fault), fault);
        return parsed!;
    }

    public static string Seal(string claims) => JoseTokens.Seal(Key, Encoding.UTF8.GetBytes(claims));

    /// <summary>Seals under any header, as an issuer with another library could.</summary>
    public static string SealWith(string header) => JoseTokens.Seal(Key, Encoding.UTF8.GetBytes(Claims), header);

    /// <summary>Seals under a header that is no text, which no library makes.</summary>
    public static string SealWithBytes(byte[] header)
    {
        var aad = Base64Url.EncodeToString(header);
        var (body, nonce) = (Encoding.UTF8.GetBytes(Claims), RandomNumberGenerator.GetBytes(12));
        var tag = new byte[16];
        using var cipher = new AesGcm(Key, 16);
        cipher.Encrypt(nonce, body, body, tag, Encoding.ASCII.GetBytes(aad));
        return $"{aad}..{Base64Url.EncodeToString(nonce)}.{Base64Url.EncodeToString(body)}.{Base64Url.EncodeToString(tag)}";
    }

    /// <summary>The claims with one member replaced; without a value it is taken out.</summary>
    public static string ClaimsWith(string name, string? json)
    {
        using var document = JsonDocument.Parse(Claims);
        var members = document.RootElement.EnumerateObject().Where(member => member.Name != name)
            .Select(member => $"\"{member.Name}\":{member.Value.GetRawText()}").ToList();
        return $"{{{string.Join(',', json is null ? members : members.Append($"\"{name}\":{json}"))}}}";
    }

    /// <summary>What an endpoint does with a token: open, read, check the times.</summary>
    public static TokenFault Judge(TokenKeys keys, string token, out TokenClaims claims)
    {
        var fault = TokenReader.Read(keys, token, out claims);
        return fault == TokenFault.None ? TokenTimes.Check(claims, Now, MaxLifetime, TokenUse.Authorises) : fault;
    }

    public static JsonDocument Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        return JsonDocument.Parse(stream!);
    }
}
