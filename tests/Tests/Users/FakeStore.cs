// What a user's stream stands on, by hand: one stream in memory that can be made to fail, to be shared, and what time it is.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.Users;

/// <summary>One stream in memory. The next appends can be answered by a test instead.</summary>
internal sealed class FakeStore : IEventStore
{
    public bool IsShared { get; set; }

    /// <summary>The log's clock; null for one that agrees with everybody.</summary>
    public DateTimeOffset? Clock { get; set; }

    public List<StoredEvent> Log { get; } = [];

    public List<Append> Appends { get; } = [];

    public Queue<Func<Append, AppendOutcome>> Answers { get; } = [];

    public Snapshot? Snapshot { get; set; }

    public Action<Snapshot>? SnapshotWritten { get; set; }

    public Action? BeforeProbe { get; set; }

    public Action? BeforeRead { get; set; }

    public int StreamReads { get; private set; }

    public int Probes { get; private set; }

    public AppendOutcome Keep(Append append)
    {
        if (Log.Any(stored => stored.Command == append.Command))
        {
            return AppendOutcome.AlreadyAppended;
        }

        if (append.ExpectedVersion != Log.Count)
        {
            return AppendOutcome.Conflict;
        }

        for (var i = 0; i < append.Events.Count; i++)
        {
            var (name, json, hash) = append.Events[i];
            var version = append.ExpectedVersion + 1 + i;
            Log.Add(new StoredEvent(append.Stream, version, new FeedCursor(0, version), append.Command, i, name, json, hash));
        }

        return AppendOutcome.Appended;
    }

    /// <summary>Lets another activation act at this moment. Nothing here waits for anything, so it has ended when this returns.</summary>
    public void Interleave<T>(Func<ValueTask<T>> act)
    {
        BeforeProbe = null;
        var acting = act().AsTask();
        Assert.True(acting.IsCompletedSuccessfully);
    }

    /// <summary>Gives an event another name, and the chain the hashes that go with it.</summary>
    public void Rewrite(int index, string name)
    {
        Log[index] = Log[index] with { Name = name };
        var hash = default(EventHash);
        for (var i = 0; i < Log.Count; i++)
        {
            hash = Next(hash, Log[i]);
            Log[i] = Log[i] with { Hash = hash };
        }
    }

    public void AssertChain()
    {
        var hash = default(EventHash);
        foreach (var stored in Log)
        {
            hash = Next(hash, stored);
            Assert.Equal(hash, stored.Hash);
        }
    }

    public ValueTask<AppendOutcome> Append(Append append)
    {
        Appends.Add(append);
        return ValueTask.FromResult(Answers.TryDequeue(out var answer) ? answer(append) : Keep(append));
    }

    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation)
    {
        var snapshot = Snapshot?.Shape == snapshotShape ? Snapshot : null;
        var from = (int)(snapshot?.Head.Version ?? 1) - 1;
        return ValueTask.FromResult(new StreamHistory(snapshot, [.. Log.Skip(from).Take(StreamHistory.EventsMax)]));
    }

    public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(string stream, long afterVersion, int max, CancellationToken cancellation)
    {
        StreamReads++;
        BeforeRead?.Invoke();
        return ValueTask.FromResult<IReadOnlyList<StoredEvent>>([.. Log.Where(stored => stored.Version > afterVersion).Take(max)]);
    }

    public ValueTask<bool> HasCommands(string stream, IReadOnlyList<CommandId> commands, CancellationToken cancellation)
    {
        Probes++;
        BeforeProbe?.Invoke();
        return ValueTask.FromResult(Log.Any(stored => commands.Contains(stored.Command)));
    }

    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation)
    {
        Snapshot = snapshot;
        SnapshotWritten?.Invoke(snapshot);
        return ValueTask.CompletedTask;
    }

    public LogTime Time => new(Clock ?? throw new NotSupportedException(), IsSettled: true);

    public void CheckTime(DateTimeOffset time)
    {
        if (Clock is { } now && (time - now).Duration() > global::BankEzy.Sessions.EventStore.Append.ClockToleranceMax)
        {
            throw new ClockException("The clocks differ.");
        }
    }

    public ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public Task NextAppend() => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<IReadOnlyList<DueStream>> ReadWaiting(DueStream? after, int max, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask CheckHealth(CancellationToken cancellation) => throw new NotSupportedException();

    private static EventHash Next(EventHash hash, StoredEvent stored) =>
        hash.Next(stored.Stream, stored.Version, stored.Command, stored.Ordinal, stored.Name, stored.Json.Span);
}
