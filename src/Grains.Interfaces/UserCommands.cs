// What one may ask of a user. Every command carries the time at which it reached the service: nothing behind it asks a clock.
namespace BankEzy.Sessions;

/// <summary>How a user signs in or out; the numbers are the contract's.</summary>
[GenerateSerializer, Alias("mode")]
public enum Mode : byte
{
    /// <summary>Not said, or not known.</summary>
    Unknown = 0,

    /// <summary>PIN based. As a sign-out: this session.</summary>
    Pin = 1,

    /// <summary>Device based. As a sign-out: every session on the device, and its device-based sign-in.</summary>
    Device = 2,
}

/// <summary>The login service reports a sign-in.</summary>
/// <param name="At">When it reached the service.</param>
/// <param name="Session">The new session.</param>
/// <param name="Device">The device it lives on.</param>
/// <param name="SignInMode">How the user signed in.</param>
/// <param name="ExpiresAt">When the login token expires; the program's absolute limit may end the session before.</param>
/// <param name="Account">The user's account number: the grain's key does not show it.</param>
/// <param name="Description">What the device is; null where the report does not say.</param>
[GenerateSerializer, Immutable, Alias("start-session")]
public sealed record StartSession(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] SessionId Session,
    [property: Id(2)] DeviceId Device,
    [property: Id(3)] Mode SignInMode,
    [property: Id(4)] DateTimeOffset ExpiresAt,
    [property: Id(5)] string Account,
    [property: Id(6)] DeviceDescription? Description = null)
{
    /// <summary>Without the account, for messages.</summary>
    public override string ToString() => $"start of {Session}";
}

/// <summary>The holder of an authentic, live login token asks to be signed out.</summary>
/// <param name="At">When it reached the service.</param>
/// <param name="Session">The session that the login token names.</param>
/// <param name="Mode">What to end; <see cref="Mode.Unknown"/> when the request does not say.</param>
/// <param name="Device">The device that asks.</param>
/// <param name="TokenIssuedAt">The login token's <c>iat</c>.</param>
/// <param name="TokenExpiresAt">The login token's <c>exp</c>.</param>
/// <param name="Account">The user's account number: the grain's key does not show it.</param>
[GenerateSerializer, Immutable, Alias("sign-out")]
public sealed record SignOut(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] SessionId Session,
    [property: Id(2)] Mode Mode,
    [property: Id(3)] DeviceId Device,
    [property: Id(4)] DateTimeOffset TokenIssuedAt,
    [property: Id(5)] DateTimeOffset TokenExpiresAt,
    [property: Id(6)] string Account)
{
    /// <summary>Without the account, for messages.</summary>
    public override string ToString() => $"sign-out of {Session}";
}

/// <summary>Asks whether a session is alive.</summary>
/// <param name="At">When the question reached the service.</param>
/// <param name="Session">The session.</param>
/// <param name="TokenIssuedAt">The <c>iat</c> of the login token that was presented, which also shows that the user is active; null when
/// the caller holds no token.</param>
[GenerateSerializer, Immutable, Alias("inspect")]
public sealed record Inspect(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] SessionId Session,
    [property: Id(2)] DateTimeOffset? TokenIssuedAt);

/// <summary>The holder of an authentic, live login token says which notices its device has shown.</summary>
/// <param name="At">When it reached the service.</param>
/// <param name="Session">The session that the login token names.</param>
/// <param name="UpToVersion">The version of the last notice that was shown; all before it count as shown.</param>
/// <param name="TokenIssuedAt">The <c>iat</c> of the login token; null from a node of an earlier version.</param>
[GenerateSerializer, Immutable, Alias("acknowledge-notices")]
public sealed record AcknowledgeNotices(
    [property: Id(0)] DateTimeOffset At,
    [property: Id(1)] SessionId Session,
    [property: Id(2)] long UpToVersion,
    [property: Id(3)] DateTimeOffset? TokenIssuedAt = null);

/// <summary>Ends the sessions whose idle or absolute limit has passed.</summary>
/// <param name="At">The time to decide by.</param>
[GenerateSerializer, Immutable, Alias("expire-due")]
public sealed record ExpireDue([property: Id(0)] DateTimeOffset At);
