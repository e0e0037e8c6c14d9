// What a user's state looks like to those who ask the grain.
using System.Collections.Immutable;
using BankEzy.Sessions.Gates;

namespace BankEzy.Sessions.Users;

/// <summary>Makes replies from a state.</summary>
internal static class UserViews
{
    /// <summary>The live sessions, and what devices are owed.</summary>
    public static UserView View(UserState state, DateTimeOffset at) => new(
        state.Version,
        [.. state.Sessions.Where(session => session.IsLiveAt(at)).Select(View)],
        [.. state.Owed.Select(notice =>
            new NoticeView(notice.To, notice.Version, notice.At, notice.SignedOut, notice.By, notice.WokenAt))]);

    /// <summary>The same, and each device that the state knows: signed in ones first, by last use, then the others.</summary>
    public static UserDetails Details(UserState state, DateTimeOffset at) => new(
        View(state, at),
        state.Account,
        Devices(state, at),
        [.. state.Sessions.Where(session => session.End is { Version: > 0 }).OrderBy(session => session.EndedBy).Select(Ended)],
        [.. state.Locks.Where(one => one.HoldsAt(at)).Select(Lock)]);

    /// <summary>How the last session on a new session's device had ended, unless the new one replaced it.</summary>
    public static EndedView? EndBefore(UserState state, SessionId started)
    {
        var own = state.Find(started)!;
        var before = state.Sessions
            .Where(session => session.Device == own.Device && session.End is { Version: > 0, How: not Ending.Superseded })
            .MaxBy(session => session.EndedBy);
        return before is null ? null : Ended(before);
    }

    /// <summary>The lock that kept a sign-in out: the user's, the device's, or that of a version of the app.</summary>
    public static LockView? LockOf(UserState state, GateState gate, StartSession command, DateTimeOffset at) =>
        LockRules.Find(state.Locks, command.Device, at) is { } found ? Lock(found)
        : GateRules.LockOf(state, gate, command, at) is { } ofVersion
            ? new LockView(Device: null, ofVersion.At, ofVersion.Until, ofVersion.Cause)
        : null;

    /// <summary>How what was to end had ended before.</summary>
    public static EarlierEnd? EarlierEnd(UserState state, EndSessions command)
    {
        var ended = state.Sessions.Where(session => session.End is { Version: > 0 } && command.Scope switch
        {
            Scope.Session => session.Id == command.Session,
            Scope.Device => session.Device.Hash == command.Device,
            _ => true,
        });
        return ended.MaxBy(session => session.EndedBy)?.End is { } end ? new EarlierEnd(end.Version, end.At, end.Cause) : null;
    }

    /// <summary>The answer that the event of a request gives, when it was written and whenever it is asked again.</summary>
    public static EndReply Reply(EndOutcome outcome, StoredEvent stored, UserEvent happened) => happened is SignedOutOnBehalf ended
        ? new EndReply(
            outcome, stored.Version, ended.At, [.. ended.Sessions.Select(one => new SessionPlace(one.Session, one.Device))], ended.Owed,
            Already: null)
        : new EndReply(outcome, stored.Version, happened.At, [], [], Already: null);

    private static ImmutableArray<DeviceView> Devices(UserState state, DateTimeOffset at)
    {
        var sessions = state.Sessions.ToLookup(session => session.Device);
        var devices = sessions.Select(group => group.Key).Concat(state.Devices.Select(known => known.Device)).Distinct()
            .Where(device => device != default);
        return
        [
            .. devices.Select(device => Device(state, device, [.. sessions[device]], at))
                .OrderByDescending(device => device.Sessions.Length > 0).ThenByDescending(device => device.LastSeenAt),
        ];
    }

    private static DeviceView Device(UserState state, DeviceId device, IReadOnlyList<Session> sessions, DateTimeOffset at)
    {
        var known = DeviceRules.Find(state.Devices, device);
        return new DeviceView(
            device,
            [.. sessions.Where(session => session.IsLiveAt(at)).Select(View)],
            [.. sessions.Where(session => !session.IsLive).OrderBy(session => session.EndedBy)
                .Select(session => new EndedSessionView(session.Id, session.EndedBy))],
            sessions.Select(session => session.UsedAt).DefaultIfEmpty().Max(),
            !state.DeviceSignIn.IsOff(device),
            known is null ? null : known.Description with { Name = known.Name ?? known.Description.Name, Push = null });
    }

    private static SessionView View(Session session) => new(
        session.Id, session.Device, session.SignInMode, session.Since, session.DueAt.At);

    private static EndedView Ended(Session session) => new(
        session.Id, session.Device,
        session.Ending switch
        {
            Ending.SignedOut => EndKind.SignedOut,
            Ending.DeviceSignedOut => EndKind.DeviceSignedOut,
            Ending.Expired => EndKind.Expired,
            Ending.Superseded => EndKind.Superseded,
            _ => EndKind.OnBehalf,
        },
        session.EndedBy, session.End!.At, session.End.Cause);

    private static LockView Lock(SignInLock one) => new(one.Device, one.At, one.Until, one.Cause);
}
