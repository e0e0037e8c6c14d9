// One user's events and state: load, decide, append, catch up. The store's version check is the only fence between nodes; the log answers
// where the state is silent; every event that becomes state is checked against the chain.
using System.Collections.Immutable;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Gates;

namespace BankEzy.Sessions.Users;

/// <summary>
/// One user's stream. Not thread-safe: the grain gives it one caller at a time. A <see cref="StoreUnavailableException"/> means that
/// nothing is known to have happened, and that the caller may repeat.
/// </summary>
/// <param name="key">The stream's name as the grain's key, which is in memory anyway.</param>
/// <param name="all">What it shares with the streams of all users.</param>
internal sealed class UserStream(IdSpan key, UserStreams all)
{
    private const int ConflictsMax = 4;
    private const int PageMax = 1_000;
    private const int EventsPerSnapshotMin = 100;

    private SessionsTheLogKnows? _past;
    private HashSet<SessionId>? _contradicted;
    private UserState _folded = UserState.Initial; // of the events alone
    private StreamHead _head;
    private long _snapshotVersion;
    private long _bytesSinceSnapshot;
    private long _snapshotBytes;

    /// <summary>The stream's name.</summary>
    public string Name => key.ToString();

    /// <summary>The log.</summary>
    public IEventStore Store => all.Store;

    /// <summary>The state after the last event that was read or appended. A session of which log and events say different things has
    /// ended in it, until the user is loaded anew.</summary>
    public UserState State => _contradicted is null
        ? _folded
        : _contradicted.Aggregate(_folded, static (state, id) => state.With(Session.ForgottenOne(id, Ending.Forgotten)));

    /// <summary>The version of the last event that was read or appended.</summary>
    public long Version => _head.Version;

    /// <summary>Whether a commit had an unknown outcome: then nobody should go on with what this object remembers.</summary>
    public bool IsDoubtful { get; private set; }

    /// <summary>The last snapshot that was begun; it is written behind the answers. Never fails.</summary>
    public Task SnapshotWritten { get; private set; } = Task.CompletedTask;

    /// <summary>Rebuilds the state from the newest snapshot and the events after it.</summary>
    public async ValueTask Load(CancellationToken cancellation)
    {
        var name = Name;
        var history = await all.Store.Load(name, UserState.Shape, cancellation);
        if (history.Snapshot is not { } snapshot)
        {
            Apply(name, history.Events);
        }
        else if (all.Snapshots.Open(snapshot) is { } state && history.Events is [{ } last, ..]
            && last.Version == snapshot.Head.Version && last.Hash == snapshot.Head.Hash)
        {
            (_folded, _head) = (state, snapshot.Head);
            (_snapshotVersion, _snapshotBytes) = (snapshot.Head.Version, snapshot.Json.Length);
            Apply(name, history.Events.Skip(1));
        }
        else
        {
            IntegrityFailures.Snapshot();
            UserStreamLog.SnapshotRefused(all.Logger, name, snapshot.Head.Version);
            await CatchUp(cancellation);
            return;
        }

        if (history.Events.Count >= StreamHistory.EventsMax)
        {
            await CatchUp(cancellation);
        }
    }

