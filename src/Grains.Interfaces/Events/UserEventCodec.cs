// How an event is stored: its name with a version, and strict JSON. The only owner of the form; a name once written is read forever.
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace BankEzy.Sessions.Users;

/// <summary>Writes and reads the stored form of a user's events.</summary>
internal static partial class UserEventCodec
{
    // Names are constants of ours: a class may be renamed, a name in the log may not.
    private static readonly ImmutableArray<(string Name, Type Type)> Forms =
    [
        ("session-started.v1", typeof(SessionStarted)),
        ("session-renewed.v1", typeof(SessionRenewed)),
        ("session-used.v1", typeof(SessionUsed)),
        ("session-signed-out.v1", typeof(SessionSignedOut)),
        ("device-signed-out.v1", typeof(DeviceSignedOut)),
        ("session-expired.v1", typeof(SessionExpired)),
        ("session-superseded.v1", typeof(SessionSuperseded)),
        ("notice-acknowledged.v1", typeof(NoticeAcknowledged)),
        ("signed-out-on-behalf.v1", typeof(SignedOutOnBehalf)),
        ("device-described.v1", typeof(DeviceDescribed)),
        ("device-renamed.v1", typeof(DeviceRenamed)),
        ("sign-in-locked.v1", typeof(SignInLocked)),
        ("sign-in-released.v1", typeof(SignInReleased)),
        ("wakes-owed.v1", typeof(WakesOwed)),
        ("device-woken.v1", typeof(DeviceWoken)),
    ];

    private static readonly Dictionary<string, JsonTypeInfo> ByName =
        Forms.ToDictionary(form => form.Name, form => EventJson.Default.GetTypeInfo(form.Type)!, StringComparer.Ordinal);

    private static readonly Dictionary<Type, (string Name, JsonTypeInfo Json)> ByType =
        Forms.ToDictionary(form => form.Type, form => (form.Name, ByName[form.Name]));

    /// <summary>Every stored name.</summary>
    public static ImmutableArray<string> Names => [.. Forms.Select(form => form.Name)];

    /// <summary>The stored name of an event.</summary>
    public static string NameOf(UserEvent happened) => ByType[happened.GetType()].Name;

    /// <summary>The stored content of an event: JSON in UTF-8, times in UTC with milliseconds.</summary>
    public static byte[] Encode(UserEvent happened) => JsonSerializer.SerializeToUtf8Bytes(happened, ByType[happened.GetType()].Json);

    /// <summary>Reads a stored event.</summary>
    /// <exception cref="InvalidDataException">The name is unknown, or the content is not exactly what the name says.</exception>
    public static UserEvent Decode(string name, ReadOnlySpan<byte> json)
    {
        if (!ByName.TryGetValue(name, out var form))
        {
            throw new InvalidDataException(
                $"The log has an event named '{name}', which this version does not know. "
                + "A newer version wrote it: run that version or a later one.");
        }

        try
        {
            return (UserEvent)(JsonSerializer.Deserialize(json, form) ?? throw new JsonException("It is null."));
        }
        catch (Exception e) when (e is JsonException or FormatException or OverflowException)
        {
            throw new InvalidDataException(
                $"The log has a damaged event of the name '{name}'. Keep a copy of the log and restore it from a backup.", e);
        }
    }

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
        GenerationMode = JsonSourceGenerationMode.Metadata,
        Converters =
        [
            typeof(StoredTime), typeof(StoredSeconds), typeof(StoredSession), typeof(StoredDevice), typeof(StoredText<Origin>),
            typeof(StoredText<Limit>), typeof(StoredText<Superseding>), typeof(StoredMode), typeof(StoredText<Scope>),
            typeof(StoredText<CauseKind>),
        ])]
    [JsonSerializable(typeof(SessionStarted))]
    [JsonSerializable(typeof(SessionRenewed))]
    [JsonSerializable(typeof(SessionUsed))]
    [JsonSerializable(typeof(SessionSignedOut))]
    [JsonSerializable(typeof(DeviceSignedOut))]
    [JsonSerializable(typeof(SessionExpired))]
    [JsonSerializable(typeof(SessionSuperseded))]
    [JsonSerializable(typeof(NoticeAcknowledged))]
    [JsonSerializable(typeof(SignedOutOnBehalf))]
    [JsonSerializable(typeof(DeviceDescribed))]
    [JsonSerializable(typeof(DeviceRenamed))]
    [JsonSerializable(typeof(SignInLocked))]
    [JsonSerializable(typeof(SignInReleased))]
    [JsonSerializable(typeof(WakesOwed))]
    [JsonSerializable(typeof(DeviceWoken))]
    private sealed partial class EventJson : JsonSerializerContext;
}
