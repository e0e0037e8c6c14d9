// Wakes everybody who waits for the log to grow, and costs an append nothing while nobody does.
namespace BankEzy.Sessions.EventStore;

/// <summary>What a store raises after each commit; see <see cref="IFeed.NextAppend"/>.</summary>
internal sealed class AppendSignal
{
    private TaskCompletionSource? _next;

    /// <summary>A task that ends with the next commit.</summary>
    public Task Next
    {
        get
        {
            if (Volatile.Read(ref _next) is { } waiting)
            {
                return waiting.Task;
            }

            // The waiters continue elsewhere: the store's own thread only says that there is something.
            var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return (Interlocked.CompareExchange(ref _next, mine, null) ?? mine).Task;
        }
    }

    /// <summary>Says that a commit is done and can be read.</summary>
    public void Raise() => Interlocked.Exchange(ref _next, null)?.TrySetResult();
}
