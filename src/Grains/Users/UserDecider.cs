// The rules of signing in and out. Pure and total: state and command in, events out; no clock, no I/O, no exception.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>A decision. No events means that nothing is to be written.</summary>
/// <typeparam name="TOutcome">What the caller is told.</typeparam>
/// <param name="Outcome">What the caller is told once the events are stored.</param>
/// <param name="Repeat">What the caller is told instead when the log turns out to have this command already.</param>
/// <param name="Command">The command's id, when there are events.</param>
/// <param name="Events">The facts to be stored.</param>
public readonly record struct Decision<TOutcome>(TOutcome Outcome, TOutcome Repeat, CommandId Command, ImmutableArray<UserEvent> Events)
{
    /// <summary>A decision that writes nothing.</summary>
    public Decision(TOutcome outcome)
        : this(outcome, outcome, default, [])
    {
    }
}

/// <summary>The rules of one user.</summary>
public static class UserDecider
{
    // Uses are recorded sparsely, so an idle session may end up to a tenth of its limit early, never late.
    private const int UsesRecordedPerIdleLimit = 10;

    /// <summary>A session's start is reported: it replaces the session of its device, and the oldest beyond the program's limit.</summary>
    public static Decision<StartOutcome> Decide(UserState state, StartSession command, SessionPolicy policy)
    {
        if (state.Find(command.Session) is { } known)
        {
            return new(known.Device == command.Device ? StartOutcome.AlreadyStarted : StartOutcome.SessionIdReused);
        }

        var at = NotBefore(state, command.At);
        if (command.ExpiresAt <= at - UserState.Leeway)
        {
            return new(StartOutcome.AlreadyStarted);
        }

        if (command.SignInMode == Mode.Device && state.DeviceSignInOff.Contains(command.Device))
        {
            return new(StartOutcome.DeviceSignInOff);
        }

        var events = ImmutableArray.CreateBuilder<UserEvent>();
        events.AddRange(Expired(state, at));
        var live = state.Sessions.Where(session => session.IsLiveAt(at)).ToList();
        events.AddRange(live.Where(session => session.Device == command.Device)
            .Select(session => new SessionSuperseded(at, session.Id, session.Device, command.Session, Superseding.SameDevice)));
        live.RemoveAll(session => session.Device == command.Device);
        events.AddRange(live.Take(live.Count + 1 - policy.MaxSessions)
            .Select(session => new SessionSuperseded(at, session.Id, session.Device, command.Session, Superseding.SessionLimit)));
        events.Add(new SessionStarted(
            at, command.Session, command.Device, command.SignInMode, Origin.Reported,
            at, Stored(command.ExpiresAt), Stored(at + policy.AbsoluteTimeout), Stored(policy.IdleTimeout)));
        return new(StartOutcome.Started, StartOutcome.AlreadyStarted, CommandId.Start(command.Session), events.DrainToImmutable());
    }

    /// <summary>A sign-out, asked for by the holder of an authentic, live login token.</summary>
    /// <param name="state">The user's state.</param>
    /// <param name="command">The command.</param>
    /// <param name="policy">The program's policy.</param>
    /// <param name="wasLive">
    /// Whether the session was live when the command arrived, although it has ended since: two sign-outs at once both hold a live token.
    /// </param>
    public static Decision<SignOutOutcome> Decide(UserState state, SignOut command, SessionPolicy policy, bool wasLive)
    {
        if (state.Find(command.Session) is not { } session)
        {
            return Adopt(state, command, policy);
        }

        if (session.Device != command.Device)
        {
            return new(SignOutOutcome.OtherDevice);
        }

        var mode = command.Mode == Mode.Unknown ? session.SignInMode : command.Mode;
        return session.Ending switch
        {
            Ending.None when session.IsLiveAt(command.At) => End(state, command, mode, []),
            Ending.SignedOut when mode == Mode.Device && wasLive => End(state, command, mode, []),
            Ending.SignedOut when mode == Mode.Device => new(SignOutOutcome.SessionEnded),
            Ending.SignedOut or Ending.DeviceSignedOut => new(SignOutOutcome.AlreadySignedOut),
            _ => new(SignOutOutcome.SessionEnded),
        };
    }

