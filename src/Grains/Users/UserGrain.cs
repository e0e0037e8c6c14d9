// One user: load, decide, append, evolve, answer. The activation is a cache and a turn; the store's version check is the only fence.
using System.Collections.Immutable;
using BankEzy.Sessions.EventStore;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Users;

/// <summary>The grain of one user; its key is the name of the user's stream.</summary>
/// <param name="store">The log.</param>
/// <param name="policies">The programs' limits.</param>
/// <param name="time">Tells only when a commit was done; decisions take their time from the command.</param>
/// <param name="logger">Where the grain reports.</param>
public sealed partial class UserGrain(IEventStore store, IProgramPolicies policies, TimeProvider time, ILogger<UserGrain> logger)
    : Grain, IUserGrain
{
    private const int AttemptsMax = 4;
    private const int EventsPerSnapshot = 100;
    private const int PageMax = 1_000;

    // Two sign-outs of one session at once may be decided by two nodes; a request is under way for no longer than this.
    private static readonly TimeSpan UnderWayMax = TimeSpan.FromSeconds(5);

    private string _stream = "";
    private SessionPolicy _policy = SessionPolicy.Default;
    private UserState _state = UserState.Initial;
    private StreamHead _head;
    private long _snapshotVersion;
    private (SessionId Session, DateTimeOffset CommittedAt) _lastSignOut;

    /// <summary>Rebuilds the state from the log.</summary>
    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _stream = this.GetPrimaryKeyString();
        _policy = policies.For(new UserId(_stream).Program);
        var history = await store.Load(_stream, UserState.Shape, cancellationToken);
        if (history.Snapshot is { } snapshot && UserSnapshotCodec.Decode(snapshot.Json.Span) is { } state)
        {
            (_state, _head, _snapshotVersion) = (state, snapshot.Head, snapshot.Head.Version);
            Apply(history.Events.Skip(1)); // The first one is the snapshot's own, which the store has compared.
        }
        else if (history.Snapshot is null)
        {
            Apply(history.Events);
        }

        if (history.Events.Count == StreamHistory.EventsMax || (history.Snapshot is not null && _head.Version == 0))
        {
            await CatchUp(cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StartReply> StartSession(StartSession command)
    {
        var outcome = await Carry(command, static (grain, command, _) => UserDecider.Decide(grain._state, command, grain._policy));
        return new StartReply(outcome, _head.Version);
    }

    /// <inheritdoc/>
    public async ValueTask<SignOutReply> SignOut(SignOut command)
    {
        var outcome = await Carry(command, static (grain, command, wasAccepted) =>
            UserDecider.Decide(
                grain._state, command, grain._policy, grain.ArrivedBeforeTheEnd(command) || (wasAccepted && grain.EndedJustNow(command))));
        if (outcome == SignOutOutcome.SignedOut)
        {
            _lastSignOut = (command.Session, time.GetUtcNow());
        }

        return new SignOutReply(outcome, _head.Version);
    }

    /// <inheritdoc/>
    public ValueTask<InspectReply> Inspect(Inspect query) =>
        Carry(query, static (grain, query, _) => UserDecider.Decide(grain._state, query, grain._policy));

    /// <inheritdoc/>
    public async ValueTask<ExpireReply> ExpireDue(ExpireDue command)
    {
        await Carry(command, static (grain, command, _) => UserDecider.Decide(grain._state, command));
        return new ExpireReply(UserDecider.NextDue(_state));
    }

    /// <inheritdoc/>
    public async ValueTask<AcknowledgeReply> AcknowledgeNotices(AcknowledgeNotices command)
    {
        var outcome = await Carry(command, static (grain, command, _) => UserDecider.Decide(grain._state, command));
        return new AcknowledgeReply(outcome, _head.Version);
    }

    /// <inheritdoc/>
    public async ValueTask<UserView> View(DateTimeOffset at)
    {
        if (store.IsShared)
        {
            await CatchUp(CancellationToken.None);
        }

        return ViewAt(at);
    }

    private UserView ViewAt(DateTimeOffset at) => new(
        _head.Version,
        [.. _state.Sessions.Where(session => session.IsLiveAt(at)).Select(session => new SessionView(
            session.Id, session.Device, session.SignInMode, session.Since, session.DueAt.At))],
        [.. _state.Owed.Where(notice => !NoticeRules.IsForgotten(notice, _state.Sessions, at)).Select(notice => new NoticeView(
            notice.To, notice.Version, notice.At, notice.SignedOut))]);

    // Two sign-outs at once both hold a live token: the second one arrived before the first one was in the log.
    private bool ArrivedBeforeTheEnd(SignOut command) => command.Session == _lastSignOut.Session && command.At <= _lastSignOut.CommittedAt;

    // Another node was faster, and this one learns of it from the conflict: the token was live when the request was sent. A request that
    // came later than that must not profit from a memory that was behind.
    private bool EndedJustNow(SignOut command) =>
        _state.Find(command.Session) is { IsLive: false } ended && command.At <= ended.EndedAt + UnderWayMax;

    // Decide, append, and only then evolve and answer. A conflict means that another node wrote: read what it wrote, decide again.
    // An append proves that the memory was not behind; an answer without one, on a log that others write, is read up first. So a
    // question that begins after another node's 200 cannot be told "alive".
    private async ValueTask<TOutcome> Carry<TCommand, TOutcome>(
        TCommand command, Func<UserGrain, TCommand, bool, Decision<TOutcome>> decide)
    {
        var wasAccepted = false;
        var isFresh = !store.IsShared;
        for (var attempt = 1; attempt <= AttemptsMax; attempt++)
        {
            var decision = decide(this, command, wasAccepted);
            if (decision.Events.IsEmpty && !isFresh)
            {
                await CatchUp(CancellationToken.None);
                isFresh = true;
                decision = decide(this, command, wasAccepted);
            }

            if (decision.Events.IsEmpty)
            {
                return decision.Outcome;
            }

            var evolved = decision.Events.Aggregate(_state, UserDecider.Evolve);
            var append = Compose(decision.Command, decision.Events, evolved);
            var outcome = await store.Append(append);
            outcome = outcome == AppendOutcome.Unknown ? await FindOut(append) : outcome;
            if (outcome == AppendOutcome.Appended)
            {
                (_state, _head) = (evolved, new StreamHead(_head.Version + append.Events.Count, append.Events[^1].Hash));
                await KeepSnapshot();
                return decision.Outcome;
            }

            await CatchUp(CancellationToken.None);
            (wasAccepted, isFresh) = (true, true);
            if (outcome == AppendOutcome.AlreadyAppended)
            {
                // The log knows the command's id alone; what it was told may differ, such as the device.
                decision = decide(this, command, wasAccepted);
                return decision.Events.IsEmpty ? decision.Outcome : decision.Repeat;
            }
        }

        throw new StoreUnavailableException(
            $"A user's stream was written by others {AttemptsMax} times while a command was decided. "
            + "Route one user to one node, or try again.");
    }

    private Append Compose(CommandId command, ImmutableArray<UserEvent> facts, UserState evolved)
    {
        var events = new NewEvent[facts.Length];
        var hash = _head.Hash;
        for (var i = 0; i < facts.Length; i++)
        {
            var name = UserEventCodec.NameOf(facts[i]);
            var json = UserEventCodec.Encode(facts[i]);
            hash = hash.Next(_stream, _head.Version + 1 + i, command, i, name, json);
            events[i] = new NewEvent(name, json, hash);
        }

        return new Append(_stream, _head.Version, command, facts[^1].At, events, UserDecider.NextDue(evolved));
    }

    // Whether it was stored is told by the stream alone. Found: stored. Not found: it may still come, so nobody gets an answer.
    private async ValueTask<AppendOutcome> FindOut(Append append)
    {
        DeactivateOnIdle();
        var stored = await store.ReadStream(_stream, append.ExpectedVersion, 1, CancellationToken.None);
        if (stored.Count == 0)
        {
            throw new StoreUnavailableException(
                "The store failed while it committed, and the outcome is not known yet. The caller may repeat.");
        }

        return stored[0].Hash == append.Events[0].Hash ? AppendOutcome.Appended : AppendOutcome.Conflict;
    }

    private async ValueTask CatchUp(CancellationToken cancellation)
    {
        IReadOnlyList<StoredEvent> page;
        do
        {
            page = await store.ReadStream(_stream, _head.Version, PageMax, cancellation);
            Apply(page);
        }
        while (page.Count == PageMax);
    }

    private void Apply(IEnumerable<StoredEvent> events)
    {
        foreach (var stored in events)
        {
            _state = UserDecider.Evolve(_state, UserEventCodec.Decode(stored.Name, stored.Json.Span));
            _head = new StreamHead(stored.Version, stored.Hash);
        }
    }

    private async ValueTask KeepSnapshot()
    {
        if (_head.Version - _snapshotVersion < EventsPerSnapshot)
        {
            return;
        }

        _snapshotVersion = _head.Version;
        try
        {
            var snapshot = new Snapshot(_stream, UserState.Shape, _head, UserSnapshotCodec.Encode(_state));
            await store.WriteSnapshot(snapshot, CancellationToken.None);
        }
        catch (Exception e)
        {
            // A snapshot is a cache: the events are stored, so the command has succeeded without it.
            LogSnapshotLost(logger, e);
        }
    }

    [LoggerMessage(1101, LogLevel.Warning, "A snapshot could not be written; the next activation of this user reads more events.")]
    private static partial void LogSnapshotLost(ILogger logger, Exception exception);
}
