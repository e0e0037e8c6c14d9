// What a user's grain answers to what is asked on the user's behalf.
using System.Collections.Immutable;

namespace BankEzy.Sessions;

/// <summary>The outcome of <see cref="EndSessions"/>.</summary>
[GenerateSerializer, Alias("end-outcome")]
public enum EndOutcome
{
    /// <summary>The sessions have ended, or the device's sign-in is off now: it is in the log. For the scopes user and others also where no
    /// session lived that the log knows: what nobody has reported has ended.</summary>
    Ended,

    /// <summary>This request was carried out before: nothing was written again.</summary>
    Repeated,

    /// <summary>The session or the device has nothing that lives, or of the user everything had ended in this very moment: nothing was
    /// written.</summary>
    NothingToEnd,

    /// <summary>The log knows no such session or device of this user; or not the user, and the account was not named: nothing was
    /// written.</summary>
    Unknown,

    /// <summary>The session that asks has ended, or may not act on other devices: 401.</summary>
    AskerEnded,

    /// <summary>As many devices are locked as one user may have; lock the user instead. Nothing was written.</summary>
    TooManyLocks,
}

/// <summary>A session and the device it lives or lived on.</summary>
/// <param name="Session">The session.</param>
/// <param name="Device">The device.</param>
[GenerateSerializer, Immutable, Alias("session-place")]
public readonly record struct SessionPlace([property: Id(0)] SessionId Session, [property: Id(1)] DeviceId Device);

/// <summary>An event by which something had ended before it was asked for.</summary>
/// <param name="Version">Its version in the user's stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Cause">Who asked; null where the app itself signed out, or a limit or a newer session ended it.</param>
[GenerateSerializer, Immutable, Alias("earlier-end")]
public sealed record EarlierEnd([property: Id(0)] long Version, [property: Id(1)] DateTimeOffset At, [property: Id(2)] Cause? Cause);

/// <summary>The answer to <see cref="EndSessions"/>.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Version">The stream's version after it; for an end that was written, that event's.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Ended">The sessions that this request ended.</param>
/// <param name="Owed">The devices that are owed a notice of it.</param>
/// <param name="Already">How it had ended before, where nothing was left to end.</param>
[GenerateSerializer, Immutable, Alias("end-reply")]
public sealed record EndReply(
    [property: Id(0)] EndOutcome Outcome,
    [property: Id(1)] long Version,
    [property: Id(2)] DateTimeOffset At,
    [property: Id(3)] ImmutableArray<SessionPlace> Ended,
    [property: Id(4)] ImmutableArray<DeviceId> Owed,
    [property: Id(5)] EarlierEnd? Already);

/// <summary>The outcome of <see cref="SetLock"/>, <see cref="RenameDevice"/> and <see cref="TakeWake"/>.</summary>
[GenerateSerializer, Alias("change-outcome")]
public enum ChangeOutcome
{
    /// <summary>It is in the log now.</summary>
    Changed,

    /// <summary>It was so before: nothing was written.</summary>
    Unchanged,

    /// <summary>The log knows no such device of this user: nothing was written.</summary>
    Unknown,

    /// <summary>The session that asks has ended: 401.</summary>
    AskerEnded,

    /// <summary>As many devices are locked as one user may have; lock the user instead. Nothing was written.</summary>
    TooManyLocks,
}

/// <summary>The answer to a change.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Version">The stream's version after it.</param>
[GenerateSerializer, Immutable, Alias("change-reply")]
public readonly record struct ChangeReply([property: Id(0)] ChangeOutcome Outcome, [property: Id(1)] long Version);

/// <summary>A lock on sign-ins.</summary>
/// <param name="Device">The device; null for all devices of the user.</param>
/// <param name="At">When it was locked.</param>
/// <param name="Until">When it ends by itself; null for not before it is released.</param>
/// <param name="Cause">Who asked, and why.</param>
[GenerateSerializer, Immutable, Alias("lock-view")]
public sealed record LockView(
    [property: Id(0)] DeviceId? Device,
    [property: Id(1)] DateTimeOffset At,
    [property: Id(2)] DateTimeOffset? Until,
    [property: Id(3)] Cause Cause);

/// <summary>How a session ended.</summary>
[GenerateSerializer, Alias("end-kind")]
public enum EndKind
{
    /// <summary>The user signed out of it.</summary>
    SignedOut,

    /// <summary>The user signed out of its device.</summary>
    DeviceSignedOut,

    /// <summary>A limit ended it.</summary>
    Expired,

    /// <summary>A newer session replaced it.</summary>
    Superseded,

    /// <summary>Somebody ended it on the user's behalf.</summary>
    OnBehalf,
}

/// <summary>A session that ended, as far as the state remembers it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Device">The device it lived on.</param>
/// <param name="Kind">How it ended.</param>
/// <param name="Version">The version of the event that ended it.</param>
/// <param name="At">When it ended.</param>
/// <param name="Cause">Who asked; only for <see cref="EndKind.OnBehalf"/>.</param>
[GenerateSerializer, Immutable, Alias("ended-view")]
public sealed record EndedView(
    [property: Id(0)] SessionId Session,
    [property: Id(1)] DeviceId Device,
    [property: Id(2)] EndKind Kind,
    [property: Id(3)] long Version,
    [property: Id(4)] DateTimeOffset At,
    [property: Id(5)] Cause? Cause);
