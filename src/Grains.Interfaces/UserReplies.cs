// What a user's grain answers. Expected outcomes are values; an exception means that the service could not do its work.
using System.Collections.Immutable;

namespace BankEzy.Sessions;

/// <summary>The outcome of a sign-out.</summary>
[GenerateSerializer, Alias("sign-out-outcome")]
public enum SignOutOutcome
{
    /// <summary>The sign-out is in the log now.</summary>
    SignedOut,

    /// <summary>It was there before: a repeat, and nothing was written.</summary>
    AlreadySignedOut,

    /// <summary>The session has ended otherwise, so its token authorises nothing: 401.</summary>
    SessionEnded,

    /// <summary>The session is known to live on another device: 401.</summary>
    OtherDevice,
}

/// <summary>The answer to <see cref="SignOut"/>.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Version">The stream's version after it.</param>
[GenerateSerializer, Immutable, Alias("sign-out-reply")]
public readonly record struct SignOutReply([property: Id(0)] SignOutOutcome Outcome, [property: Id(1)] long Version);

/// <summary>The outcome of a reported sign-in.</summary>
[GenerateSerializer, Alias("start-outcome")]
public enum StartOutcome
{
    /// <summary>The session is in the log now.</summary>
    Started,

    /// <summary>It was reported before and lives: a repeat, and nothing was written.</summary>
    AlreadyStarted,

    /// <summary>The session id is known with another device, mode or a later expiry; ids must not be used twice. Nothing was
    /// written.</summary>
    SessionIdReused,

    /// <summary>Device-based sign-in is off on this device until the next sign-in with the PIN there. Nothing was written.</summary>
    DeviceSignInOff,

    /// <summary>The session lives and its token was renewed: its new expiry is in the log now.</summary>
    Renewed,

    /// <summary>The session has ended; an id must not be used twice. Nothing was written.</summary>
    SessionEnded,

    /// <summary>The token has expired already. Nothing was written.</summary>
    Expired,

    /// <summary>Sign-ins are locked on this device or for this user. Nothing was written.</summary>
    Locked,
}

/// <summary>The answer to <see cref="StartSession"/>.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Version">The stream's version after it.</param>
/// <param name="Lock">The lock, where sign-ins are locked.</param>
/// <param name="Before">How the last session on this device had ended, as far as the state remembers it; the user has not heard of an end
/// that came while the app was closed.</param>
[GenerateSerializer, Immutable, Alias("start-reply")]
public readonly record struct StartReply(
    [property: Id(0)] StartOutcome Outcome,
    [property: Id(1)] long Version,
    [property: Id(2)] LockView? Lock = null,
    [property: Id(3)] EndedView? Before = null);

/// <summary>How a session stands.</summary>
[GenerateSerializer, Alias("standing")]
public enum Standing
{
    /// <summary>The log does not know it. Named by an authentic, live token it counts as alive; named by its id alone it does
    /// not.</summary>
    Unknown,

    /// <summary>It has started and has not ended.</summary>
    Live,

    /// <summary>It has ended.</summary>
    Ended,
}

/// <summary>The answer to <see cref="Inspect"/>.</summary>
/// <param name="Standing">How the session stands.</param>
/// <param name="StartedAt">When it started; only for a live session.</param>
/// <param name="ExpiresAt">When it will end by itself at the latest; only for a live session.</param>
[GenerateSerializer, Immutable, Alias("inspect-reply")]
public readonly record struct InspectReply(
    [property: Id(0)] Standing Standing,
    [property: Id(1)] DateTimeOffset StartedAt,
    [property: Id(2)] DateTimeOffset ExpiresAt);

/// <summary>How a session stands and what its user's state is, both at one moment.</summary>
/// <param name="Session">How the session stands.</param>
/// <param name="View">The user.</param>
[GenerateSerializer, Immutable, Alias("open-reply")]
public sealed record OpenReply([property: Id(0)] InspectReply Session, [property: Id(1)] UserView View);

/// <summary>The answer to <see cref="ExpireDue"/>.</summary>
/// <param name="NextDue">When the next live session ends by itself; null when none is live.</param>
[GenerateSerializer, Immutable, Alias("expire-reply")]
public readonly record struct ExpireReply([property: Id(0)] DateTimeOffset? NextDue);

/// <summary>The outcome of an acknowledgement.</summary>
[GenerateSerializer, Alias("acknowledge-outcome")]
public enum AcknowledgeOutcome
{
    /// <summary>It is in the log now.</summary>
    Acknowledged,

    /// <summary>The device is owed nothing up to that version: a repeat, and nothing was written.</summary>
    NothingOwed,

