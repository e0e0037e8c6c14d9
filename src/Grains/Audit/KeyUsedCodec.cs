// How the use of a key is stored: strict JSON under a name with a version, like a user's events.
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Audit;

/// <summary>Writes and reads the stored form of <see cref="KeyUsed"/>.</summary>
internal static partial class KeyUsedCodec
{
    /// <summary>The stored name.</summary>
    public const string Name = "key-used.v1";

    /// <summary>The stored content: JSON in UTF-8.</summary>
    public static byte[] Encode(KeyUsed used) => JsonSerializer.SerializeToUtf8Bytes(
        new Stored(used.At, used.Key, used.What, used.Actor, used.User?.Stream), AuditJson.Default.Stored);

    /// <summary>Reads a stored use.</summary>
    /// <exception cref="InvalidDataException">It has another name, or another content than the name says.</exception>
    public static KeyUsed Decode(StoredEvent stored)
    {
        try
        {
            return stored.Name == Name && JsonSerializer.Deserialize(stored.Json.Span, AuditJson.Default.Stored) is { } read
                ? new KeyUsed(read.At, read.Key, read.Actor, read.What, read.User is { } user ? new UserId(user) : null)
                : throw new JsonException("It is none.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException(
                $"At {stored.Cursor}: what should be a use of a management key is none. Keep a copy of the log and restore it from a "
                + "backup.", e);
        }
    }

    internal sealed record Stored(
        [property: JsonConverter(typeof(StoredTime))] DateTimeOffset At,
        string Key,
        string What,
        string? Actor = null,
        string? User = null);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, AllowDuplicateProperties = false,
        RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
        GenerationMode = JsonSourceGenerationMode.Metadata)]
    [JsonSerializable(typeof(Stored))]
    private sealed partial class AuditJson : JsonSerializerContext;
}