    /// <summary>
    /// Decides a command, appends what it decides, and only then evolves and answers. If nothing was appended and the log is shared, the
    /// newest events are read first: once any node has answered 200, no node may answer that the session is active.
    /// Before that, sessions on which the program's gate has closed end, by an append of their own.
    /// </summary>
    /// <param name="command">The command.</param>
    /// <param name="at">Its time. One that is too far from the log's own clock is refused, so that no decision is made by a wrong
    /// clock.</param>
    /// <param name="session">The session that it is about, where an unknown session must be distinguished from a forgotten one.</param>
    /// <param name="decide">Decides by a state; the flag says that the state it had decided by before was overtaken by another
    /// append.</param>
    /// <param name="gate">The program's gate.</param>
    /// <param name="fresh">Whether the first decision already needs a state that is read after the call.</param>
    /// <exception cref="ClockException">The time is too far from the log's clock. Nothing was stored.</exception>
    public async ValueTask<TOutcome> Execute<TCommand, TOutcome>(
        TCommand command, DateTimeOffset at, SessionId? session, Func<UserState, TCommand, bool, Decision<TOutcome>> decide,
        GateState gate, bool fresh = false)
    {
        all.Store.CheckTime(at);
        var (budget, isFresh, alreadyAppended) = (new TimeBudget(), !all.Store.IsShared, 0);
        for (var conflicts = 0; conflicts < ConflictsMax;)
        {
            if (!isFresh && (fresh || IsUnknown(session)))
            {
                await CatchUp(budget);
                isFresh = true;
            }

            var state = await StateFor(session, budget);
            var end = GateRules.Decide(State, gate, at);
            var decision = end.Outcome ? default : decide(state, command, conflicts > 0);
            var (id, events) = end.Outcome ? (end.Command, end.Events) : (decision.Command, decision.Events);
            if (events.IsEmpty && isFresh)
            {
                return decision.Outcome;
            }

            if (events.IsEmpty)
            {
                fresh = true;
                continue;
            }

            switch (await Append(id, events, at, budget))
            {
                case AppendOutcome.Appended when !end.Outcome:
                    return decision.Outcome;
                case AppendOutcome.Appended:
                    break;
                case AppendOutcome.AlreadyAppended:
                    await Reconcile(++alreadyAppended, session, budget);
                    break;
                default:
                    conflicts++;
                    await CatchUp(budget);
                    break;
            }

            isFresh = true;
        }

        throw new StoreUnavailableException(
            $"A user's stream was written by others {ConflictsMax} times while a command was decided. "
            + "Route one user to one node, or try again.");
    }

    // One that fails leaves a state behind the log. Only where the log is shared, it is read again before anything is answered.
    private async ValueTask CatchUp(TimeBudget budget)
    {
        var wasDoubtful = IsDoubtful;
        IsDoubtful |= !all.Store.IsShared;
        await budget.Within(CatchUp);
        IsDoubtful = wasDoubtful;
    }

    // Each page becomes state at once: one that was interrupted continues from there. Between pages other users of this thread have their
    // turn, as a store that never waits would keep them off it for the whole of a long history. Returns the version.
    private async ValueTask<long> CatchUp(CancellationToken cancellation)
    {
        var name = Name;
        while (true)
        {
            var page = await all.Store.ReadStream(name, _head.Version, PageMax, cancellation);
            Apply(name, page);
            if (page.Count < PageMax)
            {
                return _head.Version;
            }

            await Task.Yield();
        }
    }

    private bool IsUnknown(SessionId? session) => session is { } id && _head.Version > 0 && State.Find(id) is null;

    // A session that the state lacks is looked up in the log: one that was forgotten must not look like one that never was.
    private async ValueTask<UserState> StateFor(SessionId? session, TimeBudget budget)
    {
        if (session is not { } id || !IsUnknown(id))
        {
            return State;
        }

        var forgotten = await budget.Within(stop => (_past ??= new SessionsTheLogKnows(Name, all.Store)).Find(id, stop));
        if (forgotten is not null)
        {
            await CatchUp(budget); // Another activation may have appended it after this state was read.
        }

        return forgotten is null || State.Find(id) is not null ? State : State.With(forgotten);
    }

