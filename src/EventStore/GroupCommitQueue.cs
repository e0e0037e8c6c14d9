// The writes that wait for a writer, and whether more of them are taken.
namespace BankEzy.Sessions.EventStore;

/// <summary>A queue that callers of any thread fill and one writer empties, a batch at a time.</summary>
/// <typeparam name="TJob">A write.</typeparam>
/// <param name="batchMax">The most writes of a batch.</param>
/// <param name="queueMax">The most writes that wait.</param>
/// <param name="clock">Measures the pause after a failure.</param>
internal abstract class GroupCommitQueue<TJob>(int batchMax, int queueMax, TimeProvider clock) : IDisposable
    where TJob : PendingWrite
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Queue<TJob> _waiting = new();
    private readonly Queue<TJob> _held = new();
    private readonly AutoResetEvent _wake = new(initialState: false);
    private StoreUnavailableException? _fault;
    private long _faultAt;
    private bool _refusing;
    private bool _closed;

    /// <summary>Why the store could not be used at the last try; null where it could.</summary>
    public StoreUnavailableException? Fault => Volatile.Read(ref _fault);

    /// <summary>Queues a write.</summary>
    /// <exception cref="StoreUnavailableException">Too many wait, or the store could not be used a moment ago.</exception>
    public ValueTask<AppendOutcome> Enqueue(TJob job)
    {
        lock (_gate)
        {
            ThrowIfRefusing();
            _waiting.Enqueue(job);
            if (_waiting.Count == 1)
            {
                _wake.Set();
            }
        }

        return job.Outcome;
    }

    /// <summary>Refuses what comes, until <see cref="Accept"/>.</summary>
    public void RefuseUntilFurtherNotice(StoreUnavailableException why) => SetFault(why, isForGood: true);

    /// <summary>Refuses what comes for a second; then a write may try the store again.</summary>
    public void RefuseForAMoment(StoreUnavailableException why) => SetFault(why, isForGood: false);

    /// <summary>Takes writes again.</summary>
    public void Accept()
    {
        lock (_gate)
        {
            (_fault, _refusing) = (null, false);
        }
    }

    /// <summary>Takes nothing more; what waits can still be taken out.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            _wake.Set();
        }
    }

    /// <summary>Everything that waits.</summary>
    public TJob[] TakeAll()
    {
        lock (_gate)
        {
            TJob[] all = [.. _held, .. _waiting];
            _held.Clear();
            _waiting.Clear();
            return all;
        }
    }

    /// <summary>Fills the next batch; false when the queue is closed and empty.</summary>
    /// <param name="batch">The batch; it stays empty when nothing came.</param>
    /// <param name="idle">How long a first write is waited for.</param>
    /// <remarks>Waits for nothing else: what arrives while a batch is committed is the next batch.</remarks>
    public bool Take(List<TJob> batch, TimeSpan idle)
    {
        while (true)
        {
            lock (_gate)
            {
                TakeWaiting(batch);
                if (batch.Count > 0 || _closed)
                {
                    return batch.Count > 0;
                }
            }

            // A wake may be for what the last batch took already, and says nothing of idleness: the wait begins again.
            if (!_wake.WaitOne(idle))
            {
                return true;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _wake.Dispose();

    /// <summary>Begins a new batch.</summary>
    protected abstract void BeginBatch();

    /// <summary>Whether a write may be a part of the batch that was begun; if not, it waits for the next one.</summary>
    protected abstract bool Fits(TJob job);

    private void ThrowIfRefusing()
    {
        if (_closed)
        {
            throw new StoreUnavailableException("The store is shutting down: ask another node, or again after the restart.");
        }

        if (_waiting.Count + _held.Count >= queueMax)
        {
            throw new StoreUnavailableException($"The store is busy: {queueMax} writes wait already. Ask again in a moment.");
        }

        if (_fault is { } known && (_refusing || clock.GetElapsedTime(_faultAt) < Moment))
        {
            throw new StoreUnavailableException(known.Message, known);
        }
    }

    private void TakeWaiting(List<TJob> batch)
    {
        BeginBatch();
        for (var count = _held.Count; count > 0; count--)
        {
            Place(_held.Dequeue());
        }

        while (batch.Count < batchMax && _held.Count < batchMax && _waiting.TryDequeue(out var job))
        {
            Place(job);
        }

        void Place(TJob job)
        {
            if (batch.Count < batchMax && Fits(job))
            {
                batch.Add(job);
            }
            else
            {
                _held.Enqueue(job);
            }
        }
    }

    private void SetFault(StoreUnavailableException why, bool isForGood)
    {
        lock (_gate)
        {
            (_fault, _refusing, _faultAt) = (why, isForGood, clock.GetTimestamp());
        }
    }
}
