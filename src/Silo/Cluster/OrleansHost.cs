// Orleans beside the service, in a host of its own: the two share a process, a log and nothing else. So the service's clock does not
// drive Orleans' protocols, Orleans does not hold up the front end while no silo can be reached, and it leaves only after the last answer.
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>A silo of Orleans, or a client of its silos, with the life of the host.</summary>
internal sealed partial class OrleansHost : IHostedService, IAsyncDisposable
{
    private readonly IHost host;
    private readonly ClusterConnection? reach;
    private readonly bool hasTable;
    private readonly ILogger<OrleansHost> logger;
    private readonly IHostApplicationLifetime? life;
    private readonly CancellationTokenSource stopping = new();
    private Task connecting = Task.CompletedTask; // of a client: ends when it knows a silo, and what grains there are

    public OrleansHost(IServiceProvider services, Func<IServiceProvider, Grain> user, GrainSettings options, ClusterSettings cluster)
    {
        logger = services.GetRequiredService<ILogger<OrleansHost>>();
        life = services.GetService<IHostApplicationLifetime>();
        var builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Services.AddSingleton<ILoggerFactory>(new RedactingLoggerFactory(services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton<IOutgoingGrainCallFilter, GrainCallErrorFilter>();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        if (cluster.Role == NodeRole.Api)
        {
            reach = new ClusterConnection();
            ClientConfiguration.Configure(builder, options, cluster, reach);
        }
        else
        {
            SiloConfiguration.Configure(builder, services, () => user(services), options, cluster);
        }

        hasTable = cluster.PostgresConnection is not null;
        host = builder.Build();
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        Grains = reach is null ? grains : ReachableGrains.Of(grains, () => connecting.IsCompletedSuccessfully);
    }

    /// <summary>Gives references to grains. A call before the engine has found the cluster fails at once.</summary>
    public IGrainFactory Grains { get; }

    /// <summary>Orleans' own services.</summary>
    public IServiceProvider Services => host.Services;

    /// <summary>Returns when a call could get through. A client that has lost its silos looks for one when it has something to say, so it
    /// is given something.</summary>
    public async ValueTask CheckReachable(CancellationToken cancellation)
    {
        if (!connecting.IsCompletedSuccessfully)
        {
            throw ClusterConnection.Nobody();
        }

        if (reach is { IsThere: false })
        {
            var cluster = host.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0);
            await cluster.GetHosts(onlyActive: true, cancellation).WaitAsync(MembershipTimings.GatewayList, cancellation);
        }
    }

    /// <summary>Starts the silo and joins the cluster. A client does not hold up the start: it connects when there is somebody.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (reach is not null)
        {
            connecting = Connect();
            return;
        }

        if (hasTable)
        {
            await JoinAfterFullStop.Wait(host.Services.GetRequiredService<IMembershipTable>(), cancellationToken);
        }

        await host.StartAsync(cancellationToken);
    }

    /// <summary>Ends the activations, hands over what the silo held and leaves the cluster. The listeners have stopped before: hosted
    /// services stop in reverse order.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await stopping.CancelAsync();
        await connecting.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await host.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (host is IAsyncDisposable disposable)
        {
            await disposable.DisposeAsync();
        }

        stopping.Dispose();
    }

    private async Task Connect()
    {
        try
        {
            await host.StartAsync(stopping.Token);
        }
        catch (Exception e) when (stopping.IsCancellationRequested)
        {
            LogGaveUp(logger, e.GetType().Name);
        }
        catch (Exception e)
        {
            // What waiting cannot mend: a front end that will never reach a silo ends, and is started again.
            LogBroken(logger, e);
            life?.StopApplication();
            throw;
        }
    }

    [LoggerMessage(1004, LogLevel.Information, "Stopped before a silo was reached ({Kind}).")]
    private static partial void LogGaveUp(ILogger logger, string kind);

    [LoggerMessage(1007, LogLevel.Critical, "The cluster's client could not be started; this node ends.")]
    private static partial void LogBroken(ILogger logger, Exception exception);

    // The service's host is told by signals when to end, and ends this one.
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
