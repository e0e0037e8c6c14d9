// What a user's state looks like to those who ask the grain.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>Makes replies from a state.</summary>
internal static class UserViews
{
    /// <summary>The user at a time.</summary>
    public static UserView At(UserState state, DateTimeOffset at) => new(
        state.Version,
        [.. state.Sessions.Where(session => session.IsLiveAt(at)).Select(session => new SessionView(
            session.Id, session.Device, session.SignInMode, session.Since, session.DueAt.At))],
        [.. state.Owed.Select(notice =>
            new NoticeView(notice.To, notice.Version, notice.At, notice.SignedOut, notice.By, notice.WokenAt))],
        Devices(state),
        [.. state.Sessions.Where(session => session.End is { Version: > 0 }).OrderBy(session => session.EndedBy).Select(Ended)],
        [.. state.Locks.Where(one => one.HoldsAt(at)).Select(Lock)],
        state.Account);

    /// <summary>How the last session on a new session's device had ended, unless the new one replaced it.</summary>
    public static EndedView? EndBefore(UserState state, SessionId started)
    {
        var own = state.Find(started)!;
        var before = state.Sessions
            .Where(session => session.Device == own.Device && session.End is { Version: > 0, How: not Ending.Superseded })
            .MaxBy(session => session.EndedBy);
        return before is null ? null : Ended(before);
    }

    /// <summary>The lock that keeps a device from signing in.</summary>
    public static LockView? LockOf(UserState state, DeviceId device, DateTimeOffset at) =>
        LockRules.Find(state.Locks, device, at) is { } found ? Lock(found) : null;

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

    private static ImmutableArray<DeviceView> Devices(UserState state)
    {
        var devices = state.Sessions.Where(session => session.Device != default).Select(session => session.Device)
            .Concat(state.Devices.Select(known => known.Device)).Distinct();
        return
        [
            .. from device in devices
               let known = DeviceRules.Find(state.Devices, device)
               select new DeviceView(
                   device,
                   known is null ? null : known.Description with { Name = known.Name ?? known.Description.Name, Push = null },
                   state.DeviceSignIn.IsOff(device),
                   state.Sessions.Where(session => session.Device == device).Select(session => (DateTimeOffset?)session.UsedAt).Max()),
        ];
    }

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
