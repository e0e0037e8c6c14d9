// What decisions about one user need, and no more. Everything in it is bounded: the log has the rest, and is asked where the state is
// silent.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>How a session ended.</summary>
internal enum Ending
{
    /// <summary>It has not.</summary>
    None,

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

    /// <summary>It ended so long ago that the state has forgotten how; the log alone knows.</summary>
    Forgotten,
}

/// <summary>The end of a session.</summary>
/// <param name="How">How it ended.</param>
/// <param name="Version">The version of the event that ended it.</param>
/// <param name="At">When.</param>
/// <param name="Cause">Who asked; only for <see cref="Ending.OnBehalf"/>.</param>
internal sealed record SessionEnd(Ending How, long Version, DateTimeOffset At, Cause? Cause = null);

/// <summary>A session. Of ended ones the last <see cref="UserState.EndedMax"/> are kept, so that a repeat is recognised without a
/// read.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Device">The device it lives on.</param>
/// <param name="SignInMode">How it was started.</param>
/// <param name="Since">When the user signed in.</param>
/// <param name="TokenExpiresAt">When its login token expires.</param>
/// <param name="EndsAt">When the absolute limit ends it.</param>
/// <param name="IdleLimit">Its idle limit; zero for none.</param>
/// <param name="UsedAt">When it was last recorded as used.</param>
/// <param name="Gate">The version of the program's gate that its start saw.</param>
/// <param name="End">How it ended; null while it lives.</param>
internal sealed record Session(
    SessionId Id,
    DeviceId Device,
    Mode SignInMode,
    DateTimeOffset Since,
    DateTimeOffset TokenExpiresAt,
    DateTimeOffset EndsAt,
    TimeSpan IdleLimit,
    DateTimeOffset UsedAt,
    long Gate,
    SessionEnd? End = null)
{
    // A DateTimeOffset takes twice as much, and a DeviceId nearly: sessions are most of what a user who is in memory takes.
    private readonly ulong _deviceUpper = (ulong)(Device.Hash >> 64);
    private readonly ulong _deviceLower = (ulong)Device.Hash;
    private readonly ushort _deviceLabel = Device.Label;
    private readonly UtcTime _since = Since;
    private readonly UtcTime _tokenExpiresAt = TokenExpiresAt;
    private readonly UtcTime _endsAt = EndsAt;
    private readonly UtcTime _usedAt = UsedAt;

    /// <summary>The device it lives on.</summary>
    public DeviceId Device
    {
        get => new(new UInt128(_deviceUpper, _deviceLower), _deviceLabel);
        init => (_deviceUpper, _deviceLower, _deviceLabel) = ((ulong)(value.Hash >> 64), (ulong)value.Hash, value.Label);
    }

    /// <summary>When the user signed in.</summary>
    public DateTimeOffset Since
    {
        get => _since;
        init => _since = value;
    }

    /// <summary>When its login token expires.</summary>
    public DateTimeOffset TokenExpiresAt
    {
        get => _tokenExpiresAt;
        init => _tokenExpiresAt = value;
    }

    /// <summary>When the absolute limit ends it.</summary>
    public DateTimeOffset EndsAt
    {
        get => _endsAt;
        init => _endsAt = value;
    }

    /// <summary>When it was last recorded as used.</summary>
    public DateTimeOffset UsedAt
    {
        get => _usedAt;
        init => _usedAt = value;
    }

    /// <summary>Whether no event has ended it. Its limits may have passed all the same: see <see cref="DueAt"/>.</summary>
    public bool IsLive => End is null;

    /// <summary>How it ended.</summary>
    public Ending Ending => End?.How ?? Ending.None;

    /// <summary>The version of the event that ended it; 0 while it lives.</summary>
    public long EndedBy => End?.Version ?? 0;

    /// <summary>When it ends by itself if nothing happens, and by which limit. A token's expiry counts with its leeway.</summary>
    public (DateTimeOffset At, Limit Limit) DueAt
    {
        get
        {
            // Differences do not overflow, whatever a report says about its token's expiry.
            var due = EndsAt - TokenExpiresAt < TokenLimits.Leeway
                ? (At: EndsAt, Limit.Absolute)
                : (At: TokenExpiresAt + TokenLimits.Leeway, Limit.Token);
            return IdleLimit > TimeSpan.Zero && IdleLimit < due.At - UsedAt ? (UsedAt + IdleLimit, Limit.Idle) : due;
        }
    }

    /// <summary>Whether it may be used at a time.</summary>
    public bool IsLiveAt(DateTimeOffset at) => IsLive && at < DueAt.At;

    /// <summary>A session that the log knows and the state has forgotten, as far as its command ids say how it ended.</summary>
    public static Session ForgottenOne(SessionId id, Ending ending) =>
        new(id, default, Mode.Unknown, default, default, default, default, default, Gate: 0, new SessionEnd(ending, 0, default));
}

