// What decisions about one user need, and no more: it stays small for a user with years of history.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>How a session ended.</summary>
public enum Ending
{
    /// <summary>It has not.</summary>
    None,

    /// <summary>The user signed out of it.</summary>
    SignedOut,

    /// <summary>The user signed out of its device.</summary>
    DeviceSignedOut,

    /// <summary>A limit ended it.</summary>
    Expired,

    /// <summary>A newer session took its place.</summary>
    Superseded,
}

/// <summary>A session. An ended one is remembered while a token of it can still be authentic.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Device">The device it lives on.</param>
/// <param name="SignInMode">How it was started.</param>
/// <param name="Since">When the user signed in.</param>
/// <param name="TokenExpiresAt">When its login token expires.</param>
/// <param name="EndsAt">When the absolute limit ends it.</param>
/// <param name="IdleLimit">Its idle limit; zero for none.</param>
/// <param name="UsedAt">When it was last recorded as used.</param>
/// <param name="Ending">How it ended.</param>
/// <param name="EndedAt">When it ended; the default while it lives.</param>
public sealed record Session(
    SessionId Id,
    DeviceId Device,
    Mode SignInMode,
    DateTimeOffset Since,
    DateTimeOffset TokenExpiresAt,
    DateTimeOffset EndsAt,
    TimeSpan IdleLimit,
    DateTimeOffset UsedAt,
    Ending Ending = Ending.None,
    DateTimeOffset EndedAt = default)
{
    /// <summary>Whether no event has ended it. Its limits may have passed all the same: see <see cref="DueAt"/>.</summary>
    public bool IsLive => Ending == Ending.None;

    /// <summary>When it ends by itself if nothing happens, and by which limit. A token's expiry counts with its leeway.</summary>
    public (DateTimeOffset At, Limit Limit) DueAt
    {
        get
        {
            // Differences do not overflow, whatever a report says about its token's expiry.
            var due = EndsAt - TokenExpiresAt < UserState.Leeway
                ? (At: EndsAt, Limit.Absolute)
                : (At: TokenExpiresAt + UserState.Leeway, Limit.Token);
            return IdleLimit > TimeSpan.Zero && IdleLimit < due.At - UsedAt ? (UsedAt + IdleLimit, Limit.Idle) : due;
        }
    }

    /// <summary>Whether it may be used at a time.</summary>
    public bool IsLiveAt(DateTimeOffset at) => IsLive && at < DueAt.At;
}

/// <summary>A notice that a device is owed: another device was signed out.</summary>
/// <param name="To">The device that is owed it.</param>
/// <param name="Version">The version of the sign-out in the user's stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="SignedOut">The device that was signed out.</param>
public sealed record Notice(DeviceId To, long Version, DateTimeOffset At, DeviceId SignedOut);

/// <summary>The state of one user.</summary>
/// <param name="Sessions">Live sessions and ended ones that are still remembered, in the order of their start.</param>
/// <param name="DeviceSignInOff">Devices whose device-based sign-in is off until the next sign-in with the PIN there.</param>
/// <param name="Owed">Notices that have not been acknowledged, in the order of their versions.</param>
/// <param name="Version">The version of the last event.</param>
/// <param name="LastAt">The time of the last event.</param>
public sealed record UserState(
    ImmutableArray<Session> Sessions,
    ImmutableArray<DeviceId> DeviceSignInOff,
    ImmutableArray<Notice> Owed,
    long Version,
    DateTimeOffset LastAt)
{
    /// <summary>The number of this shape; raise it whenever the members change, and older snapshots are ignored.</summary>
    public const int Shape = 2;

    /// <summary>How far clocks may differ: a token is taken this long after its <c>exp</c> and before its <c>iat</c>.</summary>
    public static readonly TimeSpan Leeway = TimeSpan.FromSeconds(60);

    /// <summary>The longest lifetime (<c>exp - iat</c>) of any token that is accepted.</summary>
    public static readonly TimeSpan TokenLifetimeMax = TimeSpan.FromHours(24);

    /// <summary>
    /// How long an ended session is remembered: until then a token of it can be authentic, and forgetting it would bring the
    /// session back to life by adoption. A token may have been issued a leeway after the end and is taken a leeway after its expiry.
    /// </summary>
    public static readonly TimeSpan Remembered = TokenLifetimeMax + Leeway + Leeway;

    /// <summary>A user without history.</summary>
    public static readonly UserState Initial = new([], [], [], 0, default);

    /// <summary>The session of an id, live or remembered.</summary>
    public Session? Find(SessionId id)
    {
        foreach (var session in Sessions)
        {
            if (session.Id == id)
            {
                return session;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(UserState? other) => other is not null && Version == other.Version && LastAt == other.LastAt
        && Sessions.SequenceEqual(other.Sessions) && DeviceSignInOff.SequenceEqual(other.DeviceSignInOff) && Owed.SequenceEqual(other.Owed);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Version, LastAt, Sessions.Length, DeviceSignInOff.Length);
}
