// The contract in its shortest form: a list under a lock. For tests, and for trying the service without a disk.
namespace BankEzy.Sessions.EventStore;

/// <summary>The event store that a restart empties.</summary>
/// <param name="clock">The machine's clock.</param>
internal sealed class MemoryEventStore(TimeProvider clock) : IEventStore
{
    private readonly Lock _gate = new();
    private readonly StoreClock _time = new(
        ElapsedTime.Of(clock), clock.GetUtcNow(), "the log's, which ran on since the start", isSettled: true);
    private readonly List<StoredEvent> _log = [];
    private readonly Dictionary<string, List<StoredEvent>> _streams = [];
    private readonly HashSet<(string Stream, CommandId Command)> _commands = [];
    private readonly Dictionary<string, Snapshot> _snapshots = [];
    private readonly HashSet<DueStream> _due = [];
    private readonly Dictionary<IndexKey, SortedSet<string>> _index = [];
    private readonly Dictionary<string, string> _properties = [];
    private readonly AppendSignal _appended = new();

    /// <inheritdoc/>
    public bool IsShared => false;

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> Append(Append append)
    {
        CheckTime(append.At);
        lock (_gate)
        {
            var stream = _streams.GetValueOrDefault(append.Stream, []);
            var already = _commands.Contains((append.Stream, append.Command));
            if (already || stream.Count != append.ExpectedVersion)
            {
                return new(already ? AppendOutcome.AlreadyAppended : AppendOutcome.Conflict);
            }

            for (var ordinal = 0; ordinal < append.Events.Count; ordinal++)
            {
                var (name, json, hash) = append.Events[ordinal];
                var cursor = new FeedCursor(0, _log.Count + 1);
                stream.Add(new(append.Stream, stream.Count + 1, cursor, append.Command, ordinal, name, json.ToArray(), hash));
                _log.Add(stream[^1]);
            }

            _streams[append.Stream] = stream;
            _commands.Add((append.Stream, append.Command));
            AddDue(append.Stream, append.NextDue);
            AddKeys(append.Stream, append.Keys);
            _appended.Raise();
            return new(AppendOutcome.Appended);
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasCommands(string stream, IReadOnlyList<CommandId> commands, CancellationToken cancellation) =>
        Locked(() => commands.Any(command => _commands.Contains((stream, command))));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<string>>(() =>
            [.. (_index.GetValueOrDefault(key) ?? []).Where(stream => stream.StartsWith(prefix, StringComparison.Ordinal)).Take(max)]);

    /// <inheritdoc/>
    public ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation) =>
        Locked(() => _properties.TryAdd(name, value) ? value : _properties[name]);

    /// <inheritdoc/>
    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation) => Locked(() =>
    {
        var snapshot = _snapshots.GetValueOrDefault(stream) is { } kept && kept.Shape == snapshotShape ? kept : null;
        var from = (int)(snapshot?.Head.Version ?? 1) - 1;
        return new StreamHistory(snapshot, [.. _streams.GetValueOrDefault(stream, []).Skip(from).Take(StreamHistory.EventsMax)]);
    });

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(string stream, long afterVersion, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<StoredEvent>>(() => [.. _streams.GetValueOrDefault(stream, []).Skip((int)afterVersion).Take(max)]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<StoredEvent>>(() => [.. _log.Skip((int)after.Position).Take(max)]);

    /// <inheritdoc/>
    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => Locked(() => new FeedCursor(0, _log.Count));

    /// <inheritdoc/>
    public LogTime Time => _time.Time;

    /// <inheritdoc/>
    public void CheckTime(DateTimeOffset time)
    {
        _time.Observe(clock.GetUtcNow());
        _time.Check(time, "The time of a request");
    }

    /// <inheritdoc/>
    public Task NextAppend() => _appended.Next;

    /// <inheritdoc/>
    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var kept = _snapshots.GetValueOrDefault(snapshot.Stream);
            if (_streams.ContainsKey(snapshot.Stream) && !(kept?.Shape == snapshot.Shape && kept.Head.Version > snapshot.Head.Version))
            {
                _snapshots[snapshot.Stream] = snapshot with { Json = snapshot.Json.ToArray() };
            }
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<DueStream>>(() => [.. _due.Where(entry => entry.Due <= now).OrderBy(entry => entry.Due).Take(max)]);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueStream>> ReadWaiting(DueStream? after, int max, CancellationToken cancellation) =>
        Locked<IReadOnlyList<DueStream>>(() =>
            [.. _due.Where(row => after is not { } last || Compare(row, last) > 0).Order(Comparer<DueStream>.Create(Compare)).Take(max)]);

    /// <inheritdoc/>
    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation)
    {
        lock (_gate)
        {
            _due.Remove(handled);
            AddDue(handled.Stream, nextDue);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask CheckHealth(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        _time.Observe(now);
        _time.Check(now, "This machine's clock");
        return ValueTask.CompletedTask;
    }

    private static int Compare(DueStream one, DueStream other) =>
        one.Due != other.Due ? one.Due.CompareTo(other.Due) : string.CompareOrdinal(one.Stream, other.Stream);

    private void AddDue(string stream, DateTimeOffset? at) => _ = at is { } time && _due.Add(new DueStream(stream, time));

    private void AddKeys(string stream, IReadOnlyList<IndexKey> keys)
    {
        foreach (var key in keys)
        {
            if (!_index.TryGetValue(key, out var streams))
            {
                _index[key] = streams = new SortedSet<string>(StringComparer.Ordinal);
            }

            streams.Add(stream);
        }
    }

    private ValueTask<T> Locked<T>(Func<T> read)
    {
        lock (_gate)
        {
            return new(read());
        }
    }
}
