// A silo's options. What differs from Orleans' own default says why; docs/decisions/0008-orleans-engine.md has the reasons.
using System.Net;
using BankEzy.Sessions.Silo.Cluster.Streams;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.EventStore.Postgres;
using Orleans.Configuration;
using Orleans.Serialization;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class SiloConfiguration
{
    private const string Npgsql = "Npgsql";

    private const string Subscriptions = "PubSubStore";

    // By it the cluster's table distinguishes silos with users from others: clients use the gateways of these alone (003-cluster.sql).
    internal const string NamePrefix = "sessions-";

    public static void Configure(ISiloBuilder silo, Settings settings)
    {
        silo.Configure<SiloOptions>(static options => options.SiloName = $"{NamePrefix}{Environment.MachineName}-{Environment.ProcessId}");
        Find(silo, settings.Cluster);
        ConfigureGrains(silo, settings.Grains);
        ClusterTlsSetup.Configure(silo, settings.Cluster.Tls);
        Dashboard.AddTo(silo, settings.Dashboard);
        if (settings.Cluster.Streams)
        {
            SignOutStreamProvider.Publish(silo, settings.Cluster);
        }
    }

    /// <summary>Where users' grains live, what limits them, and how soon a dead silo's are looked for elsewhere.</summary>
    public static void ConfigureGrains(ISiloBuilder silo, GrainSettings grains)
    {
        // A user's grain lives where it was first asked for. A client sends all calls of a user to one gateway, so that is most often the
        // silo which the next call reaches as well; anything else would add a hop between silos to every call.
        silo.Services.AddSingleton<PlacementStrategy, PreferLocalPlacement>();
        silo.Services.Configure<ExceptionSerializationOptions>(LetCross);
        Limit(silo, grains);
        Watch(silo);
    }

    /// <summary>By itself Orleans carries only the framework's exceptions, and a caller on another node would read of a missing codec
    /// where the store has said what to do.</summary>
    public static void LetCross(ExceptionSerializationOptions exceptions) => exceptions.SupportedExceptionTypeFilter = static _ => true;

    /// <summary>The database of the cluster, on few connections of its own.</summary>
    public static (string Invariant, string ConnectionString) Database(string connection)
    {
        var text = ConnectionSources.ParseGuarded(connection, "ConnectionStrings__Sessions");
        text.ApplicationName = "bankezy-sessions-cluster";
        (text.MaxPoolSize, text.Timeout, text.CommandTimeout) = (4, 2, 2);

        // After a command without an answer the server is asked to cancel it. Where the network is silent nobody answers that either: then
        // all connections are given up at once, as the others lead through the same silence.
        text.CancellationTimeout = 500;
        return (Npgsql, text.ConnectionString);
    }

    private static void Find(ISiloBuilder silo, ClusterSettings cluster)
    {
        var siloPort = Ports.Choose("Sessions__Cluster__SiloPort", cluster.SiloPort, cluster.Address);
        var gatewayPort = Ports.Choose("Sessions__Cluster__GatewayPort", cluster.GatewayPort, cluster.Address);
        if (cluster.PostgresConnection is { } connection)
        {
            silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (cluster.ClusterId, cluster.ServiceId));
            silo.UseAdoNetClustering(options => (options.Invariant, options.ConnectionString) = Database(connection));
            silo.AddAdoNetGrainStorage(Subscriptions, options => (options.Invariant, options.ConnectionString) = Database(connection));
        }
        else
        {
            silo.UseLocalhostClustering(siloPort, gatewayPort, primarySiloEndpoint: null, cluster.ServiceId, cluster.ClusterId);
            silo.AddMemoryGrainStorage(Subscriptions); // nobody but this silo's own grains could subscribe
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
            messaging.GrainWorkloadAnalysisPeriod = TimeSpan.FromHours(1); // it walks over all users, for hints that nobody waits for
            messaging.MaxEnqueuedRequestsHardLimit = options.MailboxMax; // one more is refused at once: LimitExceededException
        });
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.CollectionAge = options.CollectionAge;
            collection.CollectionQuantum = TimeSpan.FromSeconds(Math.Clamp(options.CollectionAge.TotalSeconds / 16, 0.5, 60));
            collection.ActivationTimeout = options.CallTimeout; // nobody waits longer for it
            collection.EnableActivationSheddingOnMemoryPressure = true; // the longest idle users go first
        });
    }

    // How fast a dead silo is known: docs/decisions/0014-membership-times.md.
    // Each is a compromise between a pause that is no death and users who wait.
    private static void Watch(ISiloBuilder silo)
    {
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            MembershipTimings.Set(membership);
            membership.MaxJoinAttemptTime = TimeSpan.FromSeconds(60); // then the process ends and says why
            membership.DefunctSiloExpiration = TimeSpan.FromDays(1);
        });
        silo.Configure<ConnectionOptions>(ClientConfiguration.Set);
    }
}
