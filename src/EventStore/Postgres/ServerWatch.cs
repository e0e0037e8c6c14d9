// Looks at the server every few seconds, beside the appends: what was true of it when the node connected need not stay true.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>What the node knows of the server's clock.</summary>
internal sealed class ServerWatch : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private readonly PostgresOptions options;
    private readonly Reader reader;
    private readonly ILogger logger;
    private readonly StoreClock time;
    private readonly CancellationTokenSource stop = new();

    /// <summary>Starts to look.</summary>
    /// <param name="options">Whose clock is the server's, and whose the node's.</param>
    /// <param name="reader">What asks the server.</param>
    /// <param name="server">The server, for messages.</param>
    /// <param name="started">The server's time now.</param>
    /// <param name="logger">Where a failed look is reported.</param>
    public ServerWatch(PostgresOptions options, Reader reader, string server, DateTimeOffset started, ILogger logger)
    {
        (this.options, this.reader, this.logger) = (options, reader, logger);
        var elapsed = ElapsedTime.Of(options.ServerClock ?? TimeProvider.System);
        time = new StoreClock(elapsed, options.ServerClock?.GetUtcNow() ?? started, $"that of PostgreSQL at {server}");
        _ = Task.Run(Run);
    }

    /// <summary>Returns when the time of an append agrees with the server's.</summary>
    /// <exception cref="ClockException">It does not.</exception>
    public void CheckTime(DateTimeOffset at)
    {
        ObserveGiven();
        time.Check(at, "The time of a request, which is that of the node that received it,");
    }

    /// <summary>Returns when this node's clock agrees with the server's.</summary>
    /// <exception cref="ClockException">It does not.</exception>
    public void CheckClock()
    {
        ObserveGiven();
        time.Check(options.Clock.GetUtcNow(), "This node's clock");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
    }

    private void ObserveGiven()
    {
        if (options.ServerClock is { } given)
        {
            time.Observe(given.GetUtcNow());
        }
    }

    private async Task Run()
    {
        var token = stop.Token;
        while (!token.IsCancellationRequested)
        {
            await Task.Delay(Pause, TimeProvider.System, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                var seen = await reader.ReadTime(token);
                if (options.ServerClock is null)
                {
                    time.Observe(seen);
                }
            }
            catch (StoreUnavailableException failure)
            {
                Log.CannotLook(logger, failure);
            }
            catch (Exception) when (token.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
