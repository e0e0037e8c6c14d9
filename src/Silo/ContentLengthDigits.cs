// The server reads "+12" and "012" as a length, and another reader might not: two that disagree about where a request ends can be fed two
// different requests. The raw text of this header is seen by the encoding that the server is given for it, and by nothing else.
using System.Text;

namespace BankEzy.Sessions.Silo;

/// <summary>Decodes a Content-Length of plain digits without leading zeros (RFC 9110, section 8.6), and anything else as a text that is no
/// number, so that the server answers 400 and closes the connection.</summary>
internal sealed class ContentLengthDigits : Encoding
{
    private const int DigitsMax = 18; // every number of so many digits fits a long

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        var isPlain = bytes.Length is > 0 and <= DigitsMax && !bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && (bytes[0] != (byte)'0' || bytes.Length == 1);
        return isPlain ? ASCII.GetChars(bytes, chars) : ASCII.GetChars("-"u8, chars);
    }

    public override int GetCharCount(ReadOnlySpan<byte> bytes) => GetMaxCharCount(bytes.Length);

    public override int GetMaxCharCount(int byteCount) => Math.Max(byteCount, 1);

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetCharCount(byte[] bytes, int index, int count) => GetMaxCharCount(count);

    public override int GetByteCount(char[] chars, int index, int count) => ASCII.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        ASCII.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => charCount;
}
