// References to grains for a front end that is a client. While no silo can be reached there is no list of grains either, and Orleans
// would call that a mistake in the program; here it is what it is: a cluster that is away.
using System.Reflection;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Orleans' own factory behind a look at whether there is somebody to call.</summary>
#pragma warning disable CA1852 // The proxy that is made at run time derives from it.
internal class ReachableGrains : DispatchProxy
#pragma warning restore CA1852
{
    private IGrainFactory grains = null!;
    private Func<bool> isReachable = null!;

    public static IGrainFactory Of(IGrainFactory grains, Func<bool> isReachable)
    {
        var proxy = Create<IGrainFactory, ReachableGrains>();
        ((ReachableGrains)(object)proxy).grains = grains;
        ((ReachableGrains)(object)proxy).isReachable = isReachable;
        return proxy;
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => isReachable()
        ? targetMethod!.Invoke(grains, BindingFlags.DoNotWrapExceptions, binder: null, args, culture: null)
        : throw ClusterConnection.Nobody();
}
