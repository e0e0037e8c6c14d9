// Reads the claims of an opened token strictly: what two readers could understand differently is refused.
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>Reads the JSON of an opened token.</summary>
public static class ClaimsReader
{
    private const int DepthMax = 8;
    private const long UnixSecondsMax = 253_402_300_799; // the last second of the year 9999
    private const int UuidChars = 36;
    private const int EscapeCharsMax = 6; // \u0030

    /// <summary>Reads claims. A fault of form is reported before a wrong type or time, and that before a missing claim.</summary>
    /// <param name="json">The plaintext of a token.</param>
    /// <param name="claims">The claims, when the answer is <see cref="TokenFault.None"/>.</param>
    public static TokenFault Read(ReadOnlySpan<byte> json, out TokenClaims claims)
    {
        claims = default;
        if (!Utf8.IsValid(json))
        {
            return TokenFault.ClaimsForm;
        }

        try
        {
            var draft = default(Draft);
            var fault = ReadMembers(json, ref draft);
            return fault == TokenFault.None ? draft.Finish(out claims) : fault;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON, or an escape that is half a surrogate pair: the issuer's fault, and the answer says so.
            return TokenFault.ClaimsForm;
        }
    }

    private static TokenFault ReadMembers(ReadOnlySpan<byte> json, ref Draft draft)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DepthMax }); // else strict by default
        var names = new MemberNames(stackalloc byte[MemberNames.BytesMax]);
        var first = TokenFault.None;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return TokenFault.ClaimsForm;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!names.TryAdd(ref reader, out var name))
            {
                return TokenFault.ClaimsForm;
            }

            var claim = ClaimOf(name);
            reader.Read();
            var fault = ReadValue(ref reader, claim, ref draft);
            first = first == TokenFault.None ? fault : first;
            reader.Skip(); // the inside of an object or an array, wherever it stands
        }

        reader.Read(); // throws on anything behind the object
        return first;
    }

    private static Claim ClaimOf(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 when name.SequenceEqual("iat"u8) => Claim.IssuedAt,
        3 when name.SequenceEqual("exp"u8) => Claim.ExpiresAt,
        3 when name.SequenceEqual("nbf"u8) => Claim.NotBefore,
        7 when name.SequenceEqual("USER_ID"u8) => Claim.UserNumber,
        10 when name.SequenceEqual("PROGRAM_ID"u8) => Claim.Program,
        11 when name.SequenceEqual("ALLOWED_IPS"u8) => Claim.AllowedIps,
        16 when name.SequenceEqual("X-ACCOUNT-NUMBER"u8) => Claim.Account,
        16 when name.SequenceEqual("LOGIN_HISTORY_ID"u8) => Claim.Session,
        _ => Claim.Other,
    };

    private static TokenFault ReadValue(ref Utf8JsonReader reader, Claim claim, ref Draft draft) => claim switch
    {
        Claim.Program => ReadProgram(ref reader, out draft.Program),
        Claim.Account => ReadAccount(ref reader, ref draft),
        Claim.UserNumber => ReadUserNumber(ref reader, out draft.UserNumber),
        Claim.Session => ReadSession(ref reader, out draft.Session),
        Claim.IssuedAt => ReadTime(ref reader, out draft.IssuedAt),
        Claim.ExpiresAt => ReadTime(ref reader, out draft.ExpiresAt),
        Claim.NotBefore => ReadTime(ref reader, out draft.NotBefore),
        Claim.AllowedIps => ReadAllowedIps(ref reader, out draft.AllowedIps),
        _ => TokenFault.None,
    };

    private static TokenFault ReadProgram(ref Utf8JsonReader reader, out int program)
    {
        program = 0;
        return reader.TokenType == JsonTokenType.Number
            && int.TryParse(reader.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out program) && program > 0
            ? TokenFault.None
            : TokenFault.ClaimsType;
    }

    private static TokenFault ReadUserNumber(ref Utf8JsonReader reader, out ulong? number)
    {
        number = null;
        if (reader.TokenType != JsonTokenType.Number
            || !ulong.TryParse(reader.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            return TokenFault.ClaimsType;
        }

        number = value;
        return TokenFault.None;
    }

    // A number or a string: both are kept as the digits that were written, because 20 digits do not fit a double or a long.
    private static TokenFault ReadAccount(ref Utf8JsonReader reader, ref Draft draft)
    {
        Span<byte> scratch = stackalloc byte[UserKey.AccountDigitsMax * EscapeCharsMax];
        var digits = reader.TokenType == JsonTokenType.Number ? reader.ValueSpan : Text(ref reader, scratch);
        if (digits.Length is 0 or > UserKey.AccountDigitsMax || digits.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            || (digits[0] == (byte)'0' && digits.Length > 1))
        {
            return TokenFault.ClaimsType;
        }

        digits.CopyTo(draft.Account);
        draft.AccountLength = digits.Length;
        return TokenFault.None;
    }

    private static TokenFault ReadSession(ref Utf8JsonReader reader, out SessionId? session)
    {
        session = null;
        Span<byte> scratch = stackalloc byte[UuidChars * EscapeCharsMax];
        var text = Text(ref reader, scratch);
        // The nil UUID is what an issuer writes for "none": it must not become a session that everybody shares.
        if (text.Length != UuidChars || !Utf8Parser.TryParse(text, out Guid value, out var used, 'D')
            || used != UuidChars || value == Guid.Empty)
        {
            return TokenFault.ClaimsType;
        }

        session = new SessionId(value);
        return TokenFault.None;
    }

    private static TokenFault ReadTime(ref Utf8JsonReader reader, out DateTimeOffset? at)
    {
        at = null;
        if (reader.TokenType != JsonTokenType.Number)
        {
            return TokenFault.ClaimsType;
        }

        var text = reader.ValueSpan;
        var negative = text[0] == (byte)'-';
        if (text[(negative ? 1 : 0)..].ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return TokenFault.ClaimsType; // a fraction or an exponent
        }

        if (negative || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || seconds > UnixSecondsMax)
        {
            return TokenFault.ClaimsTime; // an integer, but milliseconds or nonsense
        }

        at = DateTimeOffset.FromUnixTimeSeconds(seconds);
        return TokenFault.None;
    }

    private static TokenFault ReadAllowedIps(ref Utf8JsonReader reader, out string? list)
    {
        list = null;
        if (reader.TokenType != JsonTokenType.String)
        {
            return TokenFault.ClaimsType;
        }

        list = reader.ValueTextEquals("*"u8) ? AllowedIps.Everywhere : reader.GetString();
        return TokenFault.None;
    }

    // A string's text; empty if it is no string or is too long for what the scratch was made for.
    private static ReadOnlySpan<byte> Text(ref readonly Utf8JsonReader reader, Span<byte> scratch) =>
        reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > scratch.Length ? default
        : reader.ValueIsEscaped ? scratch[..reader.CopyString(scratch)]
        : reader.ValueSpan;

    private enum Claim
    {
        Other,
        Program,
        Account,
        UserNumber,
        Session,
        IssuedAt,
        ExpiresAt,
        NotBefore,
        AllowedIps,
    }

    [InlineArray(UserKey.AccountDigitsMax)]
    private struct Digits
    {
        private byte first;
    }

    // What was read so far.
    private struct Draft
    {
        public int Program;
        public Digits Account;
        public int AccountLength;
        public ulong? UserNumber;
        public SessionId? Session;
        public DateTimeOffset? IssuedAt;
        public DateTimeOffset? ExpiresAt;
        public DateTimeOffset? NotBefore;
        public string? AllowedIps;

        public readonly TokenFault Finish(out TokenClaims claims)
        {
            claims = default;
            if (Program == 0 || IssuedAt is not { } issuedAt || ExpiresAt is not { } expiresAt)
            {
                return TokenFault.ClaimsMissing;
            }

            claims = new TokenClaims(Program, AccountText(), UserNumber, Session, issuedAt, expiresAt, NotBefore, AllowedIps);
            return TokenFault.None;
        }

        private readonly string? AccountText() =>
            AccountLength == 0 ? null : Encoding.ASCII.GetString(((ReadOnlySpan<byte>)Account)[..AccountLength]);
    }
}
