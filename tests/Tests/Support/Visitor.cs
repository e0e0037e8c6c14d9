// A user with one session on one device, and the tokens that the bank would have given.
using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions.Tests.Support;

/// <summary>A user's sign-in on one device. Every visitor is another user, so tests can share a host.</summary>
public sealed record Visitor(string Account, Guid Session, string Device, DateTimeOffset IssuedAt, byte[] LoginKey, byte[] AppKey)
{
    public const int Program = 2001;

    private static int _visitors;

    public string LoginToken { get; } = TokenOf(LoginKey, LoginClaims(Account, Session, IssuedAt));

    public string AppToken { get; } = TokenOf(AppKey, AppClaims(Account, IssuedAt));

    public UserId User => UserOf(Account);

    /// <summary>The key that all services under test name their users with.</summary>
    public static UserKey Users { get; } = new(SHA256.HashData("the user key of the tests"u8));

    /// <summary>The same key as a setting.</summary>
    public static string UserKeyText => Base64Url.EncodeToString(SHA256.HashData("the user key of the tests"u8));

    public static UserId UserOf(string account) =>
        Users.TryCreate(Program, account, out var user) ? user : throw new InvalidOperationException(account);

    public static Visitor New(DateTimeOffset issuedAt, byte[] loginKey, byte[] appKey, string? account = null)
    {
        var number = Interlocked.Increment(ref _visitors);
        return new Visitor(
            account ?? $"8807{number:d10}", NewId(), NewDevice(), issuedAt, loginKey, appKey);
    }

    /// <summary>The same user's next sign-in on the same device.</summary>
    public Visitor Again() => new(Account, NewId(), Device, IssuedAt, LoginKey, AppKey);

    /// <summary>The same user on another device.</summary>
    public Visitor Elsewhere() => new(Account, NewId(), NewDevice(), IssuedAt, LoginKey, AppKey);

    /// <summary>A login token with claims changed; a claim without a value is taken out.</summary>
    public string LoginTokenWith(params (string Name, string? Json)[] changes) =>
        TokenOf(LoginKey, LoginClaims(Account, Session, IssuedAt), changes);

    public string AppTokenWith(params (string Name, string? Json)[] changes) => TokenOf(AppKey, AppClaims(Account, IssuedAt), changes);

    /// <summary>The body of this visitor's logout; members are JSON, and an absent one is left out.</summary>
    public string Body(string? mode = "1", string? device = null, string? token = null)
    {
        List<string> members = mode is null ? [] : [$"\"signOutMode\":{mode}"];
        members.Add($"\"deviceId\":{device ?? $"\"{Device}\""}");
        members.Add($"\"token\":{token ?? $"\"{AppToken}\""}");
        return $"{{{string.Join(',', members)}}}";
    }

    /// <summary>An id that nobody has used.</summary>
    public static Guid NewId() => new(RandomNumberGenerator.GetBytes(16));

    private static string NewDevice()
    {
        var bytes = RandomNumberGenerator.GetBytes(34);
        return $"tdid:{Convert.ToBase64String(bytes.AsSpan(0, 32))}:{Convert.ToHexStringLower(bytes.AsSpan(32))}";
    }

    private static string TokenOf(byte[] key, IEnumerable<(string Name, string? Json)> claims, params (string Name, string? Json)[] changes)
    {
        var all = claims.Where(claim => changes.All(change => change.Name != claim.Name))
            .Concat(changes.Where(change => change.Json is not null));
        var json = $"{{{string.Join(',', all.Select(claim => $"\"{claim.Name}\":{claim.Json}"))}}}";
        return JoseTokens.Seal(key, Encoding.UTF8.GetBytes(json));
    }

    private static IEnumerable<(string Name, string? Json)> LoginClaims(string account, Guid session, DateTimeOffset issuedAt) =>
        [.. AppClaims(account, issuedAt), ("LOGIN_HISTORY_ID", $"\"{session}\"")];

    private static (string Name, string? Json)[] AppClaims(string account, DateTimeOffset issuedAt) =>
    [
        ("sub", "\"CLIENT_APP_SDK\""), ("TOKEN_EXPIRY", "30"), ("REFERENCE_ID", "\"1b4e28ba-2fa1-41d2-883f-0016d3cca427\""),
        ("CLIENT_INFO", "\"{\\\"firstName\\\":\\\"Canary Zoë\\\"}\""), ("ALLOWED_IPS", "\"*\""),
        ("iss", "\"b3BhcXVl\""), ("USER_ID", "1001"),
        ("X-ACCOUNT-NUMBER", account), ("PROGRAM_ID", "2001"),
        ("iat", Seconds(issuedAt)), ("exp", Seconds(issuedAt.AddMinutes(30))),
    ];

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
}
