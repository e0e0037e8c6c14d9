// The events of what others do for a user: sign-outs on the user's behalf, locks, and what devices are and are reached by.
using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace BankEzy.Sessions.Users;

/// <summary>A session that ended, and the device it lived on.</summary>
/// <param name="Session">The session.</param>
/// <param name="Device">The device.</param>
internal readonly record struct SessionOnDevice(SessionId Session, DeviceId Device);

/// <summary>Sessions were ended by somebody else than the app on their own device.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Account">The user's account number.</param>
/// <param name="Scope">What was to end.</param>
/// <param name="Cause">Who asked, and why.</param>
/// <param name="Quiet">Whether the other devices are, on purpose, owed no notice.</param>
/// <param name="Sessions">The sessions that ended, in the order of their start.</param>
/// <param name="SignInOff">The devices on which device-based sign-in is off from now on.</param>
/// <param name="Owed">The devices that are owed a notice.</param>
internal sealed record SignedOutOnBehalf(
    DateTimeOffset At,
    [property: JsonConverter(typeof(StoredAccount))] string Account,
    Scope Scope,
    Cause Cause,
    bool Quiet,
    ImmutableArray<SessionOnDevice> Sessions,
    ImmutableArray<DeviceId> SignInOff,
    ImmutableArray<DeviceId> Owed) : UserEvent(At)
{
    /// <summary>Whether it also ends what nobody has reported: every token of the user that was issued until then, unless its session is
    /// known.</summary>
    [JsonIgnore]
    public bool EndsUnreported => ReachesUnreported(Scope);

    /// <summary>Whether a sign-out of this scope reaches sessions that nobody has reported. On what device such a session is, nobody knows,
    /// so one of a device does not.</summary>
    public static bool ReachesUnreported(Scope scope) => scope is Scope.User or Scope.Others;

    /// <summary>The device that is named where one must stand for all.</summary>
    [JsonIgnore]
    public DeviceId FirstDevice => Sessions.IsEmpty ? SignInOff.FirstOrDefault() : Sessions[0].Device;

    public bool Equals(SignedOutOnBehalf? other) => other is not null && At == other.At && Account == other.Account && Scope == other.Scope
        && Cause == other.Cause && Quiet == other.Quiet && Sessions.SequenceEqual(other.Sessions)
        && SignInOff.SequenceEqual(other.SignInOff) && Owed.SequenceEqual(other.Owed);

    public override int GetHashCode() => HashCode.Combine(At, Scope, Cause, Sessions.Length);
}

/// <summary>The login service said what a device is; it replaces what was said before.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Device">The device.</param>
/// <param name="Description">What it is.</param>
internal sealed record DeviceDescribed(DateTimeOffset At, DeviceId Device, DeviceDescription Description) : UserEvent(At);

/// <summary>The user gave a device a name.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session whose token asked.</param>
/// <param name="Device">The device.</param>
/// <param name="Name">The name.</param>
internal sealed record DeviceRenamed(
    DateTimeOffset At, SessionId Session, DeviceId Device, [property: JsonConverter(typeof(StoredLine))] string Name) : UserEvent(At);

/// <summary>No session of the user may begin, on one device or on any, until a time or a release.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Cause">Who asked, and why.</param>
/// <param name="Device">The device; null for all of the user's.</param>
/// <param name="Until">When the lock ends by itself; null for not before it is released.</param>
internal sealed record SignInLocked(
    DateTimeOffset At,
    Cause Cause,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [property: JsonConverter(typeof(StoredOptional<DeviceId, StoredDevice>))]
    DeviceId? Device = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [property: JsonConverter(typeof(StoredOptional<DateTimeOffset, StoredTime>))]
    DateTimeOffset? Until = null) : UserEvent(At);

/// <summary>A lock was released before its time.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Cause">Who asked, and why.</param>
/// <param name="Device">The device whose lock it was; null for the user's.</param>
internal sealed record SignInReleased(
    DateTimeOffset At,
    Cause Cause,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [property: JsonConverter(typeof(StoredOptional<DeviceId, StoredDevice>))]
    DeviceId? Device = null) : UserEvent(At);

/// <summary>A device that the bank's push service may reach, and the reference by which it does.</summary>
/// <param name="Device">The device.</param>
/// <param name="Push">The opaque reference.</param>
internal readonly record struct DeviceToWake(DeviceId Device, [property: JsonConverter(typeof(StoredLine))] string Push);

/// <summary>Devices that are owed the notices of a sign-out are to be woken by the bank's push service.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Version">The version of the sign-out in this stream.</param>
/// <param name="Devices">The devices that have a push reference.</param>
internal sealed record WakesOwed(
    DateTimeOffset At,
    [property: JsonConverter(typeof(StoredVersion))] long Version,
    ImmutableArray<DeviceToWake> Devices) : UserEvent(At)
{
    public bool Equals(WakesOwed? other) =>
        other is not null && At == other.At && Version == other.Version && Devices.SequenceEqual(other.Devices);

    public override int GetHashCode() => HashCode.Combine(At, Version, Devices.Length);
}

/// <summary>The bank's push service has taken a wake for a device.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Device">The device.</param>
/// <param name="UpTo">The version of the last notice that the wake is about.</param>
internal sealed record DeviceWoken(
    DateTimeOffset At, DeviceId Device, [property: JsonConverter(typeof(StoredVersion))] long UpTo) : UserEvent(At);
