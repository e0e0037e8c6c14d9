// A user's state as a snapshot: sealed, because one who may write to the database could otherwise bring an ended session back to life.
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Users;

/// <summary>
/// Seals and opens snapshots. A snapshot is a cache: one that cannot be opened is left aside, and the log is folded from its start. Its
/// content is HMAC-SHA-256 (32 bytes) over stream, shape, version, head and state, and then the state as JSON.
/// </summary>
/// <param name="key">32 bytes that are not in the database.</param>
internal sealed partial class UserSnapshots(byte[] key)
{
    /// <summary>Makes a snapshot of a state.</summary>
    public Snapshot Seal(string stream, StreamHead head, UserState state)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.UserState);
        byte[] content = [.. Mac(stream, head, json), .. json];
        return new Snapshot(stream, UserState.Shape, head, content);
    }

    /// <summary>The state of a snapshot; null when it is not one that this service has sealed, or not of this shape.</summary>
    public UserState? Open(Snapshot snapshot)
    {
        var content = snapshot.Json.Span;
        if (snapshot.Shape != UserState.Shape || content.Length <= HMACSHA256.HashSizeInBytes)
        {
            return null;
        }

        var json = content[HMACSHA256.HashSizeInBytes..];
        var isOurs = CryptographicOperations.FixedTimeEquals(
            content[..HMACSHA256.HashSizeInBytes], Mac(snapshot.Stream, snapshot.Head, json));
        try
        {
            return isOurs && JsonSerializer.Deserialize(json, StateJson.Default.UserState) is { } state
                && state.Version == snapshot.Head.Version ? state : null;
        }
        catch (JsonException)
        {
            return null; // Sealed by a version that forgot to raise the shape's number.
        }
    }

    private byte[] Mac(string stream, StreamHead head, ReadOnlySpan<byte> json)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Span<byte> numbers = stackalloc byte[sizeof(int) + sizeof(long) + EventHash.Size];
        BinaryPrimitives.WriteInt32BigEndian(numbers, UserState.Shape);
        BinaryPrimitives.WriteInt64BigEndian(numbers[sizeof(int)..], head.Version);
        head.Hash.Write(numbers[(sizeof(int) + sizeof(long))..]);
        mac.AppendData(Encoding.UTF8.GetBytes(stream));
        mac.AppendData([0]);
        mac.AppendData(numbers);
        mac.AppendData(json);
        return mac.GetHashAndReset();
    }

    // A member that is missing makes a snapshot unreadable; what is computed from members is not kept.
    [JsonSourceGenerationOptions(
        RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, IgnoreReadOnlyProperties = true,
        Converters = [typeof(StoredDevice), typeof(StoredSession)])]
    [JsonSerializable(typeof(UserState))]
    private sealed partial class StateJson : JsonSerializerContext;
}
