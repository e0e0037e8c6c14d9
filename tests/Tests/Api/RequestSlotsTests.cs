// Which request gets a slot, in which order, and which is refused.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class RequestSlotsTests : IDisposable
{
    private readonly FakeTime time = new();
    private readonly RequestSlots slots;

    public RequestSlotsTests() => slots = new RequestSlots(new ApiOptions { ConcurrentRequestsMax = 2 }, time);

    public void Dispose() => slots.Dispose();

    [Fact]
    public async Task Requests_are_served_in_order_and_a_slot_that_none_waits_for_is_free()
    {
        Assert.True(await slots.AcquireAsync());
        Assert.True(await slots.AcquireAsync());
        var (third, fourth) = (slots.AcquireAsync().AsTask(), slots.AcquireAsync().AsTask());
        Assert.Equal(2, slots.Waiting);
        slots.Release();
        Assert.True(await third);
        Assert.Equal((false, 1), (fourth.IsCompleted, slots.Waiting));
        slots.Release();
        Assert.True(await fourth);
        slots.Release();
        slots.Release();
        var (next, other) = (slots.AcquireAsync().AsTask(), slots.AcquireAsync().AsTask());
        Assert.Equal((true, true, 0), (next.IsCompleted, other.IsCompleted, slots.Waiting));
    }

    [Fact]
    public async Task A_request_that_waited_too_long_is_refused_and_a_later_one_keeps_waiting()
    {
        await slots.AcquireAsync();
        await slots.AcquireAsync();
        var early = slots.AcquireAsync().AsTask();
        time.Advance(RequestSlots.WaitMax / 2);
        var late = slots.AcquireAsync().AsTask();
        time.Advance(RequestSlots.WaitMax / 2);
        Assert.False(await early);
        Assert.Equal((false, 1), (late.IsCompleted, slots.Waiting));
        slots.Release();
        Assert.True(await late);

        // The clock that refused the first one is there for the next ones as well.
        var next = slots.AcquireAsync().AsTask();
        time.Advance(RequestSlots.WaitMax);
        Assert.False(await next);
        Assert.Equal(0, slots.Waiting);
    }

    [Fact]
    public async Task Never_more_requests_run_than_there_are_slots_and_none_is_forgotten()
    {
        var (inside, most, served) = (0, 0, 0);
        await Parallel.ForAsync(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, _) =>
        {
            Assert.True(await slots.AcquireAsync());
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            Interlocked.Increment(ref served);
            slots.Release();
        });
        Assert.Equal((20_000, 0, 0, 2), (served, inside, slots.Waiting, most));
    }

    private static void InterlockedMax(ref int most, int candidate)
    {
        for (var known = Volatile.Read(ref most); candidate > known; known = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, candidate, known);
        }
    }
}
