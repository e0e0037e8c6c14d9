// Group commit: a thread takes all appends that wait, stores them with one round trip and one commit, and lets them go.
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>A connection that only appends, on a thread of its own.</summary>
internal sealed class PostgresWriter : IDisposable
{
    /// <summary>The most events of a batch of several appends: the server has to be done with it within the time-out.</summary>
    private const int BatchEventsMax = 4_000;

    private static readonly TimeSpan ConnectPause = TimeSpan.FromSeconds(1);

    private readonly PostgresStoreOptions options;
    private readonly PostgresConnections connections;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private readonly Queue<PostgresJob> waiting = new();
    private readonly Queue<PostgresJob> held = new();
    private readonly HashSet<string> streams = [];
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly ManualResetEvent stop = new(initialState: false);
    private readonly Thread thread;
    private PostgresSession? session;
    private StoreUnavailableException? fault;
    private long faultAt;
    private bool recovering;
    private bool stopping;

    /// <summary>Connects and starts the thread.</summary>
    /// <exception cref="StoreUnavailableException">The server cannot be used.</exception>
    public PostgresWriter(PostgresStoreOptions options, PostgresConnections connections, ILogger logger)
    {
        this.options = options;
        this.connections = connections;
        this.logger = logger;
        if (!TryConnect())
        {
            throw fault!;
        }

        thread = new Thread(Run) { Name = "PostgreSQL writer", IsBackground = true };
        thread.Start();
    }

    /// <summary>True after a failure, until the server can be used again.</summary>
    public bool IsFaulty => Volatile.Read(ref fault) is not null;

    /// <summary>Queues an append, or null to have the server tried.</summary>
    /// <exception cref="StoreUnavailableException">Too many wait, or the server could not be used a moment ago.</exception>
    public Task<AppendOutcome> Enqueue(Append? append)
    {
        var job = new PostgresJob(append);
        lock (gate)
        {
            ThrowIfRefusing();
            waiting.Enqueue(job);
            if (waiting.Count == 1)
            {
                wake.Set();
            }
        }

        return job.Task;
    }

    /// <summary>Stores what waits, then closes the connection.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            stop.Set();
            wake.Set();
        }

        thread.Join();
        wake.Dispose();
        stop.Dispose();
    }

    private void ThrowIfRefusing()
    {
        if (stopping)
        {
            throw new StoreUnavailableException("The store is shutting down: ask another node, or again after the restart.");
        }

        if (waiting.Count + held.Count >= options.QueueMax)
        {
            throw new StoreUnavailableException($"The store is busy: {options.QueueMax} appends wait already. Ask again in a moment.");
        }

        if (fault is { } known && (recovering || options.Clock.GetElapsedTime(faultAt) < ConnectPause))
        {
            throw new StoreUnavailableException(known.Message, known);
        }
    }

    private void Run()
    {
        var batch = new List<PostgresJob>(options.BatchMax);
        while (Take(batch))
        {
            StoreOrRefuse(batch);
            batch.Clear();
        }

        Abandon();
    }

    // Waits for nothing but a first append: what arrives while a batch is committed is the next batch.
    private bool Take(List<PostgresJob> batch)
    {
        while (true)
        {
            lock (gate)
            {
                TakeWaiting(batch);
                if (batch.Count > 0 || stopping)
                {
                    return batch.Count > 0;
                }
            }

            wake.WaitOne();
        }
    }

    // A stream is in a batch once; what comes later for it is judged after it, by the next batch.
    private void TakeWaiting(List<PostgresJob> batch)
    {
        streams.Clear();
        var events = 0;
        for (var count = held.Count; count > 0; count--)
        {
            Place(held.Dequeue());
        }

        while (batch.Count < options.BatchMax && events < BatchEventsMax && waiting.TryDequeue(out var job))
        {
            Place(job);
        }

        void Place(PostgresJob job)
        {
            var fits = batch.Count < options.BatchMax && (events == 0 || events + job.Append?.Events.Count <= BatchEventsMax);
            if (job.Append is null || (fits && streams.Add(job.Append.Stream)))
            {
                batch.Add(job);
                events += job.Append?.Events.Count ?? 0;
            }
            else
            {
                held.Enqueue(job);
            }
        }
    }

    private void StoreOrRefuse(List<PostgresJob> batch)
    {
        if (session is not null || TryConnect())
        {
            Store(batch);
        }
        else
        {
            Refuse(batch, fault!);
            RefuseWaiting(fault!);
        }
    }

    private void Store(List<PostgresJob> batch)
    {
        batch.RemoveAll(static job => job.Append is null && job.TrySetResult(AppendOutcome.Appended));
        if (batch.Count == 0)
        {
            return;
        }

        AppendOutcome[] outcomes;
        try
        {
            outcomes = session!.Store(batch, options.Patience);
        }
        catch (Exception failure)
        {
            Recover(batch, failure);
            return;
        }

        for (var number = 0; number < batch.Count; number++)
        {
            batch[number].SetResult(outcomes[number]);
        }
    }

    private void Recover(List<PostgresJob> batch, Exception failure)
    {
        var explained = PostgresFault.Explain(failure, connections.Server);
        if (!PostgresFault.IsSurelyRolledBack(failure))
        {
            PostgresLog.AnswerLost(logger, batch.Count, explained);
            Resolve(batch, explained);
        }
        else if (batch.Count > 1 && PostgresFault.IsCausedByContent(failure))
        {
            StoreOneByOne(batch);
        }
        else
        {
            PostgresLog.BatchRefused(logger, batch.Count, explained);
            Abandon();
            Refuse(batch, explained);
        }
    }

    // What cannot be stored must not take its neighbours with it.
    private void StoreOneByOne(List<PostgresJob> batch)
    {
        foreach (var job in batch.ToArray())
        {
            StoreOrRefuse([job]);
        }
    }

    // Nobody else waits for this: who has not been sent yet is refused, and who comes meanwhile is refused at once.
    private void Resolve(List<PostgresJob> batch, StoreUnavailableException why)
    {
        lock (gate)
        {
            recovering = true;
            SetFault(why);
        }

        RefuseWaiting(why);
        var lost = session!.Backend;
        Abandon();
        new PostgresReadBack(options, connections, stop, logger).Resolve(batch, lost, why);
        lock (gate)
        {
            recovering = false;
            fault = null;
        }
    }

    private void RefuseWaiting(StoreUnavailableException why)
    {
        PostgresJob[] refused;
        lock (gate)
        {
            refused = [.. held, .. waiting];
            held.Clear();
            waiting.Clear();
        }

        Refuse(refused, why);
    }

    private static void Refuse(IEnumerable<PostgresJob> jobs, StoreUnavailableException why)
    {
        foreach (var job in jobs)
        {
            job.SetException(new StoreUnavailableException(why.Message, why));
        }
    }

    private bool TryConnect()
    {
        try
        {
            Abandon();
            session = PostgresSession.Open(connections);
            Volatile.Write(ref fault, null);
            return true;
        }
        catch (Exception failure)
        {
            lock (gate)
            {
                SetFault(PostgresFault.Explain(failure, connections.Server));
            }

            PostgresLog.CannotConnect(logger, fault!);
            return false;
        }
    }

    private void SetFault(StoreUnavailableException why)
    {
        Volatile.Write(ref fault, why);
        faultAt = options.Clock.GetTimestamp();
    }

    private void Abandon()
    {
        session?.Dispose();
        session = null;
    }
}
