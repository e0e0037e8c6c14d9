// The state after an event. Pure: the same events give the same state on every node and after every restart.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>Folds events into a state.</summary>
internal static class UserEvolution
{
    /// <summary>The state after an event.</summary>
    public static UserState Evolve(UserState state, UserEvent happened)
    {
        var (sessions, signIn, version) = (state.Sessions, state.DeviceSignIn, state.Version + 1);
        (sessions, signIn) = happened switch
        {
            SessionStarted started => (
                sessions.Add(Begin(started)), started.SignInMode == Mode.Pin ? signIn.TurnOn(started.Device) : signIn),
            SessionRenewed renewed => (
                Change(sessions, renewed.Session, one => one with { TokenExpiresAt = renewed.TokenExpiresAt, UsedAt = renewed.At }),
                signIn),
            SessionUsed used => (Change(sessions, used.Session, one => one with { UsedAt = used.At }), signIn),
            SessionSignedOut ended => (Finish(sessions, ended.Session, new(Ending.SignedOut, version, ended.At)), signIn),
            SessionExpired ended => (Finish(sessions, ended.Session, new(Ending.Expired, version, ended.At)), signIn),
            SessionSuperseded ended => (Finish(sessions, ended.Session, new(Ending.Superseded, version, ended.At)), signIn),
            DeviceSignedOut ended => (Finish(sessions, ended, version), signIn.TurnOff(ended.Device)),
            SignedOutOnBehalf ended => (
                Finish(sessions, ended, version), ended.SignInOff.Aggregate(signIn, (off, device) => off.TurnOff(device))),
            NoticeAcknowledged or DeviceDescribed or DeviceRenamed or SignInLocked or SignInReleased or WakesOwed or DeviceWoken =>
                (sessions, signIn),
            _ => throw new InvalidOperationException($"Evolve does not know {happened.GetType().Name}: add it here."),
        };
        return new UserState(
            happened switch
            {
                SessionStarted { Account: { } account } => account,
                SignedOutOnBehalf { Account: var account } when state.Account.Length == 0 => account,
                _ => state.Account,
            },
            sessions, signIn, NoticeRules.After(state.Owed, happened, version), version, happened.At,
            DeviceRules.After(state.Devices, sessions, happened), LockRules.After(state.Locks, happened),
            OnBehalfRules.AllEndedAfter(state.AllEndedAt, happened));
    }

    private static Session Begin(SessionStarted started) => new(
        started.Session, started.Device, started.SignInMode, started.Since,
        started.TokenExpiresAt, started.EndsAt, started.IdleLimit, started.At, started.Gate);

    private static ImmutableArray<Session> Change(ImmutableArray<Session> sessions, SessionId id, Func<Session, Session> change)
    {
        var i = IndexOf(sessions, id);
        return i < 0 ? sessions : sessions.SetItem(i, change(sessions[i]));
    }

    private static ImmutableArray<Session> Finish(ImmutableArray<Session> sessions, SessionId id, SessionEnd end) =>
        Bounded(Change(sessions, id, one => one with { End = end }));

    private static ImmutableArray<Session> Finish(ImmutableArray<Session> sessions, SignedOutOnBehalf ended, long version)
    {
        var ids = ended.Sessions.Select(one => one.Session).ToHashSet();
        var end = new SessionEnd(Ending.OnBehalf, version, ended.At, ended.Cause);
        return Bounded([.. sessions.Select(session => ids.Contains(session.Id) ? session with { End = end } : session)]);
    }

    // The session that asked may repeat it: one that another sign-out had ended just before counts as ended by this one.
    private static ImmutableArray<Session> Finish(ImmutableArray<Session> sessions, DeviceSignedOut ended, long version)
    {
        var (all, end) = (sessions.ToBuilder(), new SessionEnd(Ending.DeviceSignedOut, version, ended.At));
        for (var i = 0; i < all.Count; i++)
        {
            if (all[i].Id == ended.AskedBy || ended.Sessions.Contains(all[i].Id))
            {
                all[i] = all[i] with { End = end };
            }
        }

        return Bounded(all.DrainToImmutable());
    }

    // By number and by the order of the log, never by a clock: a clock that is wrong must not make anybody forget.
    private static ImmutableArray<Session> Bounded(ImmutableArray<Session> sessions)
    {
        var ended = 0;
        foreach (var session in sessions)
        {
            ended += session.IsLive ? 0 : 1;
        }

        return ended > UserState.EndedMax ? WithoutOldest(sessions, ended - UserState.EndedMax) : sessions;
    }

    private static ImmutableArray<Session> WithoutOldest(ImmutableArray<Session> sessions, int count)
    {
        var oldest = sessions.Where(session => !session.IsLive).OrderBy(session => session.EndedBy).Take(count).ToHashSet();
        return sessions.RemoveAll(oldest.Contains);
    }

    private static int IndexOf(ImmutableArray<Session> sessions, SessionId id)
    {
        for (var i = 0; i < sessions.Length; i++)
        {
            if (sessions[i].Id == id)
            {
                return i;
            }
        }

        return -1;
    }
}
