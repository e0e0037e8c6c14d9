// A phone or a service that follows a stream of events: when it breaks, it connects again with the last id that it has, to another node.
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

/// <param name="request">What it asks a node for.</param>
internal sealed class Follower(Func<ServiceProcess, HttpRequestMessage> request)
{
    private readonly Lock _gate = new();
    private readonly List<StreamItem> _items = [];
    private readonly TaskCompletionSource _live = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private (string? Id, TaskCompletionSource Came) _awaited = (null, new());
    private volatile bool _isOver;

    /// <summary>Ends when a node has sent everything old for the first time.</summary>
    public Task Live => _live.Task;

    /// <summary>How often its stream broke.</summary>
    public int Breaks { get; private set; }

    /// <summary>Every event that it got, in the order of its coming.</summary>
    public IReadOnlyList<StreamItem> Items
    {
        get
        {
            lock (_gate)
            {
                return [.. _items];
            }
        }
    }

    /// <summary>Follows one node, and when that goes, another one, as soon as it may connect again.</summary>
    public async Task Follow(ServiceProcess node, ServiceProcess other, Task mayComeAgain)
    {
        while (true)
        {
            try
            {
                if (!await Listen(node))
                {
                    await NodeCalls.PauseAsAsked();
                    continue;
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException)
            {
                // The node has gone in between: this is what the test is about.
            }

            Breaks++;
            if (_isOver)
            {
                return;
            }

            await mayComeAgain;
            node = other;
        }
    }

    /// <summary>Ends when it has the event of this id.</summary>
    public Task Reach(string id)
    {
        lock (_gate)
        {
            _awaited = (id, new(TaskCreationOptions.RunContinuationsAsynchronously));
            if (_items.Exists(item => item.Id == id))
            {
                _awaited.Came.SetResult();
            }

            return _awaited.Came.Task;
        }
    }

    /// <summary>Does not connect again after the next break.</summary>
    public void End() => _isOver = true;

    // False when the node had no time for it.
    private async Task<bool> Listen(ServiceProcess node)
    {
        var asked = request(node);
        if (Items is [.., var last])
        {
            asked.Headers.Add("Last-Event-ID", last.Id);
        }

        using var stream = await EventStreamClient.Open(node.Http, asked, Nodes.Patience);
        if (stream.Status == 503)
        {
            return false;
        }

        Assert.Equal(200, stream.Status);
        while (await stream.Next() is { } item)
        {
            if (item.Comment == "live")
            {
                _live.TrySetResult();
            }
            else if (item.Event is not null)
            {
                Note(item);
            }
        }

        return true;
    }

    private void Note(StreamItem item)
    {
        lock (_gate)
        {
            _items.Add(item);
            if (item.Id == _awaited.Id)
            {
                _awaited.Came.TrySetResult();
            }
        }
    }
}
