// The log's own idea of the time: a clock that jumps must not put times into the log that other nodes would act upon.
namespace BankEzy.Sessions.EventStore;

/// <summary>
/// What a store takes for the time: a source that it looks at now and then (its server's clock, or the wall clock of this machine), carried
/// forward in between by a clock that nobody sets. A small difference is followed slowly. A jump is not followed until the source has run
/// evenly for <see cref="SettledAfter"/> behind it: before that nobody can say which of the two is right.
/// </summary>
/// <param name="elapsed">The clock that nobody sets; <see cref="ElapsedTime"/> outside of tests.</param>
/// <param name="started">What the source says now.</param>
/// <param name="name">Whose clock it is, for messages.</param>
/// <param name="isSettled">Whether it is settled from the beginning, as on a log without events: nothing in it began by another
/// clock.</param>
internal sealed class StoreClock(TimeProvider elapsed, DateTimeOffset started, string name, bool isSettled)
{
    /// <summary>For how long a source that has jumped must run evenly before it is believed again.</summary>
    public static readonly TimeSpan SettledAfter = TimeSpan.FromMinutes(10);

    // Faster than any daemon slews a clock (chrony: 8 %), and too slow for a clock that runs wild.
    private const int SlewParts = 10;

    private static readonly TimeSpan EvenWithin = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly long _opened = elapsed.GetTimestamp();
    private Reading _anchor = new(started, elapsed.GetTimestamp());
    private Reading? _jumped;

    /// <summary>The store's time. It is settled <see cref="SettledAfter"/> after the store was opened: a machine may have started with a
    /// wrong clock.</summary>
    public LogTime Time
    {
        get
        {
            lock (_gate)
            {
                return new(Carry(_anchor), isSettled || elapsed.GetElapsedTime(_opened) >= SettledAfter);
            }
        }
    }

    /// <summary>Takes note of what the source says now.</summary>
    public void Observe(DateTimeOffset seen)
    {
        lock (_gate)
        {
            var now = Carry(_anchor);
            var reading = new Reading(seen, elapsed.GetTimestamp());
            if ((seen - now).Duration() <= Append.ClockToleranceMax)
            {
                var step = (now - _anchor.At) / SlewParts;
                _anchor = reading with { At = seen > now ? Earlier(seen, now + step) : Later(seen, now - step) };
                _jumped = null;
            }
            else if (_jumped is not { } jumped || (seen - Carry(jumped)).Duration() > EvenWithin)
            {
                _jumped = reading;
            }
            else if (elapsed.GetElapsedTime(jumped.Stamp) >= SettledAfter)
            {
                (_anchor, _jumped) = (reading, null);
            }
        }
    }

    /// <summary>Returns when a time agrees with the store's.</summary>
    /// <param name="time">The time.</param>
    /// <param name="whose">Whose it is, for the message.</param>
    /// <exception cref="ClockException">It does not.</exception>
    public void Check(DateTimeOffset time, string whose)
    {
        var off = time - Time.Now;
        if (off.Duration() > Append.ClockToleranceMax)
        {
            throw new ClockException(
                $"{whose} is {off.Duration():d\\.hh\\:mm\\:ss} {(off > TimeSpan.Zero ? "ahead of" : "behind")} {name}, and nothing is "
                + $"written while they differ by more than {Append.ClockToleranceMax.TotalMinutes} minutes. Set the clock that is wrong "
                + "(NTP on all nodes and the database server). A clock that was set right is believed when it has run evenly for "
                + $"{SettledAfter.TotalMinutes} minutes; after a restart at once, unless an SQLite file has later events.");
        }
    }

    private DateTimeOffset Carry(Reading from) => from.At + elapsed.GetElapsedTime(from.Stamp);

    private static DateTimeOffset Earlier(DateTimeOffset one, DateTimeOffset other) => one < other ? one : other;

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;

    private readonly record struct Reading(DateTimeOffset At, long Stamp);
}
