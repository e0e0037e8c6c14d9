// Asks the log for users whose sessions may have reached a limit, and tells their grains. Expiry is an event like any other end.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Silo;

/// <summary>Ends sessions by their limits, also of users whom nobody asks about.</summary>
/// <param name="store">Knows which streams are due.</param>
/// <param name="grains">Finds the users.</param>
/// <param name="time">The clock of the limits.</param>
/// <param name="logger">Where a failed round is told.</param>
public sealed partial class ExpirySweep(IEventStore store, UserGrains grains, TimeProvider time, ILogger<ExpirySweep> logger)
    : BackgroundService
{
    private const int RoundMax = 1_000;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    /// <summary>One round: everything that is due at the time it starts.</summary>
    public async Task Sweep(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var failed = 0;
        IReadOnlyList<DueStream> due;
        do
        {
            due = await store.ReadDue(now, RoundMax, cancellation);
            foreach (var stream in due)
            {
                failed += await TryExpire(stream, now, isFirst: failed == 0, cancellation) ? 0 : 1;
            }
        }
        while (due.Count == RoundMax && failed == 0); // What failed stays due, and would be read again for ever.

        if (failed > 1)
        {
            LogMoreFailed(logger, failed);
        }
    }

    // A user whose stream cannot be read must not keep the others' sessions alive.
    private async ValueTask<bool> TryExpire(DueStream stream, DateTimeOffset now, bool isFirst, CancellationToken cancellation)
    {
        try
        {
            var reply = await grains.Find(stream.Stream).ExpireDue(new ExpireDue(now));
            await store.SetDue(stream, reply.NextDue, cancellation);
            return true;
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested)
        {
            if (isFirst)
            {
                LogFailed(logger, e); // The next round tries again; until then limits hold all the same, judged at each use.
            }

            return false;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await Sweep(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(logger, e);
            }
        }
    }

    [LoggerMessage(1201, LogLevel.Error, "A round of expiry failed; the next one tries again.")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(1202, LogLevel.Error, "{Failed} users' sessions could not be expired in this round; see the line before.")]
    private static partial void LogMoreFailed(ILogger logger, int failed);
}
