// How a gate's event is stored: its name with a version, and strict JSON, as with users' events (UserEventCodec.cs).
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Gates;

/// <summary>Writes and reads the stored form of a gate's events.</summary>
internal static partial class GateEventCodec
{
    private static readonly EventForms<GateEvent> Forms = new("A gate", GateJson.Default,
    [
        ("incident-planned.v1", typeof(IncidentPlanned)),
        ("incident-devices-listed.v1", typeof(IncidentDevicesListed)),
        ("incident-count-asked.v1", typeof(IncidentCountAsked)),
        ("incident-counted.v1", typeof(IncidentCounted)),
        ("incident-approved.v1", typeof(IncidentApproved)),
        ("gate-closed.v1", typeof(GateClosed)),
        ("incident-paused.v1", typeof(IncidentPaused)),
        ("incident-resumed.v1", typeof(IncidentResumed)),
        ("incident-progressed.v1", typeof(IncidentProgressed)),
        ("incident-finished.v1", typeof(IncidentFinished)),
        ("app-version-locked.v1", typeof(AppVersionLocked)),
        ("app-version-released.v1", typeof(AppVersionReleased)),
    ]);

    /// <summary>Every stored name.</summary>
    public static ImmutableArray<string> Names => Forms.Names;

    /// <summary>The stored name of an event.</summary>
    public static string NameOf(GateEvent happened) => Forms.NameOf(happened);

    /// <summary>The stored content of an event: JSON in UTF-8, times in UTC with milliseconds.</summary>
    public static byte[] Encode(GateEvent happened) => Forms.Encode(happened);

    /// <summary>Reads a stored event.</summary>
    /// <exception cref="InvalidDataException">The name is unknown, or the content is not exactly what the name says.</exception>
    public static GateEvent Decode(string name, ReadOnlySpan<byte> json) => Forms.Decode(name, json);

    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true,
        GenerationMode = JsonSourceGenerationMode.Metadata,
        Converters = [typeof(StoredTime), typeof(StoredSession), typeof(StoredText<CauseKind>)])]
    [JsonSerializable(typeof(IncidentPlanned))]
    [JsonSerializable(typeof(IncidentDevicesListed))]
    [JsonSerializable(typeof(IncidentCountAsked))]
    [JsonSerializable(typeof(IncidentCounted))]
    [JsonSerializable(typeof(IncidentApproved))]
    [JsonSerializable(typeof(GateClosed))]
    [JsonSerializable(typeof(IncidentPaused))]
    [JsonSerializable(typeof(IncidentResumed))]
    [JsonSerializable(typeof(IncidentProgressed))]
    [JsonSerializable(typeof(IncidentFinished))]
    [JsonSerializable(typeof(AppVersionLocked))]
    [JsonSerializable(typeof(AppVersionReleased))]
    private sealed partial class GateJson : JsonSerializerContext;
}
