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
    private ulong bits;

    /// <summary>Adds the name that the reader stands on, and gives it unescaped; false if it is a duplicate or beyond the limits.</summary>
    public bool TryAdd(ref readonly Utf8JsonReader reader, out ReadOnlySpan<byte> name)
    {
        name = default;
        var rawLength = reader.ValueSpan.Length; // escapes only shorten it
        if (count == MembersMax || rawLength > byte.MaxValue || used + 1 + rawLength > buffer.Length)
        {
            return false;
        }

        var added = buffer.Slice(used + 1, rawLength);
        if (reader.ValueIsEscaped)
        {
            added = added[..reader.CopyString(added)];
        }
        else
        {
            reader.ValueSpan.CopyTo(added);
        }

        if (Has(added))
        {
            return false;
        }

        buffer[used] = (byte)added.Length;
        used += 1 + added.Length;
        count++;
        name = added;
        return true;
    }

    private bool Has(scoped ReadOnlySpan<byte> added)
    {
        // Most names differ in length or last letter from all others: then one bit says that there is nothing to compare.
        var bit = 1ul << ((added.Length ^ (added.IsEmpty ? 0 : added[^1] << 2)) & 63);
        var mayHave = (bits & bit) != 0;
        bits |= bit;
        for (var at = 0; mayHave && at < used; at += 1 + buffer[at])
        {
            if (buffer[at] == added.Length && buffer.Slice(at + 1, added.Length).SequenceEqual(added))
            {
                return true;
            }
        }

        return false;
    }
}
