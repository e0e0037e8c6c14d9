// One user as a grain. The activation is a cache and a turn, never a lock: Orleans may run two of a user for a moment.
using BankEzy.Sessions.Gates;

namespace BankEzy.Sessions.Users;

/// <summary>The grain of one user; its key is the name of the user's stream.</summary>
internal sealed class UserGrain : Grain, IUserGrain
{
    private readonly UserStream _user;
    private readonly SessionPolicy _policy;
    private readonly ProgramGate _gate;

    /// <summary>Makes the grain.</summary>
    /// <param name="streams">The users' streams.</param>
    /// <param name="policies">The programs' limits.</param>
    /// <param name="gates">The programs' gates, by which every decision is made.</param>
    public UserGrain(UserStreams streams, IProgramPolicies policies, ProgramGates gates)
    {
        var id = new UserId(this.GetPrimaryKeyString());
        (_policy, _gate, _user) = (policies.For(id.Program), gates.Of(id.Program), streams.Of(this.GetGrainId().Key));
    }

    /// <inheritdoc/>
    public override async Task OnActivateAsync(CancellationToken cancellationToken) => await _user.Load(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<StartReply> StartSession(StartSession command)
    {
        var gate = await _gate.Current();
        var logTime = _user.Store.Time; // Clocks of nodes may differ by minutes: a lock ends at one time, whichever node is asked.
        var outcome = await Execute(
            command, command.At, command.Session,
            (state, command, _) => UserDecider.Decide(state, command, _policy, gate, logTime), gate);
        return outcome switch
        {
            StartOutcome.Started => new StartReply(outcome, _user.Version, Before: UserViews.EndBefore(_user.State, command.Session)),
            StartOutcome.Locked => new StartReply(outcome, _user.Version, UserViews.LockOf(_user.State, gate, command, logTime.Now)),
            _ => new StartReply(outcome, _user.Version),
        };
    }

    /// <inheritdoc/>
    /// <remarks>A device-based sign-out ends more than its own session, so it is decided by a state that is read after the request
    /// arrived: a token whose session has ended must not act, whichever node ended it.</remarks>
    public async ValueTask<SignOutReply> SignOut(SignOut command)
    {
        using var span = CallTraces.Continue("sign_out decide");
        var gate = await _gate.Current();
        var outcome = await Execute(
            command, command.At, command.Session,
            (state, command, wasLive) => UserDecider.Decide(state, command, _policy, wasLive, gate), gate,
            fresh: command.Mode != Mode.Pin);
        var reply = new SignOutReply(outcome, _user.Version);
        UserTelemetry.Decided(span, command, reply);
        return reply;
    }

    /// <inheritdoc/>
    public async ValueTask<InspectReply> Inspect(Inspect query)
    {
        var gate = await _gate.Current();
        return await Execute(
            query, query.At, query.TokenIssuedAt is null ? null : query.Session,
            (state, query, _) => UserDecider.Decide(state, query, _policy, gate), gate);
    }

    /// <inheritdoc/>
    public async ValueTask<OpenReply> Open(Inspect query) => new(await Inspect(query), UserViews.View(_user.State, query.At));

    /// <inheritdoc/>
    public async ValueTask<ExpireReply> ExpireDue(ExpireDue command)
    {
        await Decide(command, command.At, session: null, static (state, command, _) => UserDecider.Decide(state, command));
        return new ExpireReply(UserDecider.NextDue(_user.State));
    }

    /// <inheritdoc/>
    public async ValueTask<AcknowledgeReply> AcknowledgeNotices(AcknowledgeNotices command)
    {
        var (owed, gate) = (_user.State.Owed, await _gate.Current());
        var outcome = await Execute(
            command, command.At, command.Session,
            (state, command, _) => UserDecider.Decide(state, command, _policy, gate), gate);
        if (outcome == AcknowledgeOutcome.Acknowledged)
        {
            UserTelemetry.Acknowledged(owed, _user.State.Owed, command.At);
        }

        return new AcknowledgeReply(outcome, _user.Version);
    }

    /// <inheritdoc/>
    public async ValueTask<EndReply> EndSessions(EndSessions command)
    {
        var id = CommandId.OnBehalf(command.Request);
        if (await _user.Store.FindEvent(_user.Name, id) is { } done)
        {
            return UserViews.Reply(EndOutcome.Repeated, done, UserEventCodec.Decode(done.Name, done.Json.Span));
        }

        var known = _user.Version;

        // Decided by a state that is read after the request arrived, as it ends more than what its caller holds a token of.
        var outcome = await Decide(
            command, command.At, command.Session, static (state, command, _) => OnBehalfRules.Decide(state, command), fresh: true);
        if (outcome is EndOutcome.Ended or EndOutcome.NothingToEnd && await _user.Store.FindEvent(_user.Name, id, known) is { } stored)
        {
            // Nothing was left where the same request ended it on another node meanwhile.
            outcome = outcome == EndOutcome.Ended ? outcome : EndOutcome.Repeated;
            return UserViews.Reply(outcome, stored, UserEventCodec.Decode(stored.Name, stored.Json.Span));
        }

        return new EndReply(outcome, _user.Version, command.At, [], [], UserViews.EarlierEnd(_user.State, command));
    }

    /// <inheritdoc/>
    public async ValueTask<ChangeReply> SetLock(SetLock command)
    {
        var outcome = await _user.Store.HasCommands(_user.Name, [CommandId.SetLock(command.Request)], CancellationToken.None)
            ? ChangeOutcome.Unchanged
            : await Decide(command, command.At, null, static (state, command, _) => LockRules.Decide(state, command), fresh: true);
        return new ChangeReply(outcome, _user.Version);
    }

    /// <inheritdoc/>
    public async ValueTask<ChangeReply> RenameDevice(RenameDevice command)
    {
        var outcome = await Decide(
            command, command.At, command.Session, static (state, command, _) => DeviceRules.Decide(state, command), fresh: true);
        return new ChangeReply(outcome, _user.Version);
    }

    /// <inheritdoc/>
    public async ValueTask<ChangeReply> TakeWake(TakeWake command)
    {
        var outcome = await Decide(
            command, command.At, null, static (state, command, _) => DeviceRules.Decide(state, command), fresh: true);
        return new ChangeReply(outcome, _user.Version);
    }

    /// <inheritdoc/>
    public async ValueTask<UserView> View(DateTimeOffset at)
    {
        await EndWhatTheGateClosedOn(at);
        return UserViews.View(_user.State, at);
    }

    /// <inheritdoc/>
    public async ValueTask<UserDetails> Show(DateTimeOffset at)
    {
        await EndWhatTheGateClosedOn(at);
        return UserViews.Details(_user.State, at);
    }

    // By a state that is read now, where others can write.
    private async ValueTask EndWhatTheGateClosedOn(DateTimeOffset at) =>
        await Decide(at, at, session: null, static (_, _, _) => new Decision<bool>(true), fresh: true);

    // The rules of these commands do not look at the gate; what it closed on ends all the same, and first.
    private async ValueTask<TOutcome> Decide<TCommand, TOutcome>(
        TCommand command, DateTimeOffset at, SessionId? session, Func<UserState, TCommand, bool, Decision<TOutcome>> decide,
        bool fresh = false) =>
        await Execute(command, at, session, decide, await _gate.Current(), fresh);

    // An activation that no longer trusts its memory ends before the next turn.
    private async ValueTask<TOutcome> Execute<TCommand, TOutcome>(
        TCommand command, DateTimeOffset at, SessionId? session, Func<UserState, TCommand, bool, Decision<TOutcome>> decide,
        GateState gate, bool fresh = false)
    {
        try
        {
            return await _user.Execute(command, at, session, decide, gate, fresh);
        }
        finally
        {
            if (_user.IsDoubtful)
            {
                DeactivateOnIdle();
            }
        }
    }
}
