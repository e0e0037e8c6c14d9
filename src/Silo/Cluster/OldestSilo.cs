// Which silo does what the cluster does once: it reads the feed for the streams, and ends sessions by their limits. The oldest one that has
// users, so that the place stays where it is while silos join. Silos of other services do not count.
using BankEzy.Sessions.Users;
using Orleans.Metadata;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Knows whether this silo is the oldest one. Two may believe it for a moment.</summary>
/// <param name="manifests">Which silos there are, and which grains they have.</param>
/// <param name="local">This silo.</param>
/// <param name="types">Knows the user's grain.</param>
internal sealed class OldestSilo(IClusterManifestProvider manifests, ILocalSiloDetails local, GrainTypeResolver types)
{
    /// <summary>The changes of the cluster.</summary>
    public IAsyncEnumerable<ClusterManifest> Changes => manifests.Updates;

    /// <summary>Whether it is this one.</summary>
    public bool IsThisOne() => IsThisOne(manifests.Current);

    /// <summary>Whether it is this one in a cluster.</summary>
    // By age; by address among silos of one second.
    public bool IsThisOne(ClusterManifest cluster)
    {
        var users = types.GetGrainType(typeof(UserGrain));
        return cluster.Silos.Where(silo => silo.Value.Grains.ContainsKey(users)).Select(silo => silo.Key)
            .OrderBy(silo => silo.Generation).ThenBy(silo => silo).FirstOrDefault()?.Equals(local.SiloAddress) ?? false;
    }

    /// <summary>Does one round after the other until the node stops, on the silo that is the oldest one then.</summary>
    /// <param name="period">The time between rounds.</param>
    /// <param name="time">The service's clock.</param>
    /// <param name="round">The round.</param>
    /// <param name="failed">Reports a round that failed; the next one tries again.</param>
    /// <param name="stop">The node stops.</param>
    public async Task Repeat(
        TimeSpan period, TimeProvider time, Func<CancellationToken, Task> round, Action<Exception> failed, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(period, time);
        while (await timer.WaitForNextTickAsync(stop))
        {
            try
            {
                if (IsThisOne())
                {
                    await round(stop);
                }
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return; // What breaks off while the node stops is no fault.
            }
            catch (Exception e)
            {
                failed(e);
            }
        }
    }
}