    /// <summary>The session has ended, so its token authorises nothing: 401.</summary>
    SessionEnded,
}

/// <summary>The answer to <see cref="AcknowledgeNotices"/>.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Version">The stream's version after it.</param>
[GenerateSerializer, Immutable, Alias("acknowledge-reply")]
public readonly record struct AcknowledgeReply([property: Id(0)] AcknowledgeOutcome Outcome, [property: Id(1)] long Version);

/// <summary>A notice that a device is owed: another device was signed out.</summary>
/// <param name="To">The device that is owed it.</param>
/// <param name="Version">The version of the sign-out in the user's stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="SignedOut">The device that was signed out.</param>
/// <param name="By">On whose side it was asked for; null where that device asked itself.</param>
/// <param name="WokenAt">When the bank's push service took a wake for it; null where it took none.</param>
[GenerateSerializer, Immutable, Alias("notice-view")]
public sealed record NoticeView(
    [property: Id(0)] DeviceId To,
    [property: Id(1)] long Version,
    [property: Id(2)] DateTimeOffset At,
    [property: Id(3)] DeviceId SignedOut,
    [property: Id(4)] CauseKind? By = null,
    [property: Id(5)] DateTimeOffset? WokenAt = null);

/// <summary>A live session, as its user may see it.</summary>
/// <param name="Session">The session.</param>
/// <param name="Device">The device it lives on.</param>
/// <param name="SignInMode">How it was started.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="ExpiresAt">When it will end by itself at the latest.</param>
[GenerateSerializer, Immutable, Alias("session-view")]
public sealed record SessionView(
    [property: Id(0)] SessionId Session,
    [property: Id(1)] DeviceId Device,
    [property: Id(2)] Mode SignInMode,
    [property: Id(3)] DateTimeOffset StartedAt,
    [property: Id(4)] DateTimeOffset ExpiresAt);

/// <summary>A user's live sessions, oldest first, and what the user's devices are owed.</summary>
/// <param name="Version">The stream's version that this shows.</param>
/// <param name="Sessions">The live sessions.</param>
/// <param name="Notices">The notices that have not been acknowledged, in the order of their versions.</param>
[GenerateSerializer, Immutable, Alias("user-view")]
public sealed record UserView(
    [property: Id(0)] long Version,
    [property: Id(1)] ImmutableArray<SessionView> Sessions,
    [property: Id(2)] ImmutableArray<NoticeView> Notices);

/// <summary>A session that has ended and that the state has not forgotten.</summary>
/// <param name="Session">The session.</param>
/// <param name="EndedBy">The version of the event that ended it.</param>
[GenerateSerializer, Immutable, Alias("ended-session-view")]
public sealed record EndedSessionView([property: Id(0)] SessionId Session, [property: Id(1)] long EndedBy);

/// <summary>A device of a user, as far as the user's state knows it.</summary>
/// <param name="Device">The device.</param>
/// <param name="Sessions">Its live sessions, oldest first.</param>
/// <param name="Ended">Those that have ended, in the order of their ends.</param>
/// <param name="LastSeenAt">The newest sign-in or recorded use; the lowest time where the state remembers none.</param>
/// <param name="DeviceSignIn">Whether device-based sign-in is on there.</param>
/// <param name="Description">What it is, without the push reference; null where nobody said.</param>
[GenerateSerializer, Immutable, Alias("device-view")]
public sealed record DeviceView(
    [property: Id(0)] DeviceId Device,
    [property: Id(1)] ImmutableArray<SessionView> Sessions,
    [property: Id(2)] ImmutableArray<EndedSessionView> Ended,
    [property: Id(3)] DateTimeOffset LastSeenAt,
    [property: Id(4)] bool DeviceSignIn,
    [property: Id(5)] DeviceDescription? Description = null);

/// <summary>How a user stands, for those who look after users.</summary>
/// <param name="View">Live sessions, and what devices are owed.</param>
/// <param name="Account">The user's account number; empty for a user whom the log does not know.</param>
/// <param name="Devices">The devices: those that are signed in first, by last use, then the others.</param>
/// <param name="Ended">The sessions that ended last, oldest end first.</param>
/// <param name="Locks">The locks on sign-ins that hold.</param>
[GenerateSerializer, Immutable, Alias("user-details")]
public sealed record UserDetails(
    [property: Id(0)] UserView View,
    [property: Id(1)] string Account,
    [property: Id(2)] ImmutableArray<DeviceView> Devices,
    [property: Id(3)] ImmutableArray<EndedView> Ended,
    [property: Id(4)] ImmutableArray<LockView> Locks)
{
    /// <summary>Without the account, for messages.</summary>
    public override string ToString() => $"details at version {View.Version}";
}
