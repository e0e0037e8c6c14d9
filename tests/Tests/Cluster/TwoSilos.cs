// A cluster of two silos in this process, on one log that a test holds in its hand: Orleans' TestingHost, with the service's own grains
// and the options that the service sets.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.DependencyInjection;
using Orleans.TestingHost;

namespace BankEzy.Sessions.Tests.Cluster;

/// <summary>Two silos with users.</summary>
internal sealed class TwoSilos : IAsyncDisposable
{
    private readonly InProcessTestCluster _cluster;
    private readonly InProcessSiloHandle[] _silos;

    private TwoSilos(InProcessTestCluster cluster) => (_cluster, _silos) = (cluster, [.. cluster.Silos]);

    /// <summary>Starts both; a call of either reaches a user wherever it lives.</summary>
    public static async Task<TwoSilos> Start(FaultyStore log, CancellationToken cancellation)
    {
        var builder = new InProcessTestClusterBuilder(initialSilosCount: 2);
        builder.ConfigureSilo((_, silo) =>
        {
            SiloConfiguration.ConfigureGrains(silo, new GrainSettings(1_000, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(10)));
            Dashboard.AddTo(silo, isOn: false);
            silo.Services.AddSingleton<IEventStore>(log).AddSingleton<OldestSilo>().AddSingleton<IProgramPolicies>(new ProgramPolicies([]));
            SessionsHost.AddUsers(silo.Services, new UserKey(new byte[UserKey.Size]));
        });
        var cluster = builder.Build();
        await cluster.DeployAsync(cancellation);
        return new TwoSilos(cluster);
    }

    /// <summary>A user, asked at one of the silos.</summary>
    public IUserGrain Ask(int silo, string user) => Grains(silo).GetGrain<IUserGrain>(user);

    /// <summary>The number of the silo that has the user's grain.</summary>
    public int HomeOf(string user)
    {
        Assert.True(_cluster.TryGetGrainContext(IdOf(user), out var grain), "The user is not in memory.");
        return Array.FindIndex(_silos, silo => silo.SiloAddress.Equals(grain.Address.SiloAddress));
    }

    /// <summary>Moves a user to another silo.</summary>
    public Task Move(string user, int silo) => _cluster.MigrateAsync(IdOf(user), _silos[silo].SiloAddress);

    /// <summary>Ends when the user's activation of this moment has ended.</summary>
    public Task EndOf(string user) => _cluster.WaitForDeactivationAsync(IdOf(user));

    /// <summary>Ends a silo without a farewell.</summary>
    public Task Kill(int silo, CancellationToken cancellation) => _cluster.KillSiloAsync(_silos[silo], cancellation);

    /// <summary>Whether a silo does what the cluster does once.</summary>
    public bool IsOldest(int silo) => _silos[silo].ServiceProvider.GetRequiredService<OldestSilo>().IsThisOne();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    private IGrainFactory Grains(int silo) => _silos[silo].ServiceProvider.GetRequiredService<IGrainFactory>();

    private static GrainId IdOf(string user) => GrainId.Create(GrainType.Create("user"), user);
}
