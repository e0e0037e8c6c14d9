// A front end without grains: a client of the cluster's silos. It finds them in the cluster's table, and again after it has lost them.
using BankEzy.Sessions.Silo.Configuration;
using Orleans.Configuration;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class ClientConfiguration
{
    public static void Configure(HostApplicationBuilder builder, GrainSettings options, ClusterSettings cluster, ClusterConnection reach) =>
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
            client.UseAdoNetClustering(database =>
                (database.Invariant, database.ConnectionString) = SiloConfiguration.Database(cluster.PostgresConnection!));
            client.Configure<ClientMessagingOptions>(messaging => messaging.ResponseTimeout = options.CallTimeout);
            client.Configure<GatewayOptions>(gateways => gateways.GatewayListRefreshPeriod = MembershipTimings.GatewayList);
            client.Configure<ConnectionOptions>(MembershipTimings.Set);
            client.UseConnectionRetryFilter(static async (_, cancellation) =>
            {
                await Task.Delay(MembershipTimings.GatewayList, TimeProvider.System, cancellation);
                return true;
            });
            client.AddGatewayCountChangedHandler((_, change) => reach.Gateways = change.NumberOfConnectedGateways);
            ClusterTlsSetup.Configure(client, cluster.Tls);
        });
}

/// <summary>Whether a client has a silo to speak with.</summary>
internal sealed class ClusterConnection
{
    private volatile int gateways;

    /// <summary>Silos that are connected.</summary>
    public int Gateways
    {
        get => gateways;
        set => gateways = value;
    }

    public bool IsThere => gateways > 0;

    public static OrleansException Nobody() => new("No silo of the cluster can be reached.");
}
