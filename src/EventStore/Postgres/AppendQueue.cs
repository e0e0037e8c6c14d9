// Which appends may share a batch.
namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>A stream is in a batch once; what comes later for it is decided after it, by the next batch.</summary>
internal sealed class AppendQueue(PostgresOptions options) : GroupCommitQueue<AppendJob>(options.BatchMax, options.QueueMax, options.Clock)
{
    /// <summary>The most events of a batch of several appends: the server has to be done with it within the time-out.</summary>
    private const int BatchEventsMax = 4_000;

    private readonly HashSet<string> _streams = [];
    private int _events;

    /// <inheritdoc/>
    protected override void BeginBatch()
    {
        _streams.Clear();
        _events = 0;
    }

    /// <inheritdoc/>
    protected override bool Fits(AppendJob job)
    {
        if (job.Append is not { } append)
        {
            return true;
        }

        if ((_events > 0 && _events + append.Events.Count > BatchEventsMax) || !_streams.Add(append.Stream))
        {
            return false;
        }

        _events += append.Events.Count;
        return true;
    }
}
