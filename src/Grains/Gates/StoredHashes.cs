using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BankEzy.Sessions.Gates;

/// <summary>Hashes of devices as base64 of 16 bytes each, big-endian, ascending: 22 characters a device where text would take 35.</summary>
internal sealed class StoredHashes : JsonConverter<ImmutableArray<UInt128>>
{
    private const int Size = 16;

    public override ImmutableArray<UInt128> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var bytes = reader.GetBytesFromBase64();
        if (bytes.Length == 0 || bytes.Length % Size != 0)
        {
            throw new JsonException("They are no hashes of 16 bytes.");
        }

        var hashes = ImmutableArray.CreateBuilder<UInt128>(bytes.Length / Size);
        for (var at = 0; at < bytes.Length; at += Size)
        {
            var hash = BinaryPrimitives.ReadUInt128BigEndian(bytes.AsSpan(at));
            hashes.Add(at == 0 || hash > hashes[^1] ? hash : throw new JsonException("The hashes do not ascend."));
        }

        return hashes.MoveToImmutable();
    }

    public override void Write(Utf8JsonWriter writer, ImmutableArray<UInt128> value, JsonSerializerOptions options)
    {
        var bytes = new byte[value.Length * Size];
        for (var i = 0; i < value.Length; i++)
        {
            BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(i * Size), value[i]);
        }

        writer.WriteBase64StringValue(bytes);
    }
}
