// The silos of the cluster, for people who look at it and before an incident.
namespace BankEzy.Sessions.Api;

/// <summary>Asks the cluster which silos it has, and each silo by which gate it decides.</summary>
public interface IClusterSilos
{
    /// <summary>The silos that are not known to have ended.</summary>
    /// <param name="cancellation">Stops the question.</param>
    /// <exception cref="OrleansException">No silo can be reached.</exception>
    ValueTask<IReadOnlyList<ClusterSilo>> List(CancellationToken cancellation);

    /// <summary>Every silo that has users, and the gate by which it decides.</summary>
    /// <param name="program">PROGRAM_ID.</param>
    /// <param name="cancellation">Stops the question.</param>
    /// <exception cref="OrleansException">No silo can be reached.</exception>
    /// <exception cref="TimeoutException">The cluster gave no answer within two seconds.</exception>
    ValueTask<IReadOnlyList<SiloStanding>> AskForGate(int program, CancellationToken cancellation);
}

/// <summary>A silo.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Status">active, joining, leaving or another word of the cluster's membership.</param>
public sealed record ClusterSilo(string Name, string Status);

/// <summary>What a silo said of a program's gate.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="Gate">The version of the gate by which it decides; null when it gave no answer.</param>
public readonly record struct SiloStanding(string Silo, long? Gate);
