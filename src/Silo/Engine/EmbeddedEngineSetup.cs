// How the executable gets the embedded engine: the one method that has the same name for every engine.
namespace BankEzy.Sessions.Silo.Engine;

/// <summary>Registers the engine.</summary>
public static class EngineSetup
{
    /// <summary>What the engine is called in messages.</summary>
    public static string Name => "embedded";

    /// <summary>Whether nodes form a cluster, in which a front end may be without grains.</summary>
    public static bool HasClusters => false;

    /// <summary>Returns when grains can be reached: here always, as they are in this process.</summary>
    /// <param name="services">The services.</param>
    /// <param name="cancellation">Stops the check.</param>
    public static ValueTask CheckReachable(IServiceProvider services, CancellationToken cancellation)
    {
        _ = (services, cancellation);
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds the embedded engine as <see cref="IGrainFactory"/>; it drains when the host stops.</summary>
    /// <param name="services">The services.</param>
    /// <param name="user">Makes a user's grain.</param>
    /// <param name="options">The limits; the defaults if there are none.</param>
    /// <param name="cluster">Without a meaning here: there is no cluster.</param>
    public static IServiceCollection UseGrains(
        this IServiceCollection services, Func<IServiceProvider, Grain> user, EngineOptions? options = null,
        ClusterSettings? cluster = null)
    {
        _ = cluster;
        services.AddSingleton(provider => new EmbeddedEngine(
                options ?? new(),
                provider.GetService<TimeProvider>() ?? TimeProvider.System,
                provider.GetService<ILogger<EmbeddedEngine>>())
            .Add<IUserGrain>(() => user(provider), static (kind, key) => new UserGrainProxy(kind, key)));
        services.AddSingleton<IGrainFactory>(static provider => provider.GetRequiredService<EmbeddedEngine>());
        return services.AddHostedService<EngineDrain>();
    }
}

/// <summary>Drains the engine when the host stops. Hosted services stop in reverse order, so the listeners have stopped before.</summary>
internal sealed class EngineDrain(EmbeddedEngine engine) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);
}

/// <summary>What the engine has to say to its operator; never a key, as keys hold account numbers.</summary>
internal static partial class EngineLog
{
    [LoggerMessage(1001, LogLevel.Error, "A grain of {Kind} failed to deactivate; it is gone all the same")]
    internal static partial void DeactivationFailed(ILogger log, string kind, Exception fault);

    [LoggerMessage(1002, LogLevel.Error, "A timer's tick failed; the timer goes on")]
    internal static partial void TickFailed(ILogger log, Exception fault);
}
