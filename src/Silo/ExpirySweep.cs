// Asks the log for users whose sessions may have reached a limit, and calls their grains. Expiry is an event like any other end.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Silo.Cluster;

namespace BankEzy.Sessions.Silo;

/// <summary>Ends sessions by their limits, also of users whom nobody asks about. One silo of the cluster does it.</summary>
/// <param name="store">Knows which streams are due.</param>
/// <param name="grains">Finds the users.</param>
/// <param name="oldest">Knows whether it is this silo.</param>
/// <param name="time">The clock of the limits.</param>
/// <param name="logger">Where a failed round is logged.</param>
internal sealed partial class ExpirySweep(
    IEventStore store, UserGrains grains, OldestSilo oldest, TimeProvider time, ILogger<ExpirySweep> logger) : BackgroundService
{
    private const int RoundMax = 1_000;
    private const int UsersAtOnce = 16; // as many share one commit of the log
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>One round: everything that is due at the time it starts. Nothing is, as long as nobody can say whether the machine started
    /// with a right clock: a session that ends by its limit ends for good.</summary>
    public async Task Sweep(CancellationToken cancellation)
    {
        if (!store.Time.IsSettled)
        {
            return;
        }

        var now = time.GetUtcNow();
        var failed = 0;
        IReadOnlyList<DueStream> due;
        do
        {
            due = await store.ReadDue(now, RoundMax, cancellation);
            var options = new ParallelOptions { MaxDegreeOfParallelism = UsersAtOnce, CancellationToken = cancellation };
            await Parallel.ForEachAsync(due, options, async (stream, stop) =>
            {
                if (await TryExpire(stream, now, stop) is { } failure && Interlocked.Increment(ref failed) == 1)
                {
                    LogFailed(logger, failure); // The next round tries again; until then limits hold all the same, checked at each use.
                }
            });
        }
        while (due.Count == RoundMax && failed == 0); // What failed stays due, and would be read again and again.

        if (failed > 1)
        {
            LogMoreFailed(logger, failed);
        }
    }

    // A user whose stream cannot be read must not keep the others' sessions alive.
    private async ValueTask<Exception?> TryExpire(DueStream stream, DateTimeOffset now, CancellationToken cancellation)
    {
        try
        {
            var reply = await grains.Find(stream.Stream).ExpireDue(new ExpireDue(now));
            await store.SetDue(stream, reply.NextDue, cancellation);
            return null;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            return e;
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        oldest.Repeat(Period, time, Sweep, failure => LogFailed(logger, failure), stoppingToken);

    [LoggerMessage(1201, LogLevel.Error, "A round of expiry failed; the next one tries again.")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(1202, LogLevel.Error, "{Failed} users' sessions could not be expired in this round; see the line before.")]
    private static partial void LogMoreFailed(ILogger logger, int failed);
}
