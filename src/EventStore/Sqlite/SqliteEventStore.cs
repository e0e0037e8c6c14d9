// The embedded event store: one file, one process. Appends go to the writer's thread, reads run where they
// are asked for, and loads of users that wait together share a transaction.
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>The event store in a SQLite file.</summary>
internal sealed class SqliteEventStore : IEventStore, IDisposable
{
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(2);

    private readonly OwnedFiles files;
    private readonly TimeProvider clock;
    private readonly StoreClock time;
    private readonly Writer writer;
    private readonly ReaderPool readers;
    private readonly BatchedReads<(string Stream, int Shape), StreamHistory> loads;
    private readonly Meter meter = Telemetry.NewMeter();
    private bool disposed;

    private SqliteEventStore(OwnedFiles files, SqliteOptions options, ILogger logger)
    {
        this.files = files;
        clock = options.Clock;
        writer = new Writer(options, files, logger);
        readers = new ReaderPool(files);
        loads = new(ReadHistories, options.QueueMax, ReadTimeout);
        var last = readers.Read(0, static (reader, _) => reader.FindLastTime());
        time = new StoreClock(
            ElapsedTime.Of(clock), FindTime(last), $"that of {options.Path}, which ran on since the start", isSettled: last is null);
        LogTelemetry.ObserveClock(meter, clock, time);
        LogTelemetry.ObserveSpace(meter, options.Path);
    }

    /// <summary>Opens the file, or makes it.</summary>
    /// <exception cref="StoreUnavailableException">It is in use, damaged or of a newer version; the message says what to do.</exception>
    public static SqliteEventStore Open(SqliteOptions options, ILogger<SqliteEventStore> logger)
    {
        var owned = OwnedFiles.Open(options.Path);
        try
        {
            return new SqliteEventStore(owned, options with { Path = owned.Path }, logger);
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }

    /// <summary>False: the file belongs to one process (<c>.lock</c>).</summary>
    public bool IsShared => false;

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> Append(Append append)
    {
        CheckTime(append.At);
        return writer.Enqueue(append);
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasCommands(string stream, IReadOnlyList<CommandId> commands, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(readers.Read((stream, commands), static (reader, asked) => reader.HasCommands(asked.stream, asked.commands)));
    }

    /// <inheritdoc/>
    public async ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation)
    {
        await Write(tables => tables.AddProperty(name, value), cancellation);
        return readers.Read(name, static (reader, asked) => reader.ReadProperty(asked))!;
    }

    /// <inheritdoc/>
    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation) =>
        new(loads.Ask((stream, snapshotShape), cancellation));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(string stream, long afterVersion, int max, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(readers.Read(
            (stream, afterVersion, max), static (reader, asked) => reader.ReadStream(asked.stream, asked.afterVersion, asked.max)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(readers.Read((after.Position, max), static (reader, asked) => reader.ReadFeed(asked.Position, asked.max)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(readers.Read((key, prefix, max), static (reader, asked) => reader.FindStreams(asked.key, asked.prefix, asked.max)));
    }

    /// <inheritdoc/>
    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(readers.Read(0, static (reader, _) => reader.FindEnd()));
    }

    /// <inheritdoc/>
    public LogTime Time => time.Time;

    /// <inheritdoc/>
    public void CheckTime(DateTimeOffset time)
    {
        this.time.Observe(clock.GetUtcNow());
        this.time.Check(time, "The time of a request");
    }

    /// <inheritdoc/>
    public Task NextAppend() => writer.Committed.Next;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(readers.Read((now, max), static (reader, asked) => reader.ReadDue(asked.now, asked.max)));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueStream>> ReadWaiting(DueStream? after, int max, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return new(readers.Read((after, max), static (reader, asked) => reader.ReadWaiting(asked.after, asked.max)));
    }

    /// <inheritdoc/>
    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation) =>
        Write(tables => tables.WriteSnapshot(snapshot), cancellation);

    /// <inheritdoc/>
    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation) =>
        Write(tables => tables.SetDue(handled, nextDue), cancellation);

    /// <summary>Returns when the file can be written and read. After a failure this is also what makes the writer try again.</summary>
    /// <param name="cancellation">Stops the check.</param>
    /// <exception cref="StoreUnavailableException">It cannot; the message says why and what to do.</exception>
    public async ValueTask CheckHealth(CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        time.Observe(now);
        time.Check(now, "This machine's clock");
        files.Check();
        if (writer.IsFaulty)
        {
            await Write(static _ => { }, cancellation);
        }

        await ReadFeed(FeedCursor.Start, 1, cancellation);
    }

    /// <summary>Refuses new appends, stores what waits, copies the write-ahead log into the file and closes it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        meter.Dispose();
        writer.Dispose();
        loads.Dispose();
        readers.Dispose();
        files.Dispose();
    }

    // A machine that started with a clock far behind, such as one without a battery, must not write before the log's last event.
    private DateTimeOffset FindTime(DateTimeOffset? last)
    {
        var now = clock.GetUtcNow();
        var earliest = last - EventStore.Append.ClockToleranceMax;
        return earliest > now ? earliest.Value : now;
    }

    private ValueTask<IReadOnlyList<StreamHistory>> ReadHistories(IReadOnlyList<(string Stream, int Shape)> asked) =>
        new(readers.Read(asked, static (reader, asked) => reader.Load(asked)));

    private async ValueTask Write(Action<WriteStatements> write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var outcome = await writer.Enqueue(tables =>
        {
            write(tables);
            return AppendOutcome.Appended;
        });
        if (outcome == AppendOutcome.Unknown)
        {
            throw new StoreUnavailableException(
                "The store cannot say whether what it was to keep was kept; it may be written again.");
        }
    }
}
