// A front end without grains: a client of the cluster's silos. It finds them in the cluster's table, and again after it has lost them.
using BankEzy.Sessions.Silo.Configuration;
using Orleans.Configuration;
using Orleans.Serialization;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class ClientConfiguration
{
    /// <summary>How often a client looks for silos that have joined.</summary>
    public static readonly TimeSpan GatewayList = TimeSpan.FromSeconds(2);

    /// <summary>A dead silo refuses a connection at once; one that is cut off lets the caller wait.</summary>
    public static void Set(ConnectionOptions connection)
    {
        connection.OpenConnectionTimeout = TimeSpan.FromSeconds(2);
        connection.ConnectionRetryDelay = TimeSpan.FromMilliseconds(250);
    }

    public static void Configure(IClientBuilder client, Settings settings)
    {
        var cluster = settings.Cluster;
        client.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        client.UseAdoNetClustering(database =>
            (database.Invariant, database.ConnectionString) = SiloConfiguration.Database(cluster.PostgresConnection!));
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = settings.Grains.CallTimeout);
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = GatewayList);
        client.Configure<ConnectionOptions>(Set);
        client.Configure<ExceptionSerializationOptions>(SiloConfiguration.LetCross);
        client.UseConnectionRetryFilter(static async (_, cancellation) =>
        {
            await Task.Delay(GatewayList, TimeProvider.System, cancellation);
            return true;
        });
        client.Services.AddSingleton<GatewayCountChangedHandler>(static services =>
        {
            var connection = services.GetRequiredService<ClusterConnection>();
            return (_, change) => connection.Count(change.NumberOfConnectedGateways);
        });
        ClusterTlsSetup.Configure(client, cluster.Tls);
    }
}
