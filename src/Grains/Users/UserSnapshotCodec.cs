// How a user's state looks in a snapshot. A snapshot is a cache: one that cannot be read is left aside, and the log
// is folded from its start.
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BankEzy.Sessions.Users;

/// <summary>Writes and reads a user's state.</summary>
public static partial class UserSnapshotCodec
{
    /// <summary>The state as JSON in UTF-8.</summary>
    public static byte[] Encode(UserState state) => JsonSerializer.SerializeToUtf8Bytes(state, StateJson.Default.UserState);

    /// <summary>Reads a state back; null when the text is not one.</summary>
    public static UserState? Decode(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, StateJson.Default.UserState);
        }
        catch (JsonException)
        {
            return null; // Without a snapshot the state is folded from the log: slower, and just as right.
        }
    }

    // A member that is missing makes a snapshot unreadable; what is computed from members is not kept.
    [JsonSourceGenerationOptions(
        RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true, IgnoreReadOnlyProperties = true)]
    [JsonSerializable(typeof(UserState))]
    private sealed partial class StateJson : JsonSerializerContext;
}
