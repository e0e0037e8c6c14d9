// Asks each silo by which gate it decides. A grain lives on one silo; a hint brings one with the silo's own address for a key there.
using BankEzy.Sessions.Api.Incidents;
using BankEzy.Sessions.Silo.Cluster;
using Orleans.Runtime.Placement;

namespace BankEzy.Sessions.Silo.Incidents;

/// <summary>The silos that have users.</summary>
/// <param name="grains">Finds the grains that answer.</param>
internal sealed class Silos(IGrainFactory grains) : ISilos
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<SiloStanding>> AskForGate(int program, CancellationToken cancellation)
    {
        var cluster = grains.GetGrain<IManagementGrain>(0);
        var hosts = await cluster.GetDetailedHosts(onlyActive: true, cancellation).WaitAsync(Patience, cancellation);
        return await Task.WhenAll(hosts
            .Where(host => host.SiloName?.StartsWith(SiloConfiguration.NamePrefix, StringComparison.Ordinal) is true)
            .Select(host => Ask(host.SiloAddress, program, cancellation)));
    }

    private async Task<SiloStanding> Ask(SiloAddress silo, int program, CancellationToken cancellation)
    {
        var address = silo.ToParsableString();
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        try
        {
            var reply = await grains.GetGrain<IGateProbe>(address).Confirm(program).AsTask().WaitAsync(Patience, cancellation);
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
