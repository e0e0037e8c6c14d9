// Finds members that occur twice in a JSON object, whatever they are called and however their names are escaped.
using System.Text.Json;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>The names that an object has had so far, unescaped, one after the other, each behind its length.</summary>
internal ref struct MemberNames(Span<byte> buffer)
{
    /// <summary>The most members of an object.</summary>
    public const int MembersMax = 64;

    /// <summary>The most bytes of all names and their lengths.</summary>
    public const int BytesMax = 2_048;

    private readonly Span<byte> buffer = buffer;
    private int used;
    private int count;

    /// <summary>Adds the name that the reader stands on, and gives it unescaped; false if it is a duplicate or beyond the limits.</summary>
    public bool TryAdd(ref readonly Utf8JsonReader reader, out ReadOnlySpan<byte> name)
    {
        name = default;
        var rawLength = reader.ValueSpan.Length; // escapes only shorten it
        if (count == MembersMax || rawLength > byte.MaxValue || used + 1 + rawLength > buffer.Length)
        {
            return false;
        }

        var length = reader.CopyString(buffer[(used + 1)..]);
        var added = buffer.Slice(used + 1, length);
        for (var at = 0; at < used; at += 1 + buffer[at])
        {
            if (buffer[at] == length && buffer.Slice(at + 1, length).SequenceEqual(added))
            {
                return false;
            }
        }

        buffer[used] = (byte)length;
        used += 1 + length;
        count++;
        name = added;
        return true;
    }
}
