// How an event is stored: its name with a version, and strict JSON. The only owner of the form; a name once written is read forever.
using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace BankEzy.Sessions.Users;

/// <summary>Writes and reads the stored form of a user's events.</summary>
internal static partial class UserEventCodec
{
    /// <summary>The stored name of <see cref="SignedOutOnBehalf"/>.</summary>
    public const string SignedOutOnBehalfName = "signed-out-on-behalf.v1";

    /// <summary>The stored name of <see cref="WakesOwed"/>.</summary>
    public const string WakesOwedName = "wakes-owed.v1";

    private static readonly EventForms<UserEvent> Forms = new("The log", EventJson.Default,
    [
        ("session-started.v1", typeof(SessionStarted)),
        ("session-renewed.v1", typeof(SessionRenewed)),
        ("session-used.v1", typeof(SessionUsed)),
        ("session-signed-out.v1", typeof(SessionSignedOut)),
        ("device-signed-out.v1", typeof(DeviceSignedOut)),
        ("session-expired.v1", typeof(SessionExpired)),
        ("session-superseded.v1", typeof(SessionSuperseded)),
        ("notice-acknowledged.v1", typeof(NoticeAcknowledged)),
        (SignedOutOnBehalfName, typeof(SignedOutOnBehalf)),
        ("device-described.v1", typeof(DeviceDescribed)),
        ("device-renamed.v1", typeof(DeviceRenamed)),
        ("sign-in-locked.v1", typeof(SignInLocked)),
        ("sign-in-released.v1", typeof(SignInReleased)),
        (WakesOwedName, typeof(WakesOwed)),
        ("device-woken.v1", typeof(DeviceWoken)),
    ]);

    /// <summary>Every stored name.</summary>
    public static ImmutableArray<string> Names => Forms.Names;

    /// <summary>The stored name of an event.</summary>
    public static string NameOf(UserEvent happened) => Forms.NameOf(happened);

    /// <summary>The stored content of an event: JSON in UTF-8, times in UTC with milliseconds.</summary>
    public static byte[] Encode(UserEvent happened) => Forms.Encode(happened);

    /// <summary>Reads a stored event.</summary>
    /// <exception cref="InvalidDataException">The name is unknown, or the content is not exactly what the name says.</exception>
    public static UserEvent Decode(string name, ReadOnlySpan<byte> json) => Forms.Decode(name, json);

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
