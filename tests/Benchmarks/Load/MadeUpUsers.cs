// Made-up users and the requests that they and the bank's services send.
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Simulator;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>The secrets that the benchmark and the measured service share; made for one run.</summary>
internal sealed record Secrets(byte[] TokenKey, byte[] UserKey, string ManagementKey)
{
    public static Secrets Make() =>
        new(
            RandomNumberGenerator.GetBytes(TokenKeys.KeyBytes), RandomNumberGenerator.GetBytes(BankEzy.Sessions.UserKey.Size),
            Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
}

/// <summary>
/// A few hundred thousand users with one session on each of two devices, number 0 and 1. Everything about a user follows from its
/// number, so nothing is kept; accounts and ids are spread as real ones are, because a sequence would be kinder to the log's indexes.
/// </summary>
internal sealed class MadeUpUsers(Secrets secrets, long first, int count, DateTimeOffset issuedAt)
{
    public const int Program = 2001;
    public const uint Spread = 2_654_435_761; // odd, so that no two users share an account
    private const int LifetimeMinutes = 360;

    private readonly byte[] seed = SHA256.HashData(secrets.TokenKey);
    private readonly UserKey users = new(secrets.UserKey);

    public int Count => count;

    /// <summary>The keys by which the service finds users.</summary>
    public SearchKeys SearchKeys { get; } = new(new UserKey(secrets.UserKey));

    /// <summary>The name of a user's stream.</summary>
    public string StreamOf(int index) =>
        users.TryCreate(Program, Account(index), out var user) ? user.Stream : throw new BenchmarkException("A made-up account is none.");

    /// <summary>A user's account number.</summary>
    public string Account(int index) => $"{AccountOf(first + index)}";

    public RequestBook SignIns(int mode, int device = 0) => RequestBook.Make(count, index => Compose(
        "/internal/sessions/v1",
        $"Authorization: Bearer {secrets.ManagementKey}\r\nContent-Type: application/json\r\n",
        $"{{\"program\":{Program},\"account\":\"{AccountOf(first + index)}\",\"sessionId\":\"{SessionOf(first + index, device)}\","
        + $"\"deviceId\":\"{DeviceOf(first + index, device)}\",\"signInMode\":{mode},"
        + $"\"expiresAt\":\"{ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}\"}}"));

    public RequestBook Logouts(int mode, int device = 0) => RequestBook.Make(count, index => Compose(
        "/onboarding/user/logout/v1",
        $"X-API-TOKEN: {LoginToken(first + index, device)}\r\nContent-Type: text/plain\r\nX-API-KEY: MOB-APP-{Program}\r\n",
        LogoutBody(index, mode, device)));

    /// <summary>Requests that open streams of notices.</summary>
    public RequestBook Notices(int device) => RequestBook.Make(count, index =>
        $"GET /onboarding/user/notices/v1 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-TOKEN: {LoginToken(first + index, device)}\r\n\r\n");

    public RequestBook Introspections() => RequestBook.Make(count, index => Compose(
        "/internal/introspect/v1",
        $"Authorization: Bearer {secrets.ManagementKey}\r\nContent-Type: application/x-www-form-urlencoded\r\n",
        $"token={LoginToken(first + index, device: 0)}"));

    /// <summary>Searches for every user by something that is the user's alone.</summary>
    /// <param name="by">account, sessionId or deviceId.</param>
    public RequestBook Searches(string by) => RequestBook.Make(count, index => Compose(
        "/internal/search/v1",
        $"Authorization: Bearer {secrets.ManagementKey}\r\nContent-Type: application/json\r\n",
        $"{{\"{by}\":\"{Searched(first + index, by)}\"}}"));

