// The appends that wait for a writer, and whether more of them are taken.
namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>A queue that callers of any thread fill and one writer empties.</summary>
internal sealed class AppendQueue(PostgresOptions options) : IDisposable
{
    /// <summary>The most events of a batch of several appends: the server has to be done with it within the time-out.</summary>
    private const int BatchEventsMax = 4_000;

    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly Queue<AppendJob> waiting = new();
    private readonly Queue<AppendJob> held = new();
    private readonly HashSet<string> streams = [];
    private readonly AutoResetEvent wake = new(initialState: false);
    private StoreUnavailableException? fault;
    private long faultAt;
    private bool refusing;
    private bool closed;

    /// <summary>Why the server could not be used at the last try; null where it could.</summary>
    public StoreUnavailableException? Fault => Volatile.Read(ref fault);

    /// <summary>Queues an append, or null to have the server tried.</summary>
    /// <exception cref="StoreUnavailableException">Too many wait, or the server could not be used a moment ago.</exception>
    public ValueTask<AppendOutcome> Enqueue(Append? append)
    {
        var job = new AppendJob(append);
        lock (gate)
        {
            ThrowIfRefusing();
            waiting.Enqueue(job);
            if (waiting.Count == 1)
            {
                wake.Set();
            }
        }

        return job.Outcome;
    }

    /// <summary>Refuses what comes, until <see cref="Accept"/>.</summary>
    public void RefuseUntilFurtherNotice(StoreUnavailableException why) => SetFault(why, forGood: true);

    /// <summary>Refuses what comes for a second; then an append may try the server again.</summary>
    public void RefuseForAMoment(StoreUnavailableException why) => SetFault(why, forGood: false);

    /// <summary>Takes appends again.</summary>
    public void Accept()
    {
        lock (gate)
        {
            (fault, refusing) = (null, false);
        }
    }

    /// <summary>Takes nothing more; what waits can still be taken out.</summary>
    public void Close()
    {
        lock (gate)
        {
            closed = true;
            wake.Set();
        }
    }

    /// <summary>Everything that waits.</summary>
    public AppendJob[] TakeAll()
    {
        lock (gate)
        {
            AppendJob[] all = [.. held, .. waiting];
            held.Clear();
            waiting.Clear();
            return all;
        }
    }

    /// <summary>Fills the next batch; false when the queue is closed and empty.</summary>
    /// <remarks>Waits for nothing but a first append: what arrives while a batch is committed is the next batch.</remarks>
    public bool Take(List<AppendJob> batch)
    {
        while (true)
        {
            lock (gate)
            {
                TakeWaiting(batch);
                if (batch.Count > 0 || closed)
                {
                    return batch.Count > 0;
                }
            }

            wake.WaitOne();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => wake.Dispose();

    private void ThrowIfRefusing()
    {
        if (closed)
        {
            throw new StoreUnavailableException("The store is shutting down: ask another node, or again after the restart.");
        }

        if (waiting.Count + held.Count >= options.QueueMax)
        {
            throw new StoreUnavailableException($"The store is busy: {options.QueueMax} appends wait already. Ask again in a moment.");
        }

        if (fault is { } known && (refusing || options.Clock.GetElapsedTime(faultAt) < Moment))
        {
            throw new StoreUnavailableException(known.Message, known);
        }
    }

    // A stream is in a batch once; what comes later for it is checked after it, by the next batch.
    private void TakeWaiting(List<AppendJob> batch)
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

        void Place(AppendJob job)
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

    private void SetFault(StoreUnavailableException why, bool forGood)
    {
        lock (gate)
        {
            (fault, refusing, faultAt) = (why, forGood, options.Clock.GetTimestamp());
        }
    }
}
