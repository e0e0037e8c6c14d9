// The hash chain of a stream: each event carries the hash of its predecessor chained with its own bytes.
using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BankEzy.Sessions;

/// <summary>A SHA-256 value (32 bytes) of a stream's hash chain; all zero before the first event.</summary>
[GenerateSerializer, Immutable, Alias("event-hash")]
public readonly record struct EventHash([property: Id(0)] UInt128 High, [property: Id(1)] UInt128 Low)
{
    /// <summary>The length in bytes.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    private const int FixedPartSize = Size + sizeof(long) + 16 + sizeof(int);

    /// <summary>Reads 32 bytes.</summary>
    public static EventHash Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    /// <summary>Writes 32 bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
    }

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        Write(bytes);
        return bytes;
    }

    /// <summary>
    /// The hash of the event that follows this one: SHA-256 over this hash (32 bytes), the version (8, big-endian), the
    /// command id (16, big-endian), the ordinal (4, big-endian), the stream, a zero byte, the name, a zero byte, the content.
    /// </summary>
    public EventHash Next(string stream, long version, CommandId command, int ordinal, string name, ReadOnlySpan<byte> json)
    {
        var textMax = Encoding.UTF8.GetMaxByteCount(stream.Length) + Encoding.UTF8.GetMaxByteCount(name.Length) + 2;
        var length = FixedPartSize + textMax + json.Length;
        byte[]? rented = null;
        var bytes = length <= 1024 ? stackalloc byte[1024] : rented = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            Write(bytes);
            BinaryPrimitives.WriteInt64BigEndian(bytes[Size..], version);
            command.Value.TryWriteBytes(bytes[(Size + sizeof(long))..], bigEndian: true, out _);
            BinaryPrimitives.WriteInt32BigEndian(bytes[(Size + sizeof(long) + 16)..], ordinal);
            var end = FixedPartSize;
            end += Encoding.UTF8.GetBytes(stream, bytes[end..]);
            bytes[end++] = 0;
            end += Encoding.UTF8.GetBytes(name, bytes[end..]);
            bytes[end++] = 0;
            json.CopyTo(bytes[end..]);
            Span<byte> digest = stackalloc byte[Size];
            SHA256.HashData(bytes[..(end + json.Length)], digest);
            return Read(digest);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>64 lower-case hex digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{High:x32}{Low:x32}");
}
