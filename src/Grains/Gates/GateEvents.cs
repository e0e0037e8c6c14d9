// The events of a program's gate. As with users' events, what stands here is what is stored, and golden files hold every byte of it.
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Gates;

/// <summary>An event of a gate.</summary>
/// <param name="At">When it was decided, in whole milliseconds; within a stream it never goes back.</param>
internal abstract record GateEvent([property: JsonPropertyOrder(-2)] DateTimeOffset At);

/// <summary>An event of an incident.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Incident">The incident.</param>
internal abstract record IncidentEvent(DateTimeOffset At, [property: JsonPropertyOrder(-1)] Guid Incident) : GateEvent(At);

/// <summary>An incident was planned. The devices of its filter follow as events of the same append.</summary>
internal sealed record IncidentPlanned(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredLine))] string Key,
    [property: JsonConverter(typeof(StoredLine))] string Reason,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))] string? Actor = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))] string? Sentence = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))] string? Ticket = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [property: JsonConverter(typeof(StoredOptional<DateTimeOffset, StoredTime>))]
    DateTimeOffset? StartedBefore = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? AppVersion = null) : IncidentEvent(At, Incident);

/// <summary>A part of the devices of an incident's filter.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Incident">The incident.</param>
/// <param name="Devices">Their hashes, ascending, above those of the part before.</param>
internal sealed record IncidentDevicesListed(
    DateTimeOffset At, Guid Incident, [property: JsonConverter(typeof(StoredHashes))] ImmutableArray<UInt128> Devices)
    : IncidentEvent(At, Incident)
{
    /// <summary>The most devices of one event, so that no event is large.</summary>
    public const int DevicesMax = 4_096;

    public bool Equals(IncidentDevicesListed? other) =>
        other is not null && At == other.At && Incident == other.Incident && Devices.AsSpan().SequenceEqual(other.Devices.AsSpan());

    public override int GetHashCode() => HashCode.Combine(At, Incident, Devices.Length);
}

/// <summary>Somebody asked for another count.</summary>
internal sealed record IncidentCountAsked(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredLine))] string Key,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Actor = null) : IncidentEvent(At, Incident);

/// <summary>The live sessions that an incident would end were counted.</summary>
internal sealed record IncidentCounted(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredCount))] long Sessions,
    [property: JsonConverter(typeof(StoredCount))] long Users) : IncidentEvent(At, Incident);

/// <summary>A second key approved an incident.</summary>
internal sealed record IncidentApproved(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredLine))] string Key,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Actor = null) : IncidentEvent(At, Incident);

/// <summary>The gate closed: sessions whose start had not seen this event are refused if the incident's filter takes them.</summary>
internal sealed record GateClosed(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredLine))] string Key,
    [property: JsonConverter(typeof(StoredCount))] long Sessions,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Actor = null) : IncidentEvent(At, Incident);

/// <summary>The sessions' own events wait.</summary>
internal sealed record IncidentPaused(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredLine))] string Key,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Actor = null) : IncidentEvent(At, Incident);

/// <summary>The sessions' own events are written again.</summary>
internal sealed record IncidentResumed(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredLine))] string Key,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Actor = null) : IncidentEvent(At, Incident);

/// <summary>The job has come this far through the users with live sessions.</summary>
/// <param name="At">When.</param>
/// <param name="Incident">The incident.</param>
/// <param name="Due">The due time of the last user that it has looked at.</param>
/// <param name="Stream">That user's stream.</param>
/// <param name="Seen">How many rows it has looked at.</param>
/// <param name="Ended">How many sessions had their own event by then.</param>
internal sealed record IncidentProgressed(
    DateTimeOffset At,
    Guid Incident,
    DateTimeOffset Due,
    [property: JsonConverter(typeof(StoredLine))] string Stream,
    [property: JsonConverter(typeof(StoredCount))] long Seen,
    [property: JsonConverter(typeof(StoredCount))] long Ended) : IncidentEvent(At, Incident);

/// <summary>Every session has its own event.</summary>
/// <param name="At">When.</param>
/// <param name="Incident">The incident.</param>
/// <param name="Seen">How many rows the job has looked at.</param>
/// <param name="Ended">How many sessions the incident ended.</param>
/// <param name="Left">How many users' streams could not be read or written.</param>
internal sealed record IncidentFinished(
    DateTimeOffset At,
    Guid Incident,
    [property: JsonConverter(typeof(StoredCount))] long Seen,
    [property: JsonConverter(typeof(StoredCount))] long Ended,
    [property: JsonConverter(typeof(StoredCount))] long Left) : IncidentEvent(At, Incident);

/// <summary>No session of a version of the app may begin, until a time or a release.</summary>
internal sealed record AppVersionLocked(
    DateTimeOffset At,
    [property: JsonConverter(typeof(StoredLine))] string AppVersion,
    Cause Cause,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [property: JsonConverter(typeof(StoredOptional<DateTimeOffset, StoredTime>))]
    DateTimeOffset? Until = null) : GateEvent(At);

/// <summary>The lock of a version of the app was released.</summary>
internal sealed record AppVersionReleased(
    DateTimeOffset At, [property: JsonConverter(typeof(StoredLine))] string AppVersion, Cause Cause) : GateEvent(At);

/// <summary>A number that is not below 0.</summary>
internal sealed class StoredCount : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetInt64() is var count and >= 0 ? count : throw new JsonException("A count is not below 0.");

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}
