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

    /// <summary>It was reported before, or its token has expired: it is over, and nothing was written.</summary>
    AlreadyStarted,

    /// <summary>The session id is known with another device; ids must not be used twice.</summary>
    SessionIdReused,

    /// <summary>Device-based sign-in is off on this device until the next sign-in with the PIN there.</summary>
    DeviceSignInOff,
}

/// <summary>The answer to <see cref="StartSession"/>.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Version">The stream's version after it.</param>
[GenerateSerializer, Immutable, Alias("start-reply")]
public readonly record struct StartReply([property: Id(0)] StartOutcome Outcome, [property: Id(1)] long Version);

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

/// <summary>The answer to <see cref="ExpireDue"/>.</summary>
/// <param name="NextDue">When the next live session ends by itself; null when none is live.</param>
[GenerateSerializer, Immutable, Alias("expire-reply")]
public readonly record struct ExpireReply([property: Id(0)] DateTimeOffset? NextDue);

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

/// <summary>A user's live sessions, oldest first.</summary>
/// <param name="Version">The stream's version that this shows.</param>
/// <param name="Sessions">The live sessions.</param>
[GenerateSerializer, Immutable, Alias("user-view")]
public sealed record UserView([property: Id(0)] long Version, [property: Id(1)] ImmutableArray<SessionView> Sessions);
