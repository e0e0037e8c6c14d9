// How long one request may wait for the log, whatever it needs of it: append, read-back, read-up. Each has a limit of its own in the store;
// without a common one a log that hangs would cost their sum.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Users;

/// <summary>Runs from its creation.</summary>
internal sealed class TimeBudget
{
    /// <summary>The longest wait: what the PostgreSQL store allows for one append or one read.</summary>
    public static readonly TimeSpan Max = TimeSpan.FromSeconds(2);

    // What begins by then needs no timer: the store's own limit ends it in time.
    private static readonly TimeSpan Begin = TimeSpan.FromMilliseconds(100);

    private readonly long _started = TimeProvider.System.GetTimestamp();

    private bool IsFresh => TimeProvider.System.GetElapsedTime(_started) < Begin;

    private TimeSpan Left => Max - TimeProvider.System.GetElapsedTime(_started) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    /// <summary>Returns when there is time left to begin something.</summary>
    /// <exception cref="StoreUnavailableException">There is none.</exception>
    public void ThrowIfOver()
    {
        if (Left == TimeSpan.Zero)
        {
            throw Over();
        }
    }

    /// <summary>Waits for a read as long as there is time.</summary>
    /// <exception cref="StoreUnavailableException">There is none left.</exception>
    public ValueTask<T> Within<T>(Func<CancellationToken, ValueTask<T>> read) => IsFresh ? read(CancellationToken.None) : Limited(read);

    /// <summary>Waits for an append as long as there is time. What is not answered by then has an unknown outcome.</summary>
    public ValueTask<AppendOutcome> Within(ValueTask<AppendOutcome> append) => IsFresh ? append : Limited(append);

    private async ValueTask<T> Limited<T>(Func<CancellationToken, ValueTask<T>> read)
    {
        ThrowIfOver();
        using var end = new CancellationTokenSource(Left);
        try
        {
            return await read(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            throw Over();
        }
    }

    private async ValueTask<AppendOutcome> Limited(ValueTask<AppendOutcome> append)
    {
        try
        {
            return await append.AsTask().WaitAsync(Left, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            return AppendOutcome.Unknown;
        }
    }

    private static StoreUnavailableException Over() =>
        new($"The log did not answer all that a request needs within {Max.TotalSeconds} s. The caller may repeat.");
}
