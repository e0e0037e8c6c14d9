// Tokens as an attacker or a careless issuer with the key could make them, and the fixed facts that the tests share.
using System.Buffers.Text;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Tests.Api.Tokens;

internal static class TestTokens
{
    public const string FamilyHeader = """{"enc":"A256GCM","alg":"dir"}""";

    public const string Claims = """
        {"sub":"CLIENT_APP_SDK","TOKEN_EXPIRY":30,"CLIENT_INFO":"{\"firstName\":\"Zoë\"}","ALLOWED_IPS":"*","USER_ID":1001,
        "LOGIN_HISTORY_ID":"0e9b7a54-32c1-4f60-8d7e-aabbccddeeff","X-ACCOUNT-NUMBER":9223372036854775,"PROGRAM_ID":2001,
        "iat":4102443000,"exp":4102444800}
        """;

    public static readonly DateTimeOffset Now = new(2099, 12, 31, 23, 45, 0, TimeSpan.Zero);
    public static readonly TimeSpan MaxLifetime = TimeSpan.FromHours(24);
    public static readonly byte[] Key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
    public static readonly byte[] OtherKey = [.. Enumerable.Range(0, 32).Select(i => (byte)(200 - i))];
    public static readonly byte[] Nonce = [0xa0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1];

    public static TokenKeys Keys(params byte[][] keys)
    {
        Assert.True(TokenKeys.TryParse([.. keys.Select(key => Base64Url.EncodeToString(key))], out var parsed, out var fault), fault);
        return parsed!;
    }

    public static string Seal(string claims) => TokenWriter.Seal(Key, Nonce, Encoding.UTF8.GetBytes(claims));

    /// <summary>Seals under any header, as an issuer with another library could.</summary>
    public static string SealWith(byte[] header, string plaintext = Claims)
    {
        var aad = Base64Url.EncodeToString(header);
        var body = Encoding.UTF8.GetBytes(plaintext);
        var tag = new byte[16];
        using var cipher = new AesGcm(Key, 16);
        cipher.Encrypt(Nonce, body, body, tag, Encoding.ASCII.GetBytes(aad));
        return $"{aad}..{Base64Url.EncodeToString(Nonce)}.{Base64Url.EncodeToString(body)}.{Base64Url.EncodeToString(tag)}";
    }

    public static string SealWith(string header, string plaintext = Claims) => SealWith(Encoding.UTF8.GetBytes(header), plaintext);

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
        return fault == TokenFault.None ? TokenTimes.Check(claims, Now, MaxLifetime, mayBeExpired: false) : fault;
    }

    public static JsonDocument Resource(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name);
        return JsonDocument.Parse(stream!);
    }
}
