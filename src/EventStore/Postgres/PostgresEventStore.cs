// The event store of several nodes: one PostgreSQL database, of which any number of processes may be a part.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>The event store in a PostgreSQL database.</summary>
internal sealed class PostgresEventStore : IEventStore, IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(0.25);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly ConnectionSources connections;
    private readonly AppendNotifications signal;
    private readonly AppendWriter writer;
    private readonly Reader reader;
    private readonly BatchedReads<(string Stream, int Shape), StreamHistory> loads;
    private readonly BatchedReads<StreamTail, IReadOnlyList<StoredEvent>> tails;
    private readonly BatchedReads<(string Stream, IReadOnlyList<CommandId> Commands), bool> probes;
    private readonly ServerWatch watch;
    private bool disposed;

    private PostgresEventStore(ConnectionSources connections, PostgresOptions options, ILogger logger)
    {
        this.connections = connections;
        reader = new Reader(connections);
        signal = new AppendNotifications(connections, reader, logger);
        loads = new(reader.Load, options.QueueMax, options.Patience);
        tails = new(reader.ReadTails, options.QueueMax, options.Patience);
        probes = new(reader.HasCommands, options.QueueMax, options.Patience);
        try
        {
            writer = new AppendWriter(options, connections, signal, logger);
            watch = new ServerWatch(options, reader, writer, connections.Server, logger);
        }
        catch
        {
            loads.Dispose();
            tails.Dispose();
            probes.Dispose();
            signal.Dispose();
            throw;
        }
    }

    /// <summary>Makes or updates the tables, connects and checks the server.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used; the message says why and what to do.</exception>
    public static PostgresEventStore Open(PostgresOptions options, ILogger<PostgresEventStore> logger)
    {
        var (started, pause) = (options.Clock.GetTimestamp(), FirstPause);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return OpenOnce(options, logger);
            }
            catch (StoreUnavailableException failure) when (
                ErrorTranslation.MayPass(failure) && options.Clock.GetElapsedTime(started) + pause < options.StartTimeout)
            {
                var left = options.StartTimeout - options.Clock.GetElapsedTime(started);
                Log.NotYet(logger, attempt, pause.TotalSeconds, Math.Round(left.TotalSeconds, 1), failure);
                using var never = new ManualResetEventSlim();
                never.Wait(pause, CancellationToken.None);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }

    private static PostgresEventStore OpenOnce(PostgresOptions options, ILogger logger)
    {
        var opened = ConnectionSources.Create(options);
        try
        {
            Migrations.Run(options, opened.Server, logger);
            return new PostgresEventStore(opened, options, logger);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>True: any number of nodes.</summary>
    public bool IsShared => true;

    /// <inheritdoc/>
    public ValueTask<AppendOutcome> Append(Append append)
    {
        watch.CheckAppend(append.At);
        return writer.Enqueue(append);
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasCommands(string stream, IReadOnlyList<CommandId> commands, CancellationToken cancellation) =>
        new(probes.Ask((stream, commands), cancellation));

    /// <inheritdoc/>
    public ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation) =>
        reader.GetOrAddProperty(name, value, cancellation);

    /// <inheritdoc/>
    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation) =>
        new(loads.Ask((stream, snapshotShape), cancellation));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(string stream, long afterVersion, int max, CancellationToken cancellation) =>
        new(tails.Ask(new StreamTail(stream, afterVersion, max), cancellation));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        reader.ReadFeed(after, max, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation) =>
        reader.FindStreams(key, prefix, max, cancellation);

    /// <inheritdoc/>
    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => reader.FindEnd(cancellation);

    /// <inheritdoc/>
    public LogTime Time => watch.Time;

    /// <inheritdoc/>
    public void CheckTime(DateTimeOffset time) => watch.CheckTime(time);

    /// <inheritdoc/>
    public Task NextAppend() => signal.Next;

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        reader.ReadDue(now, max, cancellation);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DueStream>> ReadWaiting(DueStream? after, int max, CancellationToken cancellation) =>
        reader.ReadWaiting(after, max, cancellation);

    /// <inheritdoc/>
    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation) => reader.WriteSnapshot(snapshot, cancellation);

    /// <inheritdoc/>
    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation) =>
        reader.SetDue(handled, nextDue, cancellation);

    /// <summary>Returns when the server can be used. After a failure this is also what makes the writer try again.</summary>
    /// <param name="cancellation">Stops the check.</param>
    /// <exception cref="StoreUnavailableException">It cannot; the message says why and what to do.</exception>
    public async ValueTask CheckHealth(CancellationToken cancellation)
    {
        watch.CheckHealth();
        if (writer.IsFaulty)
        {
            await writer.Enqueue(null);
        }

        await reader.ReadFeed(FeedCursor.Start, 1, cancellation);
    }

    /// <summary>Refuses new appends, stores what waits and closes the connections.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, true))
        {
            return;
        }

        watch.Dispose();
        writer.Dispose();
        loads.Dispose();
        tails.Dispose();
        probes.Dispose();
        signal.Dispose();
        connections.Dispose();
    }
}
