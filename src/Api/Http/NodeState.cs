namespace BankEzy.Sessions.Api.Http;

/// <summary>Whether this node takes requests.</summary>
public sealed class NodeState : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Whether the node is stopping: it finishes what it has and refuses what is new.</summary>
    public bool IsStopping => _stopping.IsCancellationRequested;

    /// <summary>Cancelled when the node is stopping, for what would never finish by itself.</summary>
    public CancellationToken Stopping => _stopping.Token;

    /// <summary>Starts the drain.</summary>
    public void Stop() => _stopping.Cancel();

    /// <inheritdoc/>
    public void Dispose() => _stopping.Dispose();
}