    /// <summary>A support desk's look at every user.</summary>
    /// <param name="call">user, or timeline.</param>
    /// <param name="after">The version after which the events of a timeline begin.</param>
    public RequestBook Looks(string call, long after = 0) => RequestBook.Make(count, index => Compose(
        $"/internal/{call}/v1",
        $"Authorization: Bearer {secrets.ManagementKey}\r\nContent-Type: application/json\r\n",
        $"{{\"program\":{Program},\"account\":\"{AccountOf(first + index)}\"{(call == "timeline" ? $",\"after\":{after}" : "")}}}"));

    /// <summary>A login token, as bytes.</summary>
    public byte[] LoginTokenBytes(int index) => Encoding.ASCII.GetBytes(LoginToken(first + index, device: 0));

    /// <summary>The body of a logout, as bytes.</summary>
    public byte[] LogoutBodyBytes(int index) => Encoding.ASCII.GetBytes(LogoutBody(index, mode: 1, device: 0));

    /// <summary>A user's session on one of its devices.</summary>
    public SessionId Session(int index, int device = 0) => new(SessionOf(first + index, device));

    /// <summary>One of a user's devices.</summary>
    public DeviceId Device(int index, int device = 0) => DeviceId.Of(DeviceOf(first + index, device));

    /// <summary>When all tokens were issued.</summary>
    public DateTimeOffset IssuedAt => issuedAt;

    /// <summary>When all tokens expire.</summary>
    public DateTimeOffset ExpiresAt => issuedAt.AddMinutes(LifetimeMinutes);

    private string Searched(long number, string by) => by switch
    {
        "account" => $"{AccountOf(number)}",
        "sessionId" => $"{SessionOf(number, device: 0)}",
        _ => DeviceOf(number, device: 0),
    };

    private static string Compose(string path, string headers, string body) =>
        $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}Content-Length: {body.Length}\r\n\r\n{body}";

    private string LogoutBody(int index, int mode, int device) =>
        $"{{\"signOutMode\":{mode},\"deviceId\":\"{DeviceOf(first + index, device)}\",\"token\":\"{AppToken(first + index)}\"}}";

    private static long AccountOf(long number) => 10_000_000_000 + ((uint)number * Spread);

    private Guid SessionOf(long number, int device) => new(Bytes(number, $"session {device}").AsSpan(0, 16));

    private string DeviceOf(long number, int device)
    {
        var bytes = Bytes(number, $"device {device}");
        return $"anid:{Convert.ToBase64String(bytes)}:{bytes[0]:x2}{bytes[1]:x2}";
    }

    private string LoginToken(long number, int device) =>
        Seal(number, $"login {device}", $"\"LOGIN_HISTORY_ID\":\"{SessionOf(number, device)}\",");

    private string AppToken(long number) => Seal(number, "app", "");

    private string Seal(long number, string kind, string more)
    {
        var bytes = Bytes(number, kind); // of this user and this kind alone, so the nonce is not used twice
        var claims = $$"""
            {"sub":"CLIENT_APP_SDK","TOKEN_EXPIRY":{{LifetimeMinutes}},"REFERENCE_ID":"{{new Guid(bytes.AsSpan(0, 16))}}","ALLOWED_IPS":"*",
            "iss":"YmVuY2htYXJr","X-ACCOUNT-NUMBER":{{AccountOf(number)}},"USER_ID":{{1_000_000_000 + number}},{{more}}
            "PROGRAM_ID":{{Program}},"iat":{{issuedAt.ToUnixTimeSeconds()}},"exp":{{ExpiresAt.ToUnixTimeSeconds()}}}
            """.ReplaceLineEndings("");
        return ContractTokens.Seal(secrets.TokenKey, Encoding.ASCII.GetBytes(claims));
    }

    private byte[] Bytes(long number, string purpose)
    {
        Span<byte> text = stackalloc byte[64];
        seed.CopyTo(text);
        BinaryPrimitives.WriteInt64LittleEndian(text[32..], number);
        var length = 40 + Encoding.ASCII.GetBytes(purpose, text[40..]);
        return SHA256.HashData(text[..length]);
    }
}
