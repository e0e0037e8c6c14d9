// How long this node's appends took a moment ago: for people who look at the node, and for nothing else.
namespace BankEzy.Sessions;

/// <summary>The last appends of this node's users, at most 1,024 of them.</summary>
/// <param name="time">The clock of the measurement.</param>
public sealed class AppendTimes(TimeProvider time)
{
    private const int Kept = 1_024;

    private readonly Lock _gate = new();
    private readonly (long At, TimeSpan Took)[] _last = new (long, TimeSpan)[Kept];
    private long _count;

    /// <summary>The timestamp at which an append begins.</summary>
    public long Begin() => time.GetTimestamp();

    /// <summary>Takes note of an append that has ended now: handed to the store until its outcome was known.</summary>
    /// <param name="began">What <see cref="Begin"/> returned.</param>
    public void End(long began)
    {
        var now = time.GetTimestamp();
        lock (_gate)
        {
            _last[_count++ % Kept] = (now, time.GetElapsedTime(began, now));
        }
    }

    /// <summary>How many appends of the last so long are remembered, and what the slowest hundredth of them took at least.</summary>
    /// <param name="window">How far to look back.</param>
    public (int Count, TimeSpan Percentile99) Recent(TimeSpan window)
    {
        var now = time.GetTimestamp();
        TimeSpan[] took;
        lock (_gate)
        {
            took = [.. _last.Take((int)Math.Min(_count, Kept)).Where(one => time.GetElapsedTime(one.At, now) <= window)
                .Select(one => one.Took)];
        }

        Array.Sort(took);
        return (took.Length, took.Length == 0 ? TimeSpan.Zero : took[(int)Math.Ceiling(took.Length * 0.99) - 1]);
    }
}
