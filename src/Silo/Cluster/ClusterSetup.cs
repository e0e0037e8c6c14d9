// How the executable becomes a node: a silo of Orleans, or a client of the cluster's silos, in the service's own host.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class ClusterSetup
{
    /// <summary>Adds Orleans. Hosted services stop in the reverse order of their registration: the listeners, which come last, answer
    /// everything that they have before the node leaves the cluster.</summary>
    public static void AddCluster(this WebApplicationBuilder builder, Settings settings)
    {
        // The service's clock, which tests replace, must not drive Orleans' protocols: Orleans asks for its clocks by key.
        builder.Services.AddKeyedSingleton(KeyedService.AnyKey, TimeProvider.System);
        builder.Services.AddSingleton<UserGrains>().AddSingleton<IClusterSilos, ClusterSilos>();
        if (settings.Cluster.Role == NodeRole.Api)
        {
            AddClient(builder, settings);
        }
        else
        {
            AddSilo(builder, settings);
        }
    }

    private static void AddSilo(WebApplicationBuilder builder, Settings settings)
    {
        if (settings.Cluster.PostgresConnection is not null)
        {
            builder.Services.AddHostedService<AddressCheck>().AddHostedService<JoinAfterFullStop>();
        }

        builder.Services.AddSingleton<IClusterConnection, LocalSilo>();
        builder.Services.AddSingleton<OldestSilo>();
        builder.UseOrleans(silo => SiloConfiguration.Configure(silo, settings));
        builder.Services.AddSingleton<IFatalErrorHandler, FatalErrors>();
    }

    private static void AddClient(WebApplicationBuilder builder, Settings settings)
    {
        builder.Services.AddSingleton<ClusterConnection>();
        builder.Services.AddSingleton<IClusterConnection>(static services => services.GetRequiredService<ClusterConnection>());
        builder.UseOrleansClient(client => ClientConfiguration.Configure(client, settings));

        // Orleans' own service starts the client, and holds up the host until a silo was reached. Ours starts it beside the listeners.
        builder.Services.Remove(builder.Services.Last(static service => service.ServiceType == typeof(IHostedService)));
        builder.Services.AddHostedService(static services => services.GetRequiredService<ClusterConnection>());
    }

    // A silo is in the cluster before the listeners start, and until they have stopped.
    private sealed class LocalSilo : IClusterConnection
    {
        public bool IsConnected => true;

        public ValueTask Check(CancellationToken cancellation) => ValueTask.CompletedTask;
    }
}
