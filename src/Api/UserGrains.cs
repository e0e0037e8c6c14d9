// References to users' grains. Orleans' GetGrain<T>(key) finds both types by reflection at every call; here each is found once.
using Orleans.Metadata;

namespace BankEzy.Sessions.Api;

/// <summary>Whether a call of a grain can get through.</summary>
public interface IClusterConnection
{
    /// <summary>Whether this node is in the cluster: a silo is once it has started, a front end once it has reached a silo.</summary>
    bool IsConnected { get; }

    /// <summary>Returns when a silo answers.</summary>
    /// <param name="cancellation">Stops the check.</param>
    /// <exception cref="OrleansException">None does.</exception>
    ValueTask Check(CancellationToken cancellation);
}

/// <summary>Finds the grains of users.</summary>
/// <param name="grains">Orleans' own factory.</param>
/// <param name="interfaces">Knows the interface's name between silos.</param>
/// <param name="cluster">A call before the cluster was reached would wait for its time-out; it fails at once instead.</param>
public sealed class UserGrains(IGrainFactory grains, GrainInterfaceTypeResolver interfaces, IClusterConnection cluster)
{
    private static readonly GrainType User = GrainType.Create("user");

    private readonly GrainInterfaceType _interface = interfaces.GetGrainInterfaceType(typeof(IUserGrain));

    /// <summary>The grain of a user.</summary>
    /// <param name="user">The user.</param>
    /// <exception cref="OrleansException">No silo has been reached yet.</exception>
    public IUserGrain Find(UserId user) => Find(user.Stream);

    /// <summary>The grain whose events are in a stream.</summary>
    /// <param name="stream">The name of a user's stream.</param>
    /// <exception cref="OrleansException">No silo has been reached yet.</exception>
    public IUserGrain Find(string stream) => cluster.IsConnected
        ? (IUserGrain)grains.GetGrain(GrainId.Create(User, stream), _interface)
        : throw new OrleansException("No silo of the cluster can be reached.");
}
