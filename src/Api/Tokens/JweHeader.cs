// The protected header of a token: the contract's one text at once, any other text only if it says exactly the same.
using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace BankEzy.Sessions.Api.Tokens;

internal static class JweHeader
{
    // Two members fit many times over. Whatever is longer carries something else, and is not worth decoding.
    private const int CharsMax = 1_024;

    /// <summary><c>{"enc":"A256GCM","alg":"dir"}</c>, as the contract writes it.</summary>
    public static ReadOnlySpan<byte> Family => "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0"u8;

    public static TokenFault Check(ReadOnlySpan<byte> header)
    {
        if (header.SequenceEqual(Family))
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
        int algorithms = 0, encryptions = 0;
        bool wrong = false, foreign = false;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return TokenFault.Form;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("alg"u8))
            {
                algorithms++;
                wrong |= !NextIs(ref reader, "dir"u8);
            }
            else if (reader.ValueTextEquals("enc"u8))
            {
                encryptions++;
                wrong |= !NextIs(ref reader, "A256GCM"u8);
            }
            else
            {
                foreign = true;
                reader.Skip();
            }
        }

        reader.Read(); // throws on anything behind the object
        // A wrong algorithm is reported before a foreign member, whichever stands first: PBES2 comes with p2c, ECDH with epk.
        return wrong || algorithms == 0 || encryptions == 0 ? TokenFault.Algorithm
            : foreign || algorithms > 1 || encryptions > 1 ? TokenFault.Header
            : TokenFault.None;
    }

    private static bool NextIs(ref Utf8JsonReader reader, ReadOnlySpan<byte> text)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
        {
            return reader.ValueTextEquals(text);
        }

        reader.Skip();
        return false;
    }
}
