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

    /// <summary>A session's start is reported: it replaces the session on the same device, and the oldest one beyond the program's limit.</summary>
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
    /// <param name="wasLive">Whether the session was live when the command arrived, although it has ended since: two sign-outs at once both hold a live token.</param>
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

    /// <summary>The state after a fact.</summary>
    public static UserState Evolve(UserState state, UserEvent fact)
    {
        state = Forget(state, fact.At) with { LastAt = fact.At };
        return fact switch
        {
            SessionStarted started => Begin(state, started),
            SessionUsed used => Change(state, used.Session, session => session with { UsedAt = used.At }),
            SessionSignedOut ended => Finish(state, ended.Session, Ending.SignedOut, fact.At),
            SessionExpired ended => Finish(state, ended.Session, Ending.Expired, fact.At),
            SessionSuperseded ended => Finish(state, ended.Session, Ending.Superseded, fact.At),
            // Whoever asked may repeat it: a session that another sign-out had ended just before counts as ended by this one.
            DeviceSignedOut ended => ended.Sessions.Append(ended.AskedBy).Aggregate(
                state.DeviceSignInOff.Contains(ended.Device) ? state : state with { DeviceSignInOff = state.DeviceSignInOff.Add(ended.Device) },
                (next, session) => Finish(next, session, Ending.DeviceSignedOut, fact.At)),
            _ => throw new InvalidOperationException($"Evolve does not know {fact.GetType().Name}: add it here."),
        };
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
        return End(Begin(state, started), command, command.Mode, [started]);
    }

    private static Decision<SignOutOutcome> End(UserState state, SignOut command, Mode mode, ImmutableArray<UserEvent> before)
    {
        var at = NotBefore(state, command.At);
        UserEvent end = mode == Mode.Device
            ? new DeviceSignedOut(at, command.Device, command.Session, LiveOn(state, command.Device))
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

    private static UserState Begin(UserState state, SessionStarted started) => state with
    {
        Sessions = state.Sessions.Add(new Session(
            started.Session, started.Device, started.SignInMode, started.Since, started.TokenExpiresAt, started.EndsAt, started.IdleLimit, started.At)),
        // A sign-in with the PIN proves the user anew, so the device's own sign-in may be used again.
        DeviceSignInOff = started.SignInMode == Mode.Pin ? state.DeviceSignInOff.Remove(started.Device) : state.DeviceSignInOff,
    };

    private static UserState Finish(UserState state, SessionId id, Ending ending, DateTimeOffset at) =>
        Change(state, id, session => session with { Ending = ending, EndedAt = at });

    private static UserState Change(UserState state, SessionId id, Func<Session, Session> change)
    {
        for (var i = 0; i < state.Sessions.Length; i++)
        {
            if (state.Sessions[i].Id == id)
            {
                return state with { Sessions = state.Sessions.SetItem(i, change(state.Sessions[i])) };
            }
        }

        return state;
    }

    private static UserState Forget(UserState state, DateTimeOffset at)
    {
        foreach (var session in state.Sessions)
        {
            if (IsForgotten(session, at))
            {
                return state with { Sessions = state.Sessions.RemoveAll(old => IsForgotten(old, at)) };
            }
        }

        return state;
    }

    private static bool IsForgotten(Session session, DateTimeOffset at) => !session.IsLive && session.EndedAt + UserState.Remembered < at;

    // Clocks of nodes differ and can be set back; the times of one stream never go back.
    private static DateTimeOffset NotBefore(UserState state, DateTimeOffset at) => Stored(at) < state.LastAt ? state.LastAt : Stored(at);

    // The log keeps milliseconds. A state in memory must not know more than one that was read back.
    private static DateTimeOffset Stored(DateTimeOffset at) => new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    // Of an idle limit it keeps whole seconds; a shorter limit must not become none.
    private static TimeSpan Stored(TimeSpan limit) => TimeSpan.FromSeconds(Math.Ceiling(limit.TotalSeconds));

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
