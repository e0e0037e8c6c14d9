// What a user's grain stands on, by hand: a log in memory that can be told to fail, and a clock that stands still.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.Users;

/// <summary>One stream in memory. The next appends can be answered by a test instead.</summary>
internal sealed class FakeStore : IEventStore
{
    public bool IsShared { get; set; }

    public List<StoredEvent> Log { get; } = [];

    public List<Append> Appends { get; } = [];

    public Queue<Func<Append, AppendOutcome>> Answers { get; } = [];

    public Snapshot? Snapshot { get; set; }

    public int StreamReads { get; private set; }

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

    public ValueTask<AppendOutcome> Append(Append append)
    {
        Appends.Add(append);
        return ValueTask.FromResult(Answers.TryDequeue(out var answer) ? answer(append) : Keep(append));
    }

    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation)
    {
        var snapshot = Snapshot?.Shape == snapshotShape ? Snapshot : null;
        return ValueTask.FromResult(new StreamHistory(snapshot, [.. Log.Skip((int)(snapshot?.Head.Version ?? 1) - 1)]));
    }

    public ValueTask<bool> HasCommands(string stream, IReadOnlyList<CommandId> commands, CancellationToken cancellation) =>
        ValueTask.FromResult(Log.Any(stored => stored.Stream == stream && commands.Contains(stored.Command)));

    public ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(string stream, long afterVersion, int max, CancellationToken cancellation)
    {
        StreamReads++;
        return ValueTask.FromResult<IReadOnlyList<StoredEvent>>([.. Log.Skip((int)afterVersion).Take(max)]);
    }

    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation)
    {
        Snapshot = snapshot;
        return ValueTask.CompletedTask;
    }

    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => throw new NotSupportedException();

    public Task NextAppend() => throw new NotSupportedException();

    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation) =>
        throw new NotSupportedException();

    public ValueTask CheckHealth(CancellationToken cancellation) =>
        throw new NotSupportedException();
}

/// <summary>Tells the time that it is told.</summary>
internal sealed class FakeClock : TimeProvider
{
    public DateTimeOffset Now { get; set; }

    public override DateTimeOffset GetUtcNow() => Now;
}