    /// <summary>Ends the sessions whose limit has passed.</summary>
    public static Decision<bool> Decide(UserState state, ExpireDue command)
    {
        var events = Expired(state, NotBefore(state, command.At)).ToImmutableArray<UserEvent>();
        return events.IsEmpty ? new(false) : new(true, true, CommandId.Expire(((SessionExpired)events[0]).Session), events);
    }

    /// <summary>Tells how a session stands, and records its use where an idle limit holds: at most ten times within the limit.</summary>
    public static Decision<InspectReply> Decide(UserState state, Inspect query, SessionPolicy policy)
    {
        if (state.Find(query.Session) is not { } session)
        {
            var isOver = query.TokenIssuedAt is { } issuedAt && issuedAt + policy.AbsoluteTimeout <= query.At;
            return new(new InspectReply(isOver ? Standing.Ended : Standing.Unknown, default, default));
        }

        if (!session.IsLiveAt(query.At))
        {
            return new(new InspectReply(Standing.Ended, default, default));
        }

        var reply = new InspectReply(Standing.Live, session.Since, Earlier(session.TokenExpiresAt, session.EndsAt));
        var worthRecording = query.TokenIssuedAt is not null && session.IdleLimit > TimeSpan.Zero
            && query.At - session.UsedAt >= session.IdleLimit / UsesRecordedPerIdleLimit;
        return worthRecording
            ? new(reply, reply, CommandId.Use(session.Id, query.At), [new SessionUsed(NotBefore(state, query.At), session.Id)])
            : new(reply);
    }

    /// <summary>A device has shown its notices. What was acknowledged before, or is not owed, is not written again.</summary>
    public static Decision<AcknowledgeOutcome> Decide(UserState state, AcknowledgeNotices command)
    {
        if (state.Find(command.Session) is not { } session)
        {
            return new(AcknowledgeOutcome.NothingOwed); // Of a session that nobody has reported the device is not known.
        }

        if (!session.IsLiveAt(command.At))
        {
            return new(AcknowledgeOutcome.SessionEnded);
        }

        var upTo = NoticeRules.LastOwed(state.Owed, session.Device, command.UpToVersion);
        return upTo == 0
            ? new(AcknowledgeOutcome.NothingOwed)
            : new(AcknowledgeOutcome.Acknowledged, AcknowledgeOutcome.NothingOwed, CommandId.Acknowledge(session.Id, upTo),
                [new NoticeAcknowledged(NotBefore(state, command.At), session.Id, session.Device, upTo)]);
    }

    /// <summary>The state after a fact.</summary>
    public static UserState Evolve(UserState state, UserEvent fact)
    {
        var sessions = Remembered(state.Sessions, fact.At);
        var off = state.DeviceSignInOff;
        (sessions, off) = fact switch
        {
            // A sign-in with the PIN proves the user anew, so the device's own sign-in may be used again.
            SessionStarted started => (sessions.Add(Begin(started)), started.SignInMode == Mode.Pin ? off.Remove(started.Device) : off),
            SessionUsed used => (Use(sessions, used), off),
            SessionSignedOut ended => (Finish(sessions, ended.Session, Ending.SignedOut, fact.At), off),
            SessionExpired ended => (Finish(sessions, ended.Session, Ending.Expired, fact.At), off),
            SessionSuperseded ended => (Finish(sessions, ended.Session, Ending.Superseded, fact.At), off),
            DeviceSignedOut ended => (Finish(sessions, ended), off.Contains(ended.Device) ? off : off.Add(ended.Device)),
            NoticeAcknowledged => (sessions, off),
            _ => throw new InvalidOperationException($"Evolve does not know {fact.GetType().Name}: add it here."),
        };
        var version = state.Version + 1;
        return new UserState(sessions, off, NoticeRules.After(state.Owed, sessions, fact, version), version, fact.At);
    }

    /// <summary>When the next live session ends by itself; null when none is live.</summary>
    public static DateTimeOffset? NextDue(UserState state)
    {
        DateTimeOffset? next = null;
        foreach (var session in state.Sessions)
        {
            if (session.IsLive && !(session.DueAt.At >= next))
            {
                next = session.DueAt.At;
            }
        }

        return next;
    }

