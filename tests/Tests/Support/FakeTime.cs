// The tests' one driver of the clock: time passes when a test says so, and timers fire inside Advance.
using Microsoft.Extensions.Time.Testing;

namespace BankEzy.Sessions.Tests.Support;

/// <summary>The package's clock, which can also be wrong, and counts the timers that somebody waits for.</summary>
public sealed class FakeTime(DateTimeOffset? start = null)
    : FakeTimeProvider(start ?? new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero))
{
    private TimeSpan off;
    private int timersSet;

    /// <summary>Timers that have been made and not given back.</summary>
    public int TimersSet => Volatile.Read(ref timersSet);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + off;

    public override long GetTimestamp() => base.GetUtcNow().UtcTicks;

    /// <summary>Sets the clock wrong, or right again, without time passing: no timer fires, and no timestamp changes.</summary>
    public void Jump(TimeSpan by) => off += by;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Increment(ref timersSet);
        return new CountedTimer(this, base.CreateTimer(callback, state, dueTime, period));
    }

    private sealed class CountedTimer(FakeTime time, ITimer timer) : ITimer
    {
        private int disposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(dueTime, period);

        public void Dispose()
        {
            timer.Dispose();
            if (Interlocked.Exchange(ref disposed, 1) == 0)
            {
                Interlocked.Decrement(ref time.timersSet);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
