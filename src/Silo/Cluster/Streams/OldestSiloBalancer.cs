// Which silo reads the feed for the streams: the oldest one that has users. Orleans' own balancers count every silo of the cluster, and
// so could give the only queue to a silo of another service, which does not read it.
using BankEzy.Sessions.Users;
using Orleans.Metadata;
using Orleans.Streams;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

/// <summary>Gives all queues to one silo. Two may believe for a moment that it is their turn: events are published at least once.</summary>
/// <param name="manifests">Which silos there are, and which grains they have.</param>
/// <param name="local">This silo.</param>
/// <param name="types">Knows the user's grain.</param>
internal sealed class OldestSiloBalancer(IClusterManifestProvider manifests, ILocalSiloDetails local, GrainTypeResolver types)
    : IStreamQueueBalancer, IDisposable
{
    private readonly CancellationTokenSource stopping = new();
    private readonly List<IStreamQueueBalanceListener> listeners = [];
    private IReadOnlyList<QueueId> queues = [];
    private volatile bool isMine;
    private Task following = Task.CompletedTask;

    public Task Initialize(IStreamQueueMapper queueMapper)
    {
        queues = [.. queueMapper.GetAllQueues()];
        isMine = IsOldest(manifests.Current);
        following = Task.Run(Follow);
        return Task.CompletedTask;
    }

    public async Task Shutdown()
    {
        await stopping.CancelAsync();
        await following;
    }

    public void Dispose() => stopping.Dispose();

    public IEnumerable<QueueId> GetMyQueues() => isMine ? queues : [];

    public bool SubscribeToQueueDistributionChangeEvents(IStreamQueueBalanceListener observer)
    {
        lock (listeners)
        {
            listeners.Add(observer);
        }

        return true;
    }

    public bool UnSubscribeFromQueueDistributionChangeEvents(IStreamQueueBalanceListener observer)
    {
        lock (listeners)
        {
            return listeners.Remove(observer);
        }
    }

    private async Task Follow()
    {
        try
        {
            await foreach (var manifest in manifests.Updates.WithCancellation(stopping.Token))
            {
                if (isMine != IsOldest(manifest))
                {
                    isMine = !isMine;
                    await Task.WhenAll(Listeners().Select(listener => listener.QueueDistributionChangeNotification()));
                }
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The silo leaves: its agents have been stopped.
        }
    }

    private IStreamQueueBalanceListener[] Listeners()
    {
        lock (listeners)
        {
            return [.. listeners];
        }
    }

    // By age, so that the place stays where it is while silos join; by address among silos of one second.
    private bool IsOldest(ClusterManifest manifest)
    {
        var users = types.GetGrainType(typeof(UserGrain));
        return manifest.Silos.Where(silo => silo.Value.Grains.ContainsKey(users)).Select(silo => silo.Key)
            .OrderBy(silo => silo.Generation).ThenBy(silo => silo).FirstOrDefault()?.Equals(local.SiloAddress) ?? false;
    }
}
