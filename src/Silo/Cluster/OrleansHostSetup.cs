// How the executable gets the Orleans engine: the one method that has the same name for every engine.
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Registers the engine.</summary>
public static class EngineSetup
{
    /// <summary>Returns when grains can be reached.</summary>
    /// <param name="services">The services.</param>
    /// <param name="cancellation">Stops the check.</param>
    /// <exception cref="OrleansException">This is a front end that no silo answers.</exception>
    public static ValueTask CheckReachable(IServiceProvider services, CancellationToken cancellation) =>
        services.GetRequiredService<OrleansHost>().CheckReachable(cancellation);

    /// <summary>Adds a silo of Orleans, or a client of its silos, as <see cref="IGrainFactory"/>; it drains and leaves when the host
    /// stops.</summary>
    /// <param name="services">The services.</param>
    /// <param name="user">Makes a user's grain.</param>
    /// <param name="options">The limits; the defaults if there are none.</param>
    /// <param name="cluster">The node's part in the cluster; alone, on this machine, if there is none.</param>
    public static IServiceCollection UseGrains(
        this IServiceCollection services, Func<IServiceProvider, Grain> user, GrainSettings? options = null,
        ClusterSettings? cluster = null)
    {
        services.AddSingleton(provider => new OrleansHost(provider, user, options ?? GrainSettings.Default, cluster ?? new()));
        services.AddSingleton(static provider => provider.GetRequiredService<OrleansHost>().Grains);
        return services.AddHostedService(static provider => provider.GetRequiredService<OrleansHost>());
    }
}
