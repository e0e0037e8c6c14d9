// A front end without grains: a client of the cluster's silos. It finds them in the cluster's table, and again after it has lost them.
using BankEzy.Sessions.Silo.Configuration;
using Orleans.Configuration;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class ClientConfiguration
{
    public static void Configure(IClientBuilder client, Settings settings)
    {
        var cluster = settings.Cluster;
        client.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
        client.UseAdoNetClustering(database =>
            (database.Invariant, database.ConnectionString) = SiloConfiguration.Database(cluster.PostgresConnection!));
        client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = settings.Grains.CallTimeout);
        client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = MembershipTimings.GatewayList);
        client.Configure<ConnectionOptions>(MembershipTimings.Set);
        client.UseConnectionRetryFilter(static async (_, cancellation) =>
        {
            await Task.Delay(MembershipTimings.GatewayList, TimeProvider.System, cancellation);
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
