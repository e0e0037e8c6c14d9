// A front end's connection to the cluster. The listeners open before there is one: without a silo a probe can still ask for the reason.
using BankEzy.Sessions.Api;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Starts Orleans' client beside the listeners, and knows whether it has a silo to speak with.</summary>
/// <param name="services">Where the client is; it takes part in making it.</param>
/// <param name="life">Ends a node whose client cannot be started at all.</param>
/// <param name="logger">Where that is logged.</param>
internal sealed partial class ClusterConnection(
    IServiceProvider services, IHostApplicationLifetime life, ILogger<ClusterConnection> logger)
    : IHostedService, IClusterConnection, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _connecting = Task.CompletedTask; // ends when the client knows a silo, and what grains there are
    private volatile int _gateways;

    /// <inheritdoc/>
    public bool IsConnected => _connecting.IsCompletedSuccessfully;

    /// <summary>Takes note of how many silos are connected.</summary>
    public void Count(int gateways) => _gateways = gateways;

    /// <summary>Returns when a silo answers. A client that has lost its silos looks for one when it has something to say, so it is given
    /// something.</summary>
    public async ValueTask Check(CancellationToken cancellation)
    {
        if (!IsConnected)
        {
            throw new OrleansException("No silo of the cluster can be reached.");
        }

        if (_gateways == 0)
        {
            var cluster = services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
            await cluster.GetHosts(onlyActive: true, cancellation).WaitAsync(ClientConfiguration.GatewayList, cancellation);
        }
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _connecting = Connect();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _connecting.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Client().StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();

    private IHostedService Client() => (IHostedService)services.GetRequiredService<IClusterClient>();

    private async Task Connect()
    {
        try
        {
            await Client().StartAsync(_stopping.Token);
        }
        catch (Exception e) when (_stopping.IsCancellationRequested)
        {
            LogGaveUp(logger, e.GetType().Name);
            throw;
        }
        catch (Exception e)
        {
            // What waiting cannot repair: a front end that will never reach a silo ends, and is started again.
            LogBroken(logger, e);
            life.StopApplication();
            throw;
        }
    }

    [LoggerMessage(1004, LogLevel.Information, "Stopped before a silo was reached ({Kind}).")]
    private static partial void LogGaveUp(ILogger logger, string kind);

    [LoggerMessage(1007, LogLevel.Critical, "The cluster's client could not be started; this node ends.")]
    private static partial void LogBroken(ILogger logger, Exception exception);
}
