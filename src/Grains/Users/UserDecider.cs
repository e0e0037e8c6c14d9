// The rules of signing in and out. Pure and total: state and command in, events out; no clock, no I/O, no exception.
using System.Collections.Immutable;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Gates;

namespace BankEzy.Sessions.Users;

/// <summary>A decision. No events means that nothing is to be written.</summary>
/// <typeparam name="TOutcome">What the caller gets.</typeparam>
/// <param name="Outcome">What the caller gets once the events are stored.</param>
/// <param name="Command">The command's id, when there are events.</param>
/// <param name="Events">The events to be stored.</param>
internal readonly record struct Decision<TOutcome>(TOutcome Outcome, CommandId Command, ImmutableArray<UserEvent> Events)
{
    /// <summary>A decision that writes nothing.</summary>
    public Decision(TOutcome outcome)
        : this(outcome, default, [])
    {
    }
}

/// <summary>The rules of one user.</summary>
internal static class UserDecider
{
    // Uses are recorded sparsely, so an idle session may end up to a tenth of its limit early, never late.
    private const int UsesRecordedPerIdleLimit = 10;

    // One decision ends at most so many sessions of a kind; an append has at most 1,000 events. The sweep comes again for the rest.
    private const int EndedAtOnceMax = 400;

    /// <summary>A session's start is reported: it replaces the session of its device, and the oldest beyond the program's limit.</summary>
    /// <param name="state">The user's state.</param>
    /// <param name="command">The command.</param>
    /// <param name="policy">The program's policy.</param>
    /// <param name="gate">The program's gate; null for one without history.</param>
    /// <param name="logTime">The time of the log, by which locks end; null for that of the command. While it is not settled, a session
    /// whose limit has passed counts as live, and may be replaced.</param>
    public static Decision<StartOutcome> Decide(
        UserState state, StartSession command, SessionPolicy policy, GateState? gate = null, LogTime? logTime = null)
    {
        gate ??= GateState.Initial;
        var at = NotBefore(state, command.At);
        if (state.Find(command.Session) is { } known)
        {
            return Repeated(state, known, command, at);
        }

        if (command.ExpiresAt <= command.At)
        {
            return new(StartOutcome.Expired);
        }

        var locksAt = logTime?.Now ?? at;
        if (LockRules.Find(state.Locks, command.Device, locksAt) is not null
            || GateRules.LockOf(state, gate, command, locksAt) is not null)
        {
            return new(StartOutcome.Locked);
        }

        if (command.SignInMode == Mode.Device && state.DeviceSignIn.IsOff(command.Device))
        {
            return new(StartOutcome.DeviceSignInOff);
        }

        var events = ImmutableArray.CreateBuilder<UserEvent>();
        var limitsAt = logTime is { IsSettled: false } ? DateTimeOffset.MinValue : at;
        events.AddRange(Expired(state, limitsAt));
        var live = state.Sessions.Where(session => session.IsLiveAt(limitsAt)).ToList();
        events.AddRange(live.Where(session => session.Device == command.Device)
            .Select(session => Superseded(session, Superseding.SameDevice)));
        live.RemoveAll(session => session.Device == command.Device);
        events.AddRange(live.Take(Math.Min(live.Count + 1 - policy.MaxSessions, EndedAtOnceMax))
            .Select(session => Superseded(session, Superseding.SessionLimit)));
        events.Add(new SessionStarted(
            at, command.Session, command.Device, command.SignInMode, Origin.Reported,
            at, Stored(command.ExpiresAt), Stored(at + policy.AbsoluteTimeout), Stored(policy.IdleTimeout),
            state.Account.Length == 0 ? command.Account : null, gate.Version));
        if (DeviceRules.Describe(state, command.Device, command.Description, at) is { } described)
        {
            events.Add(described);
        }

        return new(StartOutcome.Started, CommandId.Start(command.Session), events.DrainToImmutable());

        SessionSuperseded Superseded(Session session, Superseding why) =>
            new(at, state.Account, session.Id, session.Device, command.Session, why);
    }

