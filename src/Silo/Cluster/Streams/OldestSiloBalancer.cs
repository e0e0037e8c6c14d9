// Which silo reads the feed for the streams: the oldest one that has users. Orleans' own balancers count every silo of the cluster, and
// so could give the only queue to a silo of another service, which does not read it.
using Orleans.Streams;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

/// <summary>Gives all queues to one silo. Two may believe for a moment that it is their turn: events are published at least once.</summary>
/// <param name="oldest">Knows whose turn it is.</param>
internal sealed class OldestSiloBalancer(OldestSilo oldest) : IStreamQueueBalancer, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<IStreamQueueBalanceListener> _listeners = [];
    private IReadOnlyList<QueueId> _queues = [];
    private volatile bool _isMine;
    private Task _following = Task.CompletedTask;

    public Task Initialize(IStreamQueueMapper queueMapper)
    {
        _queues = [.. queueMapper.GetAllQueues()];
        _isMine = oldest.IsThisOne();
        _following = Task.Run(Follow);
        return Task.CompletedTask;
    }

    public async Task Shutdown()
    {
        await _stopping.CancelAsync();
        await _following;
    }

    public void Dispose() => _stopping.Dispose();

    public IEnumerable<QueueId> GetMyQueues() => _isMine ? _queues : [];

    public bool SubscribeToQueueDistributionChangeEvents(IStreamQueueBalanceListener observer)
    {
        lock (_listeners)
        {
            _listeners.Add(observer);
        }

        return true;
    }

    public bool UnSubscribeFromQueueDistributionChangeEvents(IStreamQueueBalanceListener observer)
    {
        lock (_listeners)
        {
            return _listeners.Remove(observer);
        }
    }

    private async Task Follow()
    {
        try
        {
            await foreach (var manifest in oldest.Changes.WithCancellation(_stopping.Token))
            {
                if (_isMine != oldest.IsThisOne(manifest))
                {
                    _isMine = !_isMine;
                    await Task.WhenAll(Listeners().Select(listener => listener.QueueDistributionChangeNotification()));
                }
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The silo leaves: its agents have been stopped.
        }
    }

    private IStreamQueueBalanceListener[] Listeners()
    {
        lock (_listeners)
        {
            return [.. _listeners];
        }
    }
}
