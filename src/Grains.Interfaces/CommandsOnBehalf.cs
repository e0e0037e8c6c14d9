// What one may ask of a user on the user's behalf: support, the fraud desk, a service, an incident, or the user from another device.
using System.Text.Json.Serialization;

namespace BankEzy.Sessions;

/// <summary>What a sign-out on somebody's behalf ends.</summary>
[GenerateSerializer, Alias("scope")]
public enum Scope
{
    /// <summary>One session.</summary>
    [JsonStringEnumMemberName("session")]
    Session,

    /// <summary>Every session on one device; its device-based sign-in is off from then on.</summary>
    [JsonStringEnumMemberName("device")]
    Device,

    /// <summary>Every session on other devices than the one that asks.</summary>
    [JsonStringEnumMemberName("others")]
    Others,

    /// <summary>Every session of the user.</summary>
    [JsonStringEnumMemberName("user")]
    User,
}

/// <summary>Ends sessions on a user's behalf.</summary>
/// <param name="At">When it reached the service.</param>
/// <param name="Request">Names this request: sent again with the same id it acts once.</param>
/// <param name="Scope">What to end.</param>
/// <param name="Cause">Who asks, and why.</param>
/// <param name="Session">The session, for <see cref="Scope.Session"/>.</param>
/// <param name="Device">The device's hash, for <see cref="Scope.Device"/>.</param>
/// <param name="Quiet">Whether the other devices are not to be notified.</param>
/// <param name="Lock">Whether sign-ins are locked in the same moment: on the device for <see cref="Scope.Device"/>, else for the
/// user.</param>
/// <param name="LockUntil">When that lock ends by itself; null for not before it is released.</param>
/// <param name="Account">The user's account number, where the caller knows it: the event of a user whom the log does not know yet needs
/// it.</param>
[GenerateSerializer, Immutable, Alias("end-sessions")]
public sealed record EndSessions(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] Guid Request,
    [property: Id(2)] Scope Scope,
    [property: Id(3)] Cause Cause,
    [property: Id(4)] SessionId? Session = null,
    [property: Id(5)] UInt128? Device = null,
    [property: Id(6)] bool Quiet = false,
    [property: Id(7)] bool Lock = false,
    [property: Id(8)] DateTimeOffset? LockUntil = null,
    [property: Id(9)] string? Account = null)
{
    /// <summary>Without the ids, for messages.</summary>
    public override string ToString() => $"end of {Scope}";
}

/// <summary>Locks sign-ins, or releases a lock.</summary>
/// <param name="At">When it reached the service.</param>
/// <param name="Request">Names this request: sent again with the same id it acts once.</param>
/// <param name="Cause">Who asks, and why.</param>
/// <param name="IsRelease">Whether a lock is to be released.</param>
/// <param name="Device">The device's hash; null for all devices of the user.</param>
/// <param name="Until">When the lock ends by itself; null for not before it is released.</param>
[GenerateSerializer, Immutable, Alias("set-lock")]
public sealed record SetLock(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] Guid Request,
    [property: Id(2)] Cause Cause,
    [property: Id(3)] bool IsRelease,
    [property: Id(4)] UInt128? Device = null,
    [property: Id(5)] DateTimeOffset? Until = null);

/// <summary>The user gives a device a name.</summary>
/// <param name="At">When it reached the service.</param>
/// <param name="Session">The session that asks.</param>
/// <param name="Device">The device's hash.</param>
/// <param name="Name">The name: 1 to <see cref="DeviceDescription.TextMax"/> characters.</param>
[GenerateSerializer, Immutable, Alias("rename-device")]
public sealed record RenameDevice(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] SessionId Session,
    [property: Id(2)] UInt128 Device,
    [property: Id(3)] string Name)
{
    /// <summary>Without the name, for messages.</summary>
    public override string ToString() => $"name of a device, by {Session}";
}

/// <summary>The bank's push service takes the wake of a device, unless nothing is owed there any more.</summary>
/// <param name="At">When it reached the service.</param>
/// <param name="Device">The device's hash.</param>
/// <param name="UpToVersion">The version of the last notice that the wake is about.</param>
[GenerateSerializer, Immutable, Alias("take-wake")]
public sealed record TakeWake(
    [property: Id(0)] DateTimeOffset At, [property: Id(1)] UInt128 Device, [property: Id(2)] long UpToVersion);
