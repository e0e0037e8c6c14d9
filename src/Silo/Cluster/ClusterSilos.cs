// The silos, for the status of a node: asked of the cluster itself, by a silo and by a front end alike.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Status;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Asks the cluster's management grain.</summary>
/// <param name="grains">Orleans' factory.</param>
/// <param name="cluster">A call before the cluster was reached would wait for its time-out.</param>
internal sealed class ClusterSilos(IGrainFactory grains, IClusterConnection cluster) : IClusterSilos
{
    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ClusterSilo>> List(CancellationToken cancellation)
    {
        if (!cluster.IsConnected)
        {
            throw new OrleansException("No silo of the cluster can be reached.");
        }

        var members = await grains.GetGrain<IManagementGrain>(0).GetDetailedHosts(onlyActive: false, cancellation);
        return [.. members.Where(member => member.Status != SiloStatus.Dead)
            .OrderBy(member => member.SiloName, StringComparer.Ordinal)
            .Select(member => new ClusterSilo(member.SiloName, member.Status.ToString().ToLowerInvariant()))];
    }
}
