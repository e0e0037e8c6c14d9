// The log's clock by itself: what it follows, what it refuses, and how it comes back.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class StoreClockTests
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private readonly FakeTime elapsed = new();
    private readonly StoreClock clock;
    private TimeSpan off;

    public StoreClockTests() => clock = new StoreClock(elapsed, elapsed.GetUtcNow(), "that of the log", isSettled: false);

    private DateTimeOffset Wall => elapsed.GetUtcNow() + off;

    [Fact]
    public void A_clock_that_jumps_ahead_is_refused_and_taken_again_when_it_is_back()
    {
        Pass(TimeSpan.FromHours(1));
        off = TimeSpan.FromHours(25);
        var refusal = Assert.Throws<ClockException>(Check);
        Assert.Contains("1.01:00:00 ahead of that of the log", refusal.Message, StringComparison.Ordinal);
        Pass(TimeSpan.FromMinutes(9));
        Assert.Throws<ClockException>(Check);
        off = TimeSpan.Zero;
        Check();
    }

    [Fact]
    public void A_wrong_clock_at_the_start_that_is_set_right_is_believed_when_it_has_run_evenly()
    {
        off = TimeSpan.FromDays(-300);
        var wrong = new StoreClock(elapsed, Wall, "that of the log", isSettled: false);
        off = TimeSpan.Zero;
        wrong.Observe(Wall);
        Assert.Throws<ClockException>(() => wrong.Check(Wall, "a time"));
        for (var passed = TimeSpan.Zero; passed < StoreClock.SettledAfter; passed += Look)
        {
            elapsed.Advance(Look);
            wrong.Observe(Wall);
        }

        wrong.Check(Wall, "a time");
        Assert.Equal(Wall, wrong.Time.Now);
    }

    [Fact]
    public void A_clock_that_keeps_jumping_is_never_believed()
    {
        for (var round = 1; round <= 20; round++)
        {
            off = TimeSpan.FromHours(round);
            Pass(TimeSpan.FromMinutes(9));
            Assert.Throws<ClockException>(Check);
        }
    }

    [Fact]
    public void A_step_below_the_tolerance_is_written_at_once_and_followed_slowly()
    {
        off = TimeSpan.FromMinutes(4);
        Check();
        Pass(TimeSpan.FromMinutes(10));
        Assert.InRange(clock.Time.Now - elapsed.GetUtcNow(), TimeSpan.FromSeconds(59), TimeSpan.FromSeconds(61));
        Pass(TimeSpan.FromHours(1));
        off += TimeSpan.FromMinutes(4); // Two such steps in two hours are an unsteady clock that is followed.
        Check();
    }

    [Theory]
    [InlineData(+0.08)]
    [InlineData(-0.08)]
    public void A_clock_that_is_slewed_is_followed_however_far(double speed)
    {
        for (var minute = 0; minute < 24 * 60; minute++)
        {
            elapsed.Advance(TimeSpan.FromMinutes(1));
            off += TimeSpan.FromMinutes(1) * speed;
            Check();
        }

        Assert.True(off.Duration() > TimeSpan.FromHours(1));
    }

    [Fact]
    public void A_clock_that_runs_wild_is_refused_before_it_is_far_off()
    {
        for (var second = 0; second < 60; second++)
        {
            elapsed.Advance(TimeSpan.FromSeconds(1));
            off += TimeSpan.FromSeconds(9);
            clock.Observe(Wall);
        }

        Assert.Throws<ClockException>(Check);
        Assert.InRange(clock.Time.Now - elapsed.GetUtcNow(), TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_machine_that_slept_has_no_jump_in_its_clock()
    {
        elapsed.Advance(TimeSpan.FromHours(9)); // The timestamps go on while a machine is suspended: see the next test.
        Check();
    }

    [Fact]
    public void A_clock_is_settled_ten_minutes_after_the_log_was_opened()
    {
        Assert.False(clock.Time.IsSettled);
        Pass(StoreClock.SettledAfter - Look);
        Assert.False(clock.Time.IsSettled);
        Pass(Look);
        Assert.True(clock.Time.IsSettled);
    }

    [Fact]
    public void The_timestamps_are_those_of_a_clock_that_counts_sleep()
    {
        var real = ElapsedTime.Of(TimeProvider.System);
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The uptime that this is compared with is Linux's.");
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(real.GetElapsedTime(0).TotalSeconds, uptime, uptime + 5);
    }

    private void Check()
    {
        clock.Observe(Wall);
        clock.Check(Wall, "the time of an append");
    }

    private void Pass(TimeSpan time)
    {
        for (var end = elapsed.GetUtcNow() + time; elapsed.GetUtcNow() < end;)
        {
            elapsed.Advance(Look);
            clock.Observe(Wall);
        }
    }
}
