// The facts of one user's stream. Their stored names live in UserEventCodec only.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>A fact about one user.</summary>
/// <param name="At">When it was decided; within a stream it never goes back.</param>
public abstract record UserEvent(DateTimeOffset At);

/// <summary>How the log came to know a session.</summary>
public enum Origin
{
    /// <summary>The login service reported it.</summary>
    Reported,

    /// <summary>An authentic login token named it before anybody had reported it.</summary>
    Adopted,
}

/// <summary>A session began. The limits that hold for it are part of the fact: a later change of policy is for later sessions.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session.</param>
/// <param name="Device">The device it lives on.</param>
/// <param name="SignInMode">How the user signed in; unknown for an adopted session.</param>
/// <param name="Origin">How the log came to know it.</param>
/// <param name="Since">When the user signed in: <paramref name="At"/> when reported, the token's <c>iat</c> when adopted.</param>
/// <param name="TokenExpiresAt">When its login token expires.</param>
/// <param name="EndsAt">When the program's absolute limit ends it.</param>
/// <param name="IdleLimit">The program's idle limit; zero for none.</param>
public sealed record SessionStarted(
    DateTimeOffset At,
    SessionId Session,
    DeviceId Device,
    Mode SignInMode,
    Origin Origin,
    DateTimeOffset Since,
    DateTimeOffset TokenExpiresAt,
    DateTimeOffset EndsAt,
    TimeSpan IdleLimit) : UserEvent(At);

/// <summary>The user was active; recorded sparsely, and only where an idle limit holds.</summary>
/// <param name="At">When.</param>
/// <param name="Session">The session that was used.</param>
public sealed record SessionUsed(DateTimeOffset At, SessionId Session) : UserEvent(At);

/// <summary>The user signed out of one session (mode 1).</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session that ended.</param>
/// <param name="Device">The device it lived on.</param>
public sealed record SessionSignedOut(DateTimeOffset At, SessionId Session, DeviceId Device) : UserEvent(At);

/// <summary>The user signed out of a device (mode 2): its sessions end, and its device-based sign-in is off.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Device">The device.</param>
/// <param name="AskedBy">The session whose token asked.</param>
/// <param name="Sessions">The sessions that ended, in the order of their start.</param>
/// <param name="Owed">The other devices that had a live session: each is owed a notice.</param>
public sealed record DeviceSignedOut(
    DateTimeOffset At, DeviceId Device, SessionId AskedBy, ImmutableArray<SessionId> Sessions, ImmutableArray<DeviceId> Owed)
    : UserEvent(At)
{
    /// <inheritdoc/>
    public bool Equals(DeviceSignedOut? other) => other is not null && At == other.At && Device == other.Device
        && AskedBy == other.AskedBy && Sessions.SequenceEqual(other.Sessions) && Owed.SequenceEqual(other.Owed);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(At, Device, AskedBy, Sessions.Length);
}

/// <summary>A device has shown the notices that it was owed, up to a version.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session whose token said so.</param>
/// <param name="Device">The device.</param>
/// <param name="UpTo">The version of the last notice that it has shown.</param>
public sealed record NoticeAcknowledged(DateTimeOffset At, SessionId Session, DeviceId Device, long UpTo) : UserEvent(At);

/// <summary>Which limit ended a session.</summary>
public enum Limit
{
    /// <summary>Its login token expired.</summary>
    Token,

    /// <summary>The program's absolute limit.</summary>
    Absolute,

    /// <summary>The program's idle limit.</summary>
    Idle,
}

/// <summary>A session ended by itself.</summary>
/// <param name="At">When it was decided; the limit itself may have passed a little earlier.</param>
/// <param name="Session">The session.</param>
/// <param name="Device">The device it lived on.</param>
/// <param name="Limit">Which limit ended it.</param>
public sealed record SessionExpired(DateTimeOffset At, SessionId Session, DeviceId Device, Limit Limit) : UserEvent(At);

/// <summary>Why a newer session ended an older one.</summary>
public enum Superseding
{
    /// <summary>The user signed in again on the same device.</summary>
    SameDevice,

    /// <summary>The user had as many sessions as the program allows; this was the oldest.</summary>
    SessionLimit,
}

/// <summary>A newer session took this one's place.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session that ended.</param>
/// <param name="Device">The device it lived on.</param>
/// <param name="By">The newer session.</param>
/// <param name="Why">Why.</param>
public sealed record SessionSuperseded(
    DateTimeOffset At, SessionId Session, DeviceId Device, SessionId By, Superseding Why) : UserEvent(At);
