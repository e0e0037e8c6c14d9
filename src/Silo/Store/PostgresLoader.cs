// Loads of many users that wait together are one round trip, as appends are.
using System.Threading.Channels;
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>Loads what it takes to rebuild streams' states.</summary>
internal sealed class PostgresLoader : IDisposable
{
    private const int Loops = 2;
    private const int BatchMax = 64;

    private readonly PostgresReader reader;
    private readonly int queueMax;
    private readonly Channel<Job> waiting;

    /// <summary>Starts to wait for loads.</summary>
    public PostgresLoader(PostgresReader reader, int queueMax)
    {
        this.reader = reader;
        this.queueMax = queueMax;
        waiting = Channel.CreateBounded<Job>(queueMax);
        for (var loop = 0; loop < Loops; loop++)
        {
            _ = Task.Run(Run);
        }
    }

    /// <summary>The snapshot of a shape and the events after it, their hashes checked.</summary>
    public Task<StreamHistory> Load(string stream, int shape)
    {
        var job = new Job(stream, shape);
        return waiting.Writer.TryWrite(job)
            ? job.Task
            : throw new StoreUnavailableException(
                $"The store is busy or shutting down: {queueMax} loads wait at most. Ask again in a moment.");
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
                batch.Add(job);
            }

            if (batch.Count > 0)
            {
                await Load(batch);
                batch.Clear();
            }
        }
    }

    private async Task Load(List<Job> batch)
    {
        try
        {
            var histories = await reader.Load([.. batch.Select(job => (job.Stream, job.Shape))]);
            for (var number = 0; number < batch.Count; number++)
            {
                batch[number].Finish(histories[number]);
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

    private sealed class Job(string stream, int shape)
        : TaskCompletionSource<StreamHistory>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string Stream => stream;

        public int Shape => shape;

        // Damage of one stream is its own.
        public void Finish(StreamHistory history)
        {
            try
            {
                HashChain.Check(history.Snapshot?.Head ?? default, history.Events);
                SetResult(history);
            }
            catch (StoreUnavailableException damage)
            {
                SetException(damage);
            }
        }
    }
}
