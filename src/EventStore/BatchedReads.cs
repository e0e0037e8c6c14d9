// Reads of many users that wait together are one round trip or one transaction, as appends are.
using System.Threading.Channels;

namespace BankEzy.Sessions.EventStore;

/// <summary>Answers questions of one kind in batches: what comes while a batch is under way is the next batch.</summary>
/// <typeparam name="TAsked">What one caller asks.</typeparam>
/// <typeparam name="TAnswer">What it gets.</typeparam>
internal sealed class BatchedReads<TAsked, TAnswer> : IDisposable
{
    private const int Loops = 2;
    private const int BatchMax = 64;

    private readonly Func<IReadOnlyList<TAsked>, ValueTask<IReadOnlyList<TAnswer>>> read;
    private readonly int queueMax;
    private readonly TimeSpan timeout;
    private readonly Channel<Job> waiting;

    /// <summary>Starts to wait for questions.</summary>
    /// <param name="read">Answers a batch: an answer for each question, in their order.</param>
    /// <param name="queueMax">The most questions that wait.</param>
    /// <param name="timeout">How long an answer is waited for, in the queue and out of it.</param>
    public BatchedReads(
        Func<IReadOnlyList<TAsked>, ValueTask<IReadOnlyList<TAnswer>>> read, int queueMax, TimeSpan timeout)
    {
        (this.read, this.queueMax, this.timeout) = (read, queueMax, timeout);
        waiting = Channel.CreateBounded<Job>(queueMax);
        for (var loop = 0; loop < Loops; loop++)
        {
            _ = Task.Run(Run);
        }
    }

    /// <summary>Asks.</summary>
    /// <exception cref="StoreUnavailableException">Too many wait, or the log cannot be read in time.</exception>
    public async Task<TAnswer> Ask(TAsked asked, CancellationToken cancellation)
    {
        var job = new Job(asked);
        if (!waiting.Writer.TryWrite(job))
        {
            throw new StoreUnavailableException(
                $"The store is busy or shutting down: {queueMax} reads wait at most. Ask again in a moment.");
        }

        try
        {
            return await job.Task.WaitAsync(timeout, TimeProvider.System, cancellation);
        }
        catch (TimeoutException late)
        {
            throw new StoreUnavailableException($"The log could not be read within {timeout.TotalSeconds} s. Ask again in a moment.", late);
        }
        finally
        {
            job.TrySetCanceled(CancellationToken.None); // Nobody waits for it any more: it is left out of the next batch.
        }
    }

    /// <summary>Answers what waits and takes nothing more.</summary>
    public void Dispose() => waiting.Writer.TryComplete();

    private async Task Run()
    {
        var batch = new List<Job>(BatchMax);
        while (await waiting.Reader.WaitToReadAsync())
        {
            while (batch.Count < BatchMax && waiting.Reader.TryRead(out var job))
            {
                if (!job.Task.IsCompleted)
                {
                    batch.Add(job);
                }
            }

            if (batch.Count > 0)
            {
                await Answer(batch);
                batch.Clear();
            }
        }
    }

    private async Task Answer(List<Job> batch)
    {
        try
        {
            var answers = await read(batch.ConvertAll(static job => job.Asked));
            for (var number = 0; number < batch.Count; number++)
            {
                batch[number].TrySetResult(answers[number]);
            }
        }
        catch (Exception failure)
        {
            foreach (var job in batch)
            {
                job.TrySetException(new StoreUnavailableException(failure.Message, failure));
            }
        }
    }

    private sealed class Job(TAsked asked) : TaskCompletionSource<TAnswer>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public TAsked Asked => asked;
    }
}
