// How sign-ins to the console are stored, and what their events say together. Strict JSON under names with a version, like a user's events.
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Audit;

/// <summary>Writes and reads the events of a sign-in to the console.</summary>
internal static partial class ConsoleEventCodec
{
    /// <summary>The name of the first event.</summary>
    public const string SignedIn = "console-signed-in.v1";

    /// <summary>The name of a use.</summary>
    public const string Used = "console-used.v1";

    /// <summary>The name of the last event.</summary>
    public const string SignedOut = "console-signed-out.v1";

    /// <summary>The content of the first event.</summary>
    public static byte[] EncodeSignedIn(string key, string keyMark, string actor, DateTimeOffset at) =>
        JsonSerializer.SerializeToUtf8Bytes(new Begun(at, key, keyMark, actor), ConsoleJson.Default.Begun);

    /// <summary>The content of a use, and of the last event.</summary>
    public static byte[] EncodeTime(DateTimeOffset at) => JsonSerializer.SerializeToUtf8Bytes(new Moment(at), ConsoleJson.Default.Moment);

    /// <summary>What a sign-in is after an event.</summary>
    /// <param name="before">What it was; null before the first event.</param>
    /// <param name="stored">The event, which was checked against its predecessor.</param>
    /// <exception cref="InvalidDataException">It has another name or content than it should have.</exception>
    public static ConsoleSession Evolve(ConsoleSession? before, StoredEvent stored)
    {
        var (version, hash) = (stored.Version, stored.Hash);
        try
        {
            switch (stored.Name)
            {
                case SignedIn when before is null:
                    var begun = Read(stored, ConsoleJson.Default.Begun);
                    return new ConsoleSession(begun.Key, begun.KeyMark, begun.Actor, begun.At, begun.At, HasEnded: false, version, hash);
                case Used when before is not null:
                    var at = Read(stored, ConsoleJson.Default.Moment).At;
                    return before with { UsedAt = at > before.UsedAt ? at : before.UsedAt, Version = version, Hash = hash };
                case SignedOut when before is not null:
                    return before with { HasEnded = true, Version = version, Hash = hash };
                default:
                    throw new JsonException("It is none.");
            }
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"At {stored.Cursor}: what should be an event of a sign-in to the console is none. Keep a copy of the log and restore it "
                + "from a backup.", e);
        }
    }

    private static T Read<T>(StoredEvent stored, JsonTypeInfo<T> type) =>
        JsonSerializer.Deserialize(stored.Json.Span, type) ?? throw new JsonException("It is empty.");

    internal sealed record Begun(
        [property: JsonConverter(typeof(StoredTime))] DateTimeOffset At, string Key, string KeyMark, string Actor);

    internal sealed record Moment([property: JsonConverter(typeof(StoredTime))] DateTimeOffset At);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
        GenerationMode = JsonSourceGenerationMode.Metadata)]
    [JsonSerializable(typeof(Begun))]
    [JsonSerializable(typeof(Moment))]
    private sealed partial class ConsoleJson : JsonSerializerContext;
}
