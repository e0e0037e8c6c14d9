// Who gets a place, in which order, and who is sent away.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class RequestSlotsTests : IDisposable
{
    private readonly FakeTime time = new();
    private readonly RequestSlots places;

    public RequestSlotsTests() => places = new RequestSlots(new ApiOptions { ConcurrentRequestsMax = 2 }, time);

    public void Dispose() => places.Dispose();

    [Fact]
    public async Task Who_comes_first_is_served_first_and_a_place_that_nobody_waits_for_is_free()
    {
        Assert.True(await places.Enter());
        Assert.True(await places.Enter());
        var (third, fourth) = (places.Enter().AsTask(), places.Enter().AsTask());
        Assert.Equal(2, places.Waiting);
        places.Leave();
        Assert.True(await third);
        Assert.Equal((false, 1), (fourth.IsCompleted, places.Waiting));
        places.Leave();
        Assert.True(await fourth);
        places.Leave();
        places.Leave();
        var (next, other) = (places.Enter().AsTask(), places.Enter().AsTask());
        Assert.Equal((true, true, 0), (next.IsCompleted, other.IsCompleted, places.Waiting));
    }

    [Fact]
    public async Task Who_has_waited_too_long_is_refused_and_who_came_later_waits_on()
    {
        await places.Enter();
        await places.Enter();
        var early = places.Enter().AsTask();
        time.Advance(RequestSlots.WaitMax / 2);
        var late = places.Enter().AsTask();
        time.Advance(RequestSlots.WaitMax / 2);
        Assert.False(await early);
        Assert.Equal((false, 1), (late.IsCompleted, places.Waiting));
        places.Leave();
        Assert.True(await late);

        // The clock that refused the first one is there for the next ones as well.
        var next = places.Enter().AsTask();
        time.Advance(RequestSlots.WaitMax);
        Assert.False(await next);
        Assert.Equal(0, places.Waiting);
    }

    [Fact]
    public async Task There_are_never_more_inside_than_places_and_nobody_is_forgotten()
    {
        var (inside, most, served) = (0, 0, 0);
        await Parallel.ForAsync(0, 20_000, new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, _) =>
        {
            Assert.True(await places.Enter());
            var now = Interlocked.Increment(ref inside);
            InterlockedMax(ref most, now);
            await Task.Yield();
            Interlocked.Decrement(ref inside);
            Interlocked.Increment(ref served);
            places.Leave();
        });
        Assert.Equal((20_000, 0, 0, 2), (served, inside, places.Waiting, most));
    }

    private static void InterlockedMax(ref int most, int candidate)
    {
        for (var known = Volatile.Read(ref most); candidate > known; known = Volatile.Read(ref most))
        {
            Interlocked.CompareExchange(ref most, candidate, known);
        }
    }
}
