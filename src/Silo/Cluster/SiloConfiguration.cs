// A silo's options. What differs from Orleans' own default says why; docs/decisions/0008-orleans-engine.md has the figures.
using System.Net;
using BankEzy.Sessions.Silo.Cluster.Streams;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Users;
using Npgsql;
using Orleans.Configuration;
using Orleans.Metadata;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class SiloConfiguration
{
    private const string Npgsql = "Npgsql";

    public static void Configure(
        HostApplicationBuilder builder, IServiceProvider services, Func<Grain> user, GrainSettings options, ClusterSettings cluster) =>
        builder.UseOrleans(silo =>
        {
            Place(silo, user);
            Find(silo, cluster);
            Limit(silo, options);
            Watch(silo);
            ClusterTlsSetup.Configure(silo, cluster.Tls);
            if (cluster.Streams)
            {
                SignOutStreamProvider.Publish(silo, services, cluster);
            }
        });

    /// <summary>The database of the cluster, on few connections of its own.</summary>
    public static (string Invariant, string ConnectionString) Database(string connection) => (
        Npgsql,
        new NpgsqlConnectionStringBuilder(connection)
        {
            ApplicationName = "bankezy-sessions-cluster", MaxPoolSize = 4, Timeout = 2, CommandTimeout = 2, Enlist = false,
            IncludeErrorDetail = false,
        }.ConnectionString);

    // A user's grain lives where it was first asked for. A client sends all calls of a user to one gateway, so that is most often the silo
    // which the next call reaches as well; anything else would add a hop between silos to every call.
    private static void Place(ISiloBuilder silo, Func<Grain> user)
    {
        silo.Services.AddSingleton<PlacementStrategy, PreferLocalPlacement>();
        silo.Services.AddSingleton<IConfigureGrainTypeComponents>(
            provider => new UserGrains(provider.GetRequiredService<GrainClassMap>(), user));
    }

    private static void Find(ISiloBuilder silo, ClusterSettings cluster)
    {
        var siloPort = FreePorts.Or(cluster.SiloPort, cluster.Address);
        var gatewayPort = FreePorts.Or(cluster.GatewayPort, cluster.Address);
        if (cluster.PostgresConnection is { } connection)
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
            silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = Database(connection));
        }
        else
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, primarySiloEndpoint: null, cluster.ServiceId, cluster.ClusterId);
        }

        silo.Configure<EndpointOptions>(options =>
        {
            options.AdvertisedIPAddress = cluster.Address;
            (options.SiloPort, options.GatewayPort) = (siloPort, gatewayPort);
            options.SiloListeningEndpoint = new IPEndPoint(cluster.Address, siloPort);
            options.GatewayListeningEndpoint = new IPEndPoint(cluster.Address, gatewayPort);
        });
    }

    private static void Limit(ISiloBuilder silo, GrainSettings options)
    {
        silo.Configure<SiloMessagingOptions>(messaging =>
        {
            messaging.ResponseTimeout = options.CallTimeout;
            messaging.SystemResponseTimeout = options.CallTimeout;
            messaging.MaxEnqueuedRequestsHardLimit = options.MailboxMax; // one more is refused at once: LimitExceededException
        });
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.CollectionAge = options.CollectionAge;
            collection.CollectionQuantum = TimeSpan.FromSeconds(Math.Clamp(options.CollectionAge.TotalSeconds / 16, 0.5, 60));
            collection.ActivationTimeout = options.CallTimeout; // nobody waits longer for it
            collection.EnableActivationSheddingOnMemoryPressure = true; // Orleans counts memory where the embedded engine counts users
        });
    }

    // How fast a dead silo is known: see the decision. Every value is a compromise between a pause that is no death and users who wait.
    private static void Watch(ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = MembershipTimings.Probe;
            membership.NumMissedProbesLimit = MembershipTimings.MissedProbes;
            membership.TableRefreshTimeout = TimeSpan.FromSeconds(5); // gossip is what tells; this is for what gossip missed
            membership.IAmAliveTablePublishTimeout = MembershipTimings.Heartbeat;
            membership.NumMissedTableIAmAliveLimit = MembershipTimings.MissedHeartbeats;
            membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(60); // then the process ends and says why
            membership.DefunctSiloExpiration = TimeSpan.FromDays(1);
        });
        silo.Configure<ConnectionOptions>(MembershipTimings.Set);
    }

    // The service makes its own grains, as the embedded engine does: they stand on the service's log and clock, not on Orleans'.
    private sealed class UserGrains(GrainClassMap classes, Func<Grain> user) : IConfigureGrainTypeComponents, IGrainActivator
    {
        public void Configure(GrainType grainType, GrainProperties properties, GrainTypeSharedContext shared)
        {
            if (classes.TryGetGrainClass(grainType, out var grain) && grain == typeof(UserGrain))
            {
                shared.SetComponent<IGrainActivator>(this);
            }
        }

        public object CreateInstance(IGrainContext context) => user();

        public ValueTask DisposeInstance(IGrainContext context, object instance) => ValueTask.CompletedTask;
    }
}
