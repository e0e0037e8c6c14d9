// The embedded engine: the contract, and the limits that are its own.
using BankEzy.Sessions.Silo.Engine;

namespace BankEzy.Sessions.Tests.Engine;

public sealed class ProbeProxy(GrainKind kind, string key) : GrainProxy(kind, key), IProbeGrain
{
    public ValueTask<ProbeReply> Do(Deed deed) => Call(static (grain, argument) => ((IProbeGrain)grain).Do(argument), deed);
}

public sealed class EmbeddedEngineTests : EngineContract, IAsyncLifetime
{
    private readonly FakeTime time = new();
    private readonly EmbeddedEngine engine;

    public EmbeddedEngineTests() => engine = NewEngine(new() { MailboxMax = 250, ActivationsMax = 100 });

    protected override IGrainFactory Grains => engine;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => engine.DisposeAsync();

    protected override Task PassTime(TimeSpan time)
    {
        this.time.Advance(time);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task A_full_mailbox_refuses_at_once_and_runs_nothing_for_it()
    {
        var (grain, world) = Probe();
        var held = await Hold(grain, world);
        var waiting = Enumerable.Range(0, 250).Select(_ => grain.Do(Deed.Count).AsTask()).ToArray();
        var refused = grain.Do(Deed.Count);
        Assert.True(refused.IsFaulted);
        var fault = await Assert.ThrowsAsync<LimitExceededException>(async () => await refused);
        Assert.Equal("IProbeGrain is busy: 250 calls wait for it already.", fault.Message);
        Assert.Equal((251, 1L), (engine.InFlight, engine.RefusedBusy));
        world.Gate.SetResult();
        await held;
        await Task.WhenAll(waiting);
        Assert.Equal(252, (await grain.Do(Deed.Count)).Count);
    }

    [Fact]
    public async Task A_caller_is_told_of_a_timeout_while_its_turn_goes_on_alone()
    {
        var (grain, world) = Probe();
        var held = await Hold(grain, world);
        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(held.IsCompleted);
        time.Advance(TimeSpan.FromSeconds(1.1));
        var fault = await Assert.ThrowsAsync<TimeoutException>(() => held);
        Assert.Equal("IProbeGrain gave no answer within 5 s.", fault.Message);
        var next = grain.Do(Deed.Count).AsTask();
        Assert.False(next.IsCompleted);
        world.Gate.SetResult();
        Assert.Equal(2, (await next).Count);
        Assert.Equal((0, 1L), (world.Overlaps, engine.TimedOut));
    }

    [Fact]
    public async Task A_call_that_times_out_while_it_waits_never_runs()
    {
        var (grain, world) = Probe();
        var held = await Hold(grain, world);
        var dropped = grain.Do(Deed.Count).AsTask();
        time.Advance(TimeSpan.FromSeconds(3));
        var inTime = grain.Do(Deed.Count).AsTask();
        time.Advance(TimeSpan.FromSeconds(3));
        await Assert.ThrowsAsync<TimeoutException>(() => held);
        await Assert.ThrowsAsync<TimeoutException>(() => dropped);
        world.Gate.SetResult();
        Assert.Equal(2, (await inTime).Count);
        Assert.Equal(2L, engine.TimedOut);
    }

    [Fact]
    public async Task A_caller_of_a_hanging_activation_is_told_of_a_timeout()
    {
        var (grain, world) = Probe();
        world.ActivationGate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var call = grain.Do(Deed.Count).AsTask();
        time.Advance(TimeSpan.FromSeconds(6));
        await Assert.ThrowsAsync<TimeoutException>(() => call);
        world.ActivationGate.SetResult();
        Assert.Equal(1, (await grain.Do(Deed.Count)).Count);
    }

    [Fact]
    public async Task All_callers_that_wait_for_a_failing_constructor_are_told()
    {
        var fails = 1;
        await using var own = new EmbeddedEngine(new(), time).Add<IProbeGrain>(
            () => Interlocked.Decrement(ref fails) >= 0 ? throw new InvalidDataException("no key") : new ProbeGrain(),
            static (kind, key) => new ProbeProxy(kind, key));
        var grain = own.GetGrain<IProbeGrain>(nameof(All_callers_that_wait_for_a_failing_constructor_are_told));
        var fault = await Assert.ThrowsAsync<InvalidDataException>(async () => await grain.Do(Deed.Count));
        Assert.Equal("no key", fault.Message);
        Assert.Equal(0, own.Resident);
        Assert.Equal(1, (await grain.Do(Deed.Count)).Count);
    }

    [Fact]
    public async Task An_idle_activation_is_collected_and_a_used_one_is_not()
    {
        var (idle, idleWorld) = Probe();
        var (used, usedWorld) = Probe(nameof(An_idle_activation_is_collected_and_a_used_one_is_not) + "2");
        await idle.Do(Deed.Count);
        for (var minute = 0; minute < 17; minute++)
        {
            await used.Do(Deed.Count);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        await idleWorld.Ended.Next("the collection of the idle one");
        Assert.Equal(DeactivationReasonCode.ActivationIdle, idleWorld.LastReason);
        Assert.Equal(0, usedWorld.Deactivations);
        Assert.Equal((2, 2), ((await idle.Do(Deed.Count)).Activation, engine.Resident));
    }

    [Theory]
    [InlineData(Deed.StartTimer, 1)]
    [InlineData(Deed.StartKeepAliveTimer, 0)]
    public async Task Rule_4_a_tick_keeps_a_grain_alive_only_if_asked(Deed timer, int ends)
    {
        var (grain, world) = Probe($"keeps{timer}");
        await grain.Do(timer);
        for (var second = 0; second < 1_000 && Volatile.Read(ref world.Deactivations) == 0; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Wait.Until(
                () => time.TimersSet == 2 || Volatile.Read(ref world.Deactivations) > 0, () => "No timer was set again, and no end came.");
        }

        Assert.Equal(ends, world.Deactivations);
        Assert.True(world.Ticks > 800, $"{world.Ticks} ticks");
    }

    [Fact]
    public async Task An_interleaving_timer_is_refused()
    {
        var (grain, _) = Probe();
        await Assert.ThrowsAsync<NotSupportedException>(async () => await grain.Do(Deed.StartInterleavingTimer));
    }

    [Fact]
    public async Task Above_ActivationsMax_the_longest_idle_are_collected()
    {
        for (var i = 0; i < 101; i++)
        {
            await Probe($"max{i}").Grain.Do(Deed.Count);
            time.Advance(i == 50 ? TimeSpan.FromSeconds(1) : TimeSpan.Zero);
        }

        time.Advance(TimeSpan.FromSeconds(1));
        await Wait.Until(() => engine.Resident <= 91, () => "No 11 were collected.");
        Assert.All(Enumerable.Range(51, 50), i => Assert.Equal(0, Probe($"max{i}").World.Deactivations));
    }

    [Fact]
    public async Task A_stop_refuses_new_calls_finishes_the_others_and_ends_every_activation()
    {
        var (grain, world) = Probe();
        var held = await Hold(grain, world);
        var waiting = grain.Do(Deed.Count).AsTask();
        var (idle, idleWorld) = Probe(nameof(A_stop_refuses_new_calls_finishes_the_others_and_ends_every_activation) + "2");
        await idle.Do(Deed.Count);
        var stop = engine.StopAsync(TestContext.Current.CancellationToken);
        var fault = await Assert.ThrowsAsync<OrleansException>(async () => await grain.Do(Deed.Count));
        Assert.Equal("The node is shutting down.", fault.Message);
        Assert.False(stop.IsCompleted);
        world.Gate.SetResult();
        await stop;
        Assert.Equal((1, 2), ((await held).Count, (await waiting).Count));
        Assert.Equal((1, 1), (world.Deactivations, idleWorld.Deactivations));
        Assert.Equal((DeactivationReasonCode.ShuttingDown, 0), (world.LastReason, engine.Resident));
    }

    [Fact]
    public async Task A_stop_that_may_not_wait_tells_the_callers()
    {
        var (grain, world) = Probe();
        var held = await Hold(grain, world);
        var waiting = grain.Do(Deed.Count).AsTask();
        await engine.StopAsync(new CancellationToken(canceled: true));
        await Assert.ThrowsAsync<OrleansException>(() => held);
        await Assert.ThrowsAsync<OrleansException>(() => waiting);
        world.Gate.SetResult();
    }

    [Fact]
    public async Task A_turn_sees_its_own_callers_flow_and_a_timer_nobodys()
    {
        var (grain, world) = Probe();
        ProbeWorld.Flow.Value = "first";
        Assert.Equal("first", (await grain.Do(Deed.Hop)).Flow);
        await grain.Do(Deed.StartTimer);
        var held = await Hold(grain, world);
        ProbeWorld.Flow.Value = "second";
        var waiting = grain.Do(Deed.ReadFlow).AsTask();
        ProbeWorld.Flow.Value = null;
        time.Advance(TimeSpan.FromSeconds(1));
        world.Gate.SetResult();
        Assert.Equal("first", (await held).Flow);
        Assert.Equal("second", (await waiting).Flow);
        await world.Ticked.Next("the tick");
        await grain.Do(Deed.Hop);
        Assert.Equal(0, world.Overlaps); // a tick that sees a flow counts here
    }

    [Fact]
    public void Wrong_options_are_told_all_at_once()
    {
        var fault = Assert.Throws<InvalidOperationException>(
            () => new EmbeddedEngine(new() { MailboxMax = 0, CallTimeout = TimeSpan.Zero }, time));
        Assert.Contains("MailboxMax is 0", fault.Message, StringComparison.Ordinal);
        Assert.Contains("CallTimeout is 00:00:00", fault.Message, StringComparison.Ordinal);
    }

    private static async Task<Task<ProbeReply>> Hold(IProbeGrain grain, ProbeWorld world)
    {
        var held = grain.Do(Deed.WaitForGate).AsTask();
        await world.Entered.Next("the turn that waits");
        return held;
    }

    private EmbeddedEngine NewEngine(EngineOptions options) => new EmbeddedEngine(options, time)
        .Add<IProbeGrain>(static () => new ProbeGrain(), static (kind, key) => new ProbeProxy(kind, key));
}
