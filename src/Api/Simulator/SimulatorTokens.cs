// Tokens as the bank's neighbours make them, for developers who have no bank at hand. Development only.
using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace BankEzy.Sessions.Api.Simulator;

/// <summary>The keys with which the simulator seals one program's tokens.</summary>
/// <param name="LoginTokenKey">32 bytes.</param>
/// <param name="AppTokenKey">32 bytes; the same where both kinds share their key.</param>
public sealed record SimulatorKeys(byte[] LoginTokenKey, byte[] AppTokenKey);

/// <summary>Makes tokens with the contract's header and claims.</summary>
/// <param name="keys">Keys by program.</param>
/// <param name="time">The clock of <c>iat</c> and <c>exp</c>.</param>
public sealed class SimulatorTokens(IReadOnlyDictionary<int, SimulatorKeys> keys, TimeProvider time)
{
    private const int LifetimeMinutes = 30;

    /// <summary>An app token: it names the app, and the account when that is known.</summary>
    public (string Token, DateTimeOffset ExpiresAt) AppToken(int program, string? account) =>
        Seal(keys[program].AppTokenKey, program, account, session: null);

    /// <summary>A login token.</summary>
    public (string Token, DateTimeOffset ExpiresAt) LoginToken(int program, string account, SessionId session) =>
        Seal(keys[program].LoginTokenKey, program, account, session);

    /// <summary>A fresh LOGIN_HISTORY_ID: a random UUID (RFC 9562, version 4).</summary>
    public static SessionId NewSession() => new(NewUuid());

    private (string Token, DateTimeOffset ExpiresAt) Seal(byte[] key, int program, string? account, SessionId? session)
    {
        var issuedAt = DateTimeOffset.FromUnixTimeSeconds(time.GetUtcNow().ToUnixTimeSeconds());
        var expiresAt = issuedAt.AddMinutes(LifetimeMinutes);
        var claims = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(claims))
        {
            json.WriteStartObject();
            json.WriteString("sub"u8, "CLIENT_APP_SDK"u8);
            json.WriteNumber("TOKEN_EXPIRY"u8, LifetimeMinutes);
            json.WriteString("REFERENCE_ID"u8, NewUuid());
            json.WriteString("ALLOWED_IPS"u8, "*"u8);
            json.WriteString("iss"u8, "c2ltdWxhdG9y"u8);
            if (account is not null)
            {
                json.WritePropertyName("X-ACCOUNT-NUMBER"u8);
                json.WriteRawValue(account); // up to 20 digits: more than any number type holds
                json.WriteNumber("USER_ID"u8, UserNumber(account));
            }

            if (session is { } id)
            {
                json.WriteString("LOGIN_HISTORY_ID"u8, id.Value);
            }

            json.WriteNumber("PROGRAM_ID"u8, program);
            json.WriteNumber("iat"u8, issuedAt.ToUnixTimeSeconds());
            json.WriteNumber("exp"u8, expiresAt.ToUnixTimeSeconds());
            json.WriteEndObject();
        }

        return (ContractTokens.Seal(key, claims.WrittenSpan.ToArray()), expiresAt);
    }

    // Any number that stays the same for an account will do.
    private static long UserNumber(string account) => 1_000 + (long)(UInt128.Parse(account, CultureInfo.InvariantCulture) % 1_000_000_007);

    private static Guid NewUuid()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
