// The protected header of a token: the contract's one text at once, any other text only if it says the same.
using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace BankEzy.Sessions.Api.Tokens;

internal static class JweHeader
{
    // Five members fit many times over. Whatever is longer carries something else, and is not worth decoding.
    private const int CharsMax = 1_024;
    private const int KeyIdMax = 256;

    // Every form of key id that is in use: names, dates, hex, base64, UUIDs, URNs and URLs. It is not looked at further.
    private static readonly SearchValues<byte> KeyIdAlphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~:/@+=#"u8);

    [Flags]
    private enum Member
    {
        None = 0,
        Algorithm = 1,
        Encryption = 2,
        KeyId = 4,
        Type = 8,
        ContentType = 16,
    }

    // {"enc":"A256GCM","alg":"dir"}, as the contract has it.
    private static ReadOnlySpan<byte> Contract => "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0"u8;

    public static TokenFault Check(ReadOnlySpan<byte> header)
    {
        if (header.SequenceEqual(Contract))
        {
            return TokenFault.None;
        }

        if (header.Length > CharsMax)
        {
            return TokenFault.Header;
        }

        Span<byte> json = stackalloc byte[CharsMax / 4 * 3];
        return CompactJwe.IsCanonical(header)
            && Base64Url.DecodeFromUtf8(header, json, out _, out var written) == OperationStatus.Done
            && Utf8.IsValid(json[..written])
            ? CheckJson(json[..written])
            : TokenFault.Form;
    }

    private static TokenFault CheckJson(ReadOnlySpan<byte> json)
    {
        try
        {
            return ReadMembers(json);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON, or an escape that is half a surrogate pair: either way the sender's fault, and the answer says so.
            return TokenFault.Form;
        }
    }

    private static TokenFault ReadMembers(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json); // the default is strict: no comments, no trailing comma, one value
        var seen = Member.None;
        bool isWrong = false, isForeign = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return TokenFault.Form;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var member = MemberOf(ref reader);
            reader.Read();
            var isTaken = IsTaken(ref reader, member);
            isWrong |= !isTaken && member is Member.Algorithm or Member.Encryption;
            isForeign |= !isTaken || (seen & member) != Member.None;
            seen |= member;
            reader.Skip(); // the inside of an object or an array
        }

        reader.Read(); // throws on anything behind the object
        // A wrong algorithm is reported before a foreign member, whichever stands first: PBES2 comes with p2c, ECDH with epk.
        return isWrong || (seen & (Member.Algorithm | Member.Encryption)) != (Member.Algorithm | Member.Encryption) ? TokenFault.Algorithm
            : isForeign ? TokenFault.Header
            : TokenFault.None;
    }

    private static Member MemberOf(ref readonly Utf8JsonReader reader) =>
        reader.ValueTextEquals("alg"u8) ? Member.Algorithm
        : reader.ValueTextEquals("enc"u8) ? Member.Encryption
        : reader.ValueTextEquals("kid"u8) ? Member.KeyId
        : reader.ValueTextEquals("typ"u8) ? Member.Type
        : reader.ValueTextEquals("cty"u8) ? Member.ContentType
        : Member.None;

    // What libraries add by themselves is taken and means nothing; a type that names another kind of token is not (RFC 8725, 3.11).
    private static bool IsTaken(ref readonly Utf8JsonReader reader, Member member) => reader.TokenType == JsonTokenType.String
        && member switch
    {
        Member.Algorithm => reader.ValueTextEquals("dir"u8),
        Member.Encryption => reader.ValueTextEquals("A256GCM"u8),
        Member.KeyId => !reader.ValueIsEscaped && reader.ValueSpan.Length is > 0 and <= KeyIdMax
            && !reader.ValueSpan.ContainsAnyExcept(KeyIdAlphabet),
        Member.Type => Is(reader.ValueSpan, "JWT") || Is(reader.ValueSpan, "JOSE"),
        Member.ContentType => Is(reader.ValueSpan, "JWT"),
        _ => false,
    };

    private static bool Is(ReadOnlySpan<byte> ascii, string mediaType) => System.Text.Ascii.EqualsIgnoreCase(ascii, mediaType);
}
