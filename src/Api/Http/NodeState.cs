namespace BankEzy.Sessions.Api.Http;

/// <summary>Whether this node takes requests.</summary>
public sealed class NodeState
{
    private volatile bool _isStopping;

    /// <summary>Whether the node has been told to stop: it finishes what it has and refuses what is new.</summary>
    public bool IsStopping => _isStopping;

    /// <summary>Starts the drain.</summary>
    public void Stop() => _isStopping = true;
}