    // A session that nobody has reported, named by an authentic token: its start and its end are stored together.
    private static Decision<SignOutOutcome> Adopt(UserState state, SignOut command, SessionPolicy policy)
    {
        var endsAt = command.TokenIssuedAt + policy.AbsoluteTimeout;
        if (endsAt <= command.At)
        {
            return new(SignOutOutcome.SessionEnded);
        }

        var started = new SessionStarted(
            NotBefore(state, command.At), command.Session, command.Device, Mode.Unknown, Origin.Adopted,
            Stored(command.TokenIssuedAt), Stored(command.TokenExpiresAt), Stored(endsAt), Stored(policy.IdleTimeout));
        return End(Evolve(state, started), command, command.Mode, [started]);
    }

    private static Decision<SignOutOutcome> End(UserState state, SignOut command, Mode mode, ImmutableArray<UserEvent> before)
    {
        var at = NotBefore(state, command.At);
        UserEvent end = mode == Mode.Device
            ? new DeviceSignedOut(
                at, command.Device, command.Session, LiveOn(state, command.Device), NoticeRules.Hearers(state, command.Device, at))
            : new SessionSignedOut(at, command.Session, command.Device);
        var id = mode == Mode.Device ? CommandId.SignOutDevice(command.Session) : CommandId.SignOutSession(command.Session);
        return new(SignOutOutcome.SignedOut, SignOutOutcome.AlreadySignedOut, id, before.Add(end));
    }

    private static ImmutableArray<SessionId> LiveOn(UserState state, DeviceId device) =>
        [.. from session in state.Sessions where session.IsLive && session.Device == device select session.Id];

    private static IEnumerable<SessionExpired> Expired(UserState state, DateTimeOffset at) =>
        from session in state.Sessions
        where session.IsLive && session.DueAt.At <= at
        select new SessionExpired(at, session.Id, session.Device, session.DueAt.Limit);

    private static Session Begin(SessionStarted started) => new(
        started.Session, started.Device, started.SignInMode, started.Since,
        started.TokenExpiresAt, started.EndsAt, started.IdleLimit, started.At);

    private static ImmutableArray<Session> Use(ImmutableArray<Session> sessions, SessionUsed used)
    {
        var i = IndexOf(sessions, used.Session);
        return i < 0 ? sessions : sessions.SetItem(i, sessions[i] with { UsedAt = used.At });
    }

    private static ImmutableArray<Session> Finish(ImmutableArray<Session> sessions, SessionId id, Ending ending, DateTimeOffset at)
    {
        var i = IndexOf(sessions, id);
        return i < 0 ? sessions : sessions.SetItem(i, sessions[i] with { Ending = ending, EndedAt = at });
    }

    // Whoever asked may repeat it: a session that another sign-out had ended just before counts as ended by this one.
    private static ImmutableArray<Session> Finish(ImmutableArray<Session> sessions, DeviceSignedOut ended) => ImmutableArray.CreateRange(
        sessions,
        static (session, ended) => session.Id == ended.AskedBy || ended.Sessions.Contains(session.Id)
            ? session with { Ending = Ending.DeviceSignedOut, EndedAt = ended.At }
            : session,
        ended);

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

    private static ImmutableArray<Session> Remembered(ImmutableArray<Session> sessions, DateTimeOffset at)
    {
        foreach (var session in sessions)
        {
            if (IsForgotten(session, at))
            {
                return Forget(sessions, at);
            }
        }

        return sessions;
    }

    // Apart from the check, which is on every command's path: a closure is allocated where its method begins.
    private static ImmutableArray<Session> Forget(ImmutableArray<Session> sessions, DateTimeOffset at) =>
        sessions.RemoveAll(session => IsForgotten(session, at));

    private static bool IsForgotten(Session session, DateTimeOffset at) => !session.IsLive && session.EndedAt + UserState.Remembered < at;

    // Clocks of nodes differ and can be set back; the times of one stream never go back.
    private static DateTimeOffset NotBefore(UserState state, DateTimeOffset at) => Stored(at) < state.LastAt ? state.LastAt : Stored(at);

    // The log keeps milliseconds. A state in memory must not know more than one that was read back.
    private static DateTimeOffset Stored(DateTimeOffset at) =>
        new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    // Of an idle limit it keeps whole seconds; a shorter limit must not become none.
    private static TimeSpan Stored(TimeSpan limit) => TimeSpan.FromSeconds(Math.Ceiling(limit.TotalSeconds));

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