/// <summary>A notice that a device is owed: another device was signed out.</summary>
/// <param name="To">The device that is owed it.</param>
/// <param name="Version">The version of the sign-out in the user's stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="SignedOut">The device that was signed out.</param>
/// <param name="By">On whose side it was asked for; null where that device asked itself.</param>
/// <param name="WokenAt">When the bank's push service took a wake for it; null where it took none.</param>
internal sealed record Notice(
    DeviceId To, long Version, DateTimeOffset At, DeviceId SignedOut, CauseKind? By = null, DateTimeOffset? WokenAt = null);

/// <summary>A lock on sign-ins.</summary>
/// <param name="Device">The device; null for all devices.</param>
/// <param name="At">When it was locked.</param>
/// <param name="Until">When it ends by itself; null for not before it is released.</param>
/// <param name="Cause">Who asked, and why.</param>
internal sealed record SignInLock(DeviceId? Device, DateTimeOffset At, DateTimeOffset? Until, Cause Cause)
{
    /// <summary>Whether it holds at a time.</summary>
    public bool HoldsAt(DateTimeOffset at) => !(Until <= at);
}

/// <summary>What is known of a device.</summary>
/// <param name="Device">The device.</param>
/// <param name="Description">What the login service said, with the push reference as long as a session lives there.</param>
/// <param name="Name">The name that the user gave it.</param>
internal sealed record KnownDevice(DeviceId Device, DeviceDescription Description, string? Name = null);

/// <summary>The state of one user.</summary>
/// <param name="Account">The user's account number; empty before the first event.</param>
/// <param name="Sessions">Live sessions and the last ended ones, in the order of their start.</param>
/// <param name="DeviceSignIn">On which devices device-based sign-in is off.</param>
/// <param name="Owed">Notices that have not been acknowledged, in the order of their versions.</param>
/// <param name="Version">The version of the last event.</param>
/// <param name="LastAt">The time of the last event.</param>
/// <param name="Devices">What is known of devices, the longest known first.</param>
/// <param name="Locks">Locks on sign-ins, also such as have ended by themselves.</param>
/// <param name="AllEndedAt">When everything of the user last ended: a session that nobody reported counts as ended where its token was
/// issued until then. Null for never.</param>
internal sealed record UserState(
    string Account,
    ImmutableArray<Session> Sessions,
    DeviceSignIn DeviceSignIn,
    ImmutableArray<Notice> Owed,
    long Version,
    DateTimeOffset LastAt,
    ImmutableArray<KnownDevice> Devices,
    ImmutableArray<SignInLock> Locks,
    DateTimeOffset? AllEndedAt)
{
    /// <summary>The number of this shape; raise it whenever the members change, and older snapshots are ignored.</summary>
    public const int Shape = 7;

    /// <summary>The most ended sessions that are kept; a further one pushes out the one that ended first.</summary>
    public const int EndedMax = 16;

    /// <summary>The most devices of which something is known; a further one pushes out the longest known on which no session
    /// lives.</summary>
    public const int DevicesMax = 64;

    /// <summary>The most locks.</summary>
    public const int LocksMax = 64;

    /// <summary>A user without history.</summary>
    public static readonly UserState Initial = new("", [], DeviceSignIn.OnEverywhere, [], 0, default, [], [], AllEndedAt: null);

    private readonly UtcTime _lastAt = LastAt;
    private readonly UtcTime? _allEndedAt = AllEndedAt;

    /// <summary>The time of the last event.</summary>
    public DateTimeOffset LastAt
    {
        get => _lastAt;
        init => _lastAt = value;
    }

    /// <summary>When everything of the user last ended; null for never.</summary>
    public DateTimeOffset? AllEndedAt
    {
        get => _allEndedAt;
        init => _allEndedAt = value;
    }

    /// <summary>The session of an id, live or among the last that ended.</summary>
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

    /// <summary>The state with a session that the log knows and this state has forgotten, to decide by. It is never kept.</summary>
    public UserState With(Session forgotten) =>
        this with { Sessions = Sessions.RemoveAll(session => session.Id == forgotten.Id).Add(forgotten) };

    public bool Equals(UserState? other) => other is not null && Version == other.Version && LastAt == other.LastAt
        && Account == other.Account && AllEndedAt == other.AllEndedAt && DeviceSignIn.Equals(other.DeviceSignIn)
        && Sessions.SequenceEqual(other.Sessions) && Owed.SequenceEqual(other.Owed)
        && Devices.SequenceEqual(other.Devices) && Locks.SequenceEqual(other.Locks);

    public override int GetHashCode() => HashCode.Combine(Version, LastAt, Sessions.Length, Owed.Length);
}
