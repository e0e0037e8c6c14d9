// How the log's index names what somebody may search by: keyed hashes, so that the database shows neither sessions nor devices by them.
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace BankEzy.Sessions;

/// <summary>A key of the log's index, 16 bytes; it says nothing to one who does not have the service's user key.</summary>
public readonly record struct IndexKey(UInt128 Value)
{
    /// <summary>The length in bytes.</summary>
    public const int Size = 16;

    /// <summary>Writes the 16 bytes, big-endian.</summary>
    public void Write(Span<byte> bytes) => BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
}

/// <summary>
/// Makes the keys under which users are indexed: the first 16 bytes of HMAC-SHA-256 over a letter for the kind and the 16 bytes of a
/// session's id or a device's hash. The HMAC's key is derived from the user key.
/// </summary>
public sealed class SearchKeys
{
    private readonly byte[] _key;

    /// <summary>Derives the key of the HMAC.</summary>
    public SearchKeys(UserKey users)
    {
        _key = users.Derive("search");
    }

    /// <summary>The key of a session.</summary>
    public IndexKey Of(SessionId session)
    {
        Span<byte> bytes = stackalloc byte[IndexKey.Size];
        session.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Of((byte)'s', bytes);
    }

    /// <summary>The key of a device: its label does not count.</summary>
    public IndexKey Of(DeviceId device)
    {
        Span<byte> bytes = stackalloc byte[IndexKey.Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, device.Hash);
        return Of((byte)'d', bytes);
    }

    private IndexKey Of(byte kind, ReadOnlySpan<byte> id)
    {
        Span<byte> text = stackalloc byte[1 + IndexKey.Size];
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        text[0] = kind;
        id.CopyTo(text[1..]);
        HMACSHA256.HashData(_key, text, digest);
        return new IndexKey(BinaryPrimitives.ReadUInt128BigEndian(digest));
    }
}
