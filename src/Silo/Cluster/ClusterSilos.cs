// The silos: asked of the cluster itself, by a silo and by a front end alike. A grain lives on one silo; a hint brings one with the silo's
// own address for a key there.
using BankEzy.Sessions.Api;
using Orleans.Runtime.Placement;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Asks the cluster's management grain, and a grain on each silo.</summary>
/// <param name="grains">Orleans' factory.</param>
/// <param name="cluster">A call before the cluster was reached would wait for its time-out.</param>
internal sealed class ClusterSilos(IGrainFactory grains, IClusterConnection cluster) : IClusterSilos
{
    private static readonly TimeSpan AnswerMax = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<ClusterSilo>> List(CancellationToken cancellation)
    {
        var members = await Cluster().GetDetailedHosts(onlyActive: false, cancellation);
        return [.. members.Where(member => member.Status != SiloStatus.Dead)
            .OrderBy(member => member.SiloName, StringComparer.Ordinal)
            .Select(member => new ClusterSilo(member.SiloName, member.Status.ToString().ToLowerInvariant()))];
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SiloStanding>> AskForGate(int program, CancellationToken cancellation)
    {
        var members = await Cluster().GetDetailedHosts(onlyActive: true, cancellation).WaitAsync(AnswerMax, cancellation);
        return await Task.WhenAll(members
            .Where(member => member.SiloName?.StartsWith(SiloConfiguration.NamePrefix, StringComparison.Ordinal) is true)
            .Select(member => AskForGate(member.SiloAddress, program, cancellation)));
    }

    private IManagementGrain Cluster() => cluster.IsConnected
        ? grains.GetGrain<IManagementGrain>(0)
        : throw new OrleansException("No silo of the cluster can be reached.");

    private async Task<SiloStanding> AskForGate(SiloAddress silo, int program, CancellationToken cancellation)
    {
        var address = silo.ToParsableString();
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            var reply = await grains.GetGrain<IGateProbe>(address).Confirm(program).AsTask().WaitAsync(AnswerMax, cancellation);
            return new SiloStanding(address, reply.Silo == address ? reply.Version : null); // One of an older version has no such grain.
        }
        catch (Exception e) when (!cancellation.IsCancellationRequested && e is OrleansException or TimeoutException)
        {
            return new SiloStanding(address, null);
        }
        finally
        {
            RequestContext.Remove(IPlacementDirector.PlacementHintKey);
        }
    }
}