    private async ValueTask<AppendOutcome> Append(CommandId id, ImmutableArray<UserEvent> events, DateTimeOffset at, TimeBudget budget)
    {
        budget.ThrowIfOver();
        var evolved = events.Aggregate(_folded, UserEvolution.Evolve);
        var append = _head.Next(
            Name, id, at, events.AsSpan(), static happened => (UserEventCodec.NameOf(happened), UserEventCodec.Encode(happened)),
            UserDecider.NextDue(evolved), UserIndex.KeysOf(State, events, all.Keys));
        using var span = UserTelemetry.Append(append);
        var began = all.Times.Begin();
        var outcome = await budget.Within(all.Store.Append(append));
        all.Times.End(began);
        UserTelemetry.Appended(span, outcome);
        outcome = outcome == AppendOutcome.Unknown ? await ResolveUnknownOutcome(append, budget) : outcome;
        if (outcome == AppendOutcome.Appended)
        {
            (_folded, _head) = (evolved, append.HeadAfter());
            UserTelemetry.Count(events);
            Learn(events);
            _bytesSinceSnapshot += append.Events.Sum(added => added.Json.Length);
            SaveSnapshotIfDue();
        }

        return outcome;
    }

    // Whether it was stored, the stream alone can say.
    private async ValueTask<AppendOutcome> ResolveUnknownOutcome(Append append, TimeBudget budget)
    {
        IsDoubtful = true;
        return await budget.Within(stop => all.Store.IsStored(append, stop)) ? AppendOutcome.Appended : AppendOutcome.Conflict;
    }

    // The state wanted what the log already has: it is behind, or it is wrong. The newest events are read, then all of them without the
    // snapshot; if the state wants it even then, log and state contradict each other. That is never answered as success.
    private async ValueTask Reconcile(int times, SessionId? session, TimeBudget budget)
    {
        if (times > 2)
        {
            IntegrityFailures.Contradiction();
            UserStreamLog.Contradiction(all.Logger, Name, _head.Version);
            if (session is { } id)
            {
                (_contradicted ??= []).Add(id);
            }

            throw new StoreUnavailableException(
                $"The log has a command of {Name} whose effect its events do not show. The session counts as ended; keep a copy of "
                + "the log and look at the user's timeline.");
        }

        if (times == 2)
        {
            (_folded, _head) = (UserState.Initial, default);
        }

        await CatchUp(budget);
    }

    // The only way by which a stored event becomes state: from a load, from a catch-up, after a snapshot.
    private void Apply(string name, IEnumerable<StoredEvent> events)
    {
        foreach (var stored in events)
        {
            if (!ChainCheck.Follows(stored, name, _head.Version + 1, _head.Hash))
            {
                ChainCheck.Count(stored, _head.Version + 1);
                throw new StoreUnavailableException(
                    $"The log is damaged at {stored.Cursor}, where version {_head.Version + 1} of {name} should be: its hash chain breaks "
                    + "there. Keep a copy of the log, run 'sessions verify' and restore the log from a backup; other users are served.");
            }

            var happened = UserEventCodec.Decode(stored.Name, stored.Json.Span);
            (_folded, _head) = (UserEvolution.Evolve(_folded, happened), new StreamHead(stored.Version, stored.Hash));
            Learn([happened]);
            _bytesSinceSnapshot += stored.Json.Length;
        }
    }

    // Most users have one session of which the log was asked, the one that has just begun: nothing is left of that.
    private void Learn(IEnumerable<UserEvent> events)
    {
        _past?.Learn(events);
        _past = _past is { IsEmpty: true } ? null : _past;
    }

    // Behind the answer, and when it pays: the events since the last one are many, and weigh more than the snapshot itself.
    private void SaveSnapshotIfDue()
    {
        if (_head.Version - _snapshotVersion >= EventsPerSnapshotMin && _bytesSinceSnapshot >= _snapshotBytes
            && SnapshotWritten.IsCompleted)
        {
            var snapshot = all.Snapshots.Seal(Name, _head, _folded);
            (_snapshotVersion, _snapshotBytes, _bytesSinceSnapshot) = (_head.Version, snapshot.Json.Length, 0);
            SnapshotWritten = Save(snapshot);
        }
    }

    private async Task Save(Snapshot snapshot)
    {
        try
        {
            await all.Store.WriteSnapshot(snapshot, CancellationToken.None);
        }
        catch (Exception e)
        {
            UserStreamLog.SnapshotLost(all.Logger, e); // A cache: the events are stored without it.
        }
    }
}
