// The contract in its shortest form: a list under a lock. For tests, and for trying the service without a disk.
namespace BankEzy.Sessions.EventStore;

/// <summary>The event store that a restart empties.</summary>
public sealed class MemoryEventStore : IEventStore
{
    private readonly Lock gate = new();
    private readonly List<StoredEvent> log = [];
    private readonly Dictionary<string, List<StoredEvent>> streams = [];
    private readonly HashSet<(string Stream, CommandId Command)> commands = [];
    private readonly Dictionary<string, Snapshot> snapshots = [];
    private readonly HashSet<DueStream> due = [];
    private readonly AppendSignal appended = new();

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> Append(Append append)
    {
        lock (gate)
        {
            var stream = streams.GetValueOrDefault(append.Stream, []);
            var already = commands.Contains((append.Stream, append.Command));
            if (already || stream.Count != append.ExpectedVersion)
            {
                return new(already ? AppendOutcome.AlreadyAppended : AppendOutcome.Conflict);
            }

            for (var ordinal = 0; ordinal < append.Events.Count; ordinal++)
            {
                var (name, json, hash) = append.Events[ordinal];
                var cursor = new FeedCursor(0, log.Count + 1);
                stream.Add(new(append.Stream, stream.Count + 1, cursor, append.Command, ordinal, name, json.ToArray(), hash));
                log.Add(stream[^1]);
            }

            streams[append.Stream] = stream;
            commands.Add((append.Stream, append.Command));
            AddDue(append.Stream, append.NextDue);
            appended.Raise();
            return new(AppendOutcome.Appended);
        }
    }

    /// <inheritdoc/>
    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation) => Locked(() =>
    {
        var snapshot = snapshots.GetValueOrDefault(stream) is { } kept && kept.Shape == snapshotShape ? kept : null;
        return new StreamHistory(snapshot, [.. streams.GetValueOrDefault(stream, []).Skip((int)(snapshot?.Head.Version ?? 0))]);
    });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(string stream, long afterVersion, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<StoredEvent>>(() => [.. streams.GetValueOrDefault(stream, []).Skip((int)afterVersion).Take(max)]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<StoredEvent>>(() => [.. log.Skip((int)after.Position).Take(max)]);

    /// <inheritdoc/>
    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => Locked(() => new FeedCursor(0, log.Count));

    /// <inheritdoc/>
    public Task NextAppend() => appended.Next;

    /// <inheritdoc/>
    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation)
    {
        lock (gate)
        {
            var kept = snapshots.GetValueOrDefault(snapshot.Stream);
            if (streams.ContainsKey(snapshot.Stream) && !(kept?.Shape == snapshot.Shape && kept.Head.Version > snapshot.Head.Version))
            {
                snapshots[snapshot.Stream] = snapshot with { Json = snapshot.Json.ToArray() };
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<DueStream>>(() => [.. due.Where(entry => entry.Due <= now).OrderBy(entry => entry.Due).Take(max)]);

    /// <inheritdoc/>
    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation)
    {
        lock (gate)
        {
            due.Remove(handled);
            AddDue(handled.Stream, nextDue);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask CheckHealth(CancellationToken cancellation) => ValueTask.CompletedTask;

    private void AddDue(string stream, DateTimeOffset? at) => _ = at is { } time && due.Add(new DueStream(stream, time));

    private ValueTask<T> Locked<T>(Func<T> read)
    {
        lock (gate)
        {
            return new(read());
        }
    }
}