    /// <summary>A sign-out, asked for by the holder of an authentic, live login token.</summary>
    /// <param name="state">The user's state.</param>
    /// <param name="command">The command.</param>
    /// <param name="policy">The program's policy.</param>
    /// <param name="wasLive">Whether a state that was read after the request had arrived still had the session alive, and a conflict has
    /// shown since that another sign-out was faster: both requests came before either commit.</param>
    /// <param name="gate">The program's gate; null for one without history.</param>
    public static Decision<SignOutOutcome> Decide(
        UserState state, SignOut command, SessionPolicy policy, bool wasLive, GateState? gate = null)
    {
        if (state.Find(command.Session) is not { } session)
        {
            return OnBehalfRules.Refuses(state, command.TokenIssuedAt)
                || (gate is not null && GateRules.Refuses(gate, command.TokenIssuedAt))
                ? new(SignOutOutcome.SessionEnded)
                : Adopt(state, command, policy);
        }

        if (session.Device != default && session.Device != command.Device) // the device of a forgotten session is not known
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
        return events.IsEmpty ? new(false) : new(true, CommandId.Expire(((SessionExpired)events[0]).Session), events);
    }

    /// <summary>Says how a session stands, and records its use where an idle limit holds: at most ten times within the limit.</summary>
    public static Decision<InspectReply> Decide(UserState state, Inspect query, SessionPolicy policy, GateState? gate = null)
    {
        if (state.Find(query.Session) is not { } session)
        {
            var isOver = IsOver(state, query.TokenIssuedAt, query.At, policy, gate);
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
            ? new(reply, CommandId.Use(session.Id, query.At), [new SessionUsed(NotBefore(state, query.At), session.Id)])
            : new(reply);
    }

    /// <summary>A device has shown its notices. What was acknowledged before, or is not owed, is not written again.</summary>
    public static Decision<AcknowledgeOutcome> Decide(
        UserState state, AcknowledgeNotices command, SessionPolicy policy, GateState? gate = null)
    {
        if (state.Find(command.Session) is not { } session)
        {
            return new(IsOver(state, command.TokenIssuedAt, command.At, policy, gate)
                ? AcknowledgeOutcome.SessionEnded
                : AcknowledgeOutcome.NothingOwed); // It was never reported, so its device is unknown and nothing is owed to it.
        }

        if (!session.IsLiveAt(command.At))
        {
            return new(AcknowledgeOutcome.SessionEnded);
        }

        var upTo = NoticeRules.LastOwed(state.Owed, session.Device, command.UpToVersion);
        return upTo == 0
            ? new(AcknowledgeOutcome.NothingOwed)
            : new(AcknowledgeOutcome.Acknowledged, CommandId.Acknowledge(session.Id, upTo),
                [new NoticeAcknowledged(NotBefore(state, command.At), session.Id, session.Device, upTo)]);
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

    // The same report again is a repeat, one with a later end renews the session's token; everything else is another session with a used
    // id.
    private static Decision<StartOutcome> Repeated(UserState state, Session known, StartSession command, DateTimeOffset at)
    {
        if (!known.IsLiveAt(command.At))
        {
            return new(StartOutcome.SessionEnded);
        }

        var expiresAt = Stored(command.ExpiresAt);
        if (known.Device != command.Device || known.SignInMode != command.SignInMode || expiresAt < known.TokenExpiresAt)
        {
            return new(StartOutcome.SessionIdReused);
        }

        var described = DeviceRules.Describe(state, command.Device, command.Description, at);
        if (expiresAt > known.TokenExpiresAt)
        {
            var renewed = new SessionRenewed(at, known.Id, expiresAt);
            return new(
                StartOutcome.Renewed, CommandId.Renew(known.Id, expiresAt), described is null ? [renewed] : [renewed, described]);
        }

        return described is null
            ? new(StartOutcome.AlreadyStarted)
            : new(StartOutcome.AlreadyStarted, CommandId.Describe(known.Id, state.Version), [described]);
    }

    // Whether a session that the log does not know has ended all the same, of a token that was issued at a time.
    private static bool IsOver(UserState state, DateTimeOffset? tokenIssuedAt, DateTimeOffset at, SessionPolicy policy, GateState? gate) =>
        tokenIssuedAt is { } issuedAt
        && (issuedAt + policy.AbsoluteTimeout <= at || IsLockedOut(state, issuedAt, at) || OnBehalfRules.Refuses(state, issuedAt)
            || (gate is not null && GateRules.Refuses(gate, issuedAt)));

    // A session that nobody reported, of a token that was issued while the whole user was locked.
    private static bool IsLockedOut(UserState state, DateTimeOffset issuedAt, DateTimeOffset at) =>
        state.Locks.Any(one => one.Device is null && one.HoldsAt(at) && one.At <= issuedAt);

    // A session that was never reported, named by an authentic token: its start and its end are stored together. It may end itself; where
    // reported sessions live on the device that it names, it is not the one that signed in there, and may not act on that device.
    private static Decision<SignOutOutcome> Adopt(UserState state, SignOut command, SessionPolicy policy)
    {
        var endsAt = command.TokenIssuedAt + policy.AbsoluteTimeout;
        if (endsAt <= command.At)
        {
            return new(SignOutOutcome.SessionEnded);
        }

        if (command.Mode == Mode.Device && !LiveOn(state, command.Device).IsEmpty)
        {
            return new(SignOutOutcome.OtherDevice);
        }

        var started = new SessionStarted(
            NotBefore(state, command.At), command.Session, command.Device, Mode.Unknown, Origin.Adopted,
            Stored(command.TokenIssuedAt), Stored(command.TokenExpiresAt), Stored(endsAt), Stored(policy.IdleTimeout),
            state.Account.Length == 0 ? command.Account : null);
        return End(UserEvolution.Evolve(state, started), command, command.Mode, [started]);
    }

    private static Decision<SignOutOutcome> End(UserState state, SignOut command, Mode mode, ImmutableArray<UserEvent> before)
    {
        var at = NotBefore(state, command.At);
        if (mode != Mode.Device)
        {
            return new(
                SignOutOutcome.SignedOut, CommandId.SignOutSession(command.Session),
                before.Add(new SessionSignedOut(at, state.Account, command.Session, command.Device)));
        }

        var owed = NoticeRules.DevicesToNotify(state, command.Device, at);
        var events = before.Add(
            new DeviceSignedOut(at, state.Account, command.Device, command.Session, LiveOn(state, command.Device), owed));
        var wakes = state.Devices.IsEmpty ? null : DeviceRules.Wake(state, owed, state.Version + 1, at);
        return new(
            SignOutOutcome.SignedOut, CommandId.SignOutDevice(command.Session), wakes is null ? events : events.Add(wakes));
    }

    private static ImmutableArray<SessionId> LiveOn(UserState state, DeviceId device) =>
        [.. from session in state.Sessions where session.IsLive && session.Device == device select session.Id];

    private static IEnumerable<SessionExpired> Expired(UserState state, DateTimeOffset at) =>
        (from session in state.Sessions
         where session.IsLive && session.DueAt.At <= at
         select new SessionExpired(at, state.Account, session.Id, session.Device, session.DueAt.Limit)).Take(EndedAtOnceMax);

    // Clocks of nodes differ a little and can be set back a little; the times of one stream never go back.
    internal static DateTimeOffset NotBefore(UserState state, DateTimeOffset at) => NotBefore(state.LastAt, at);

    /// <inheritdoc cref="NotBefore(UserState, DateTimeOffset)"/>
    internal static DateTimeOffset NotBefore(DateTimeOffset last, DateTimeOffset at) => Stored(at) < last ? last : Stored(at);

    // The log keeps milliseconds. A state in memory must not know more than one that was read back.
    internal static DateTimeOffset Stored(DateTimeOffset at) =>
        new(at.UtcTicks - (at.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    internal static DateTimeOffset? Stored(DateTimeOffset? at) => at is { } time ? Stored(time) : null;

    // Of an idle limit it keeps whole seconds; a shorter limit must not become none.
    private static TimeSpan Stored(TimeSpan limit) => TimeSpan.FromSeconds(Math.Ceiling(limit.TotalSeconds));

    private static DateTimeOffset Earlier(DateTimeOffset a, DateTimeOffset b) => a < b ? a : b;
}
