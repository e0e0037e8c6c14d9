// Many callers, few keys, activations ending all the time: no update is lost and no two turns meet.
using BankEzy.Sessions.Silo.Engine;

namespace BankEzy.Sessions.Tests.Engine;

public sealed class EngineStressTests
{
    private const int Callers = 8;
    private const int CallsEach = 25_000;
    private const int Keys = 50;

    // All calls together take 2,000 s of the engine's clock. A thread that the machine keeps waiting makes no call late by that.
    private const int CallsASecond = 100;

    private int answered;

    [Fact]
    public async Task Two_hundred_thousand_calls_lose_nothing_while_activations_end()
    {
        var time = new FakeTime();
        var engine = new EmbeddedEngine(new() { CollectionAge = TimeSpan.FromSeconds(1), CallTimeout = TimeSpan.FromHours(1) }, time)
            .Add<IProbeGrain>(static () => new ProbeGrain(), static (kind, key) => new ProbeProxy(kind, key));
        var grains = Enumerable.Range(0, Keys).Select(key => engine.GetGrain<IProbeGrain>($"stress{key}")).ToArray();
        using var done = new CancellationTokenSource();
        var clock = Task.Run(() => Drive(time, done.Token), TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => Caller(grains, caller))));
        await done.CancelAsync();
        await clock;
        await engine.StopAsync(TestContext.Current.CancellationToken);

        var worlds = Enumerable.Range(0, Keys).Select(key => ProbeWorld.Of($"stress{key}")).ToArray();
        Assert.All(worlds, world => Assert.Equal(0, world.Overlaps + world.TurnsBeforeActivation + world.Inside));
        Assert.Equal(Callers * CallsEach, worlds.Sum(world => world.Kept));
        Assert.Equal(worlds.Sum(world => world.Activations), worlds.Sum(world => world.Deactivations));
        Assert.True(worlds.Sum(world => world.Activations) > 2 * Keys, "Missing: activations that ended while calls came");
        Assert.Equal((0, 0L, 0L), (engine.Resident, engine.TimedOut, engine.RefusedBusy));
    }

    private void Drive(FakeTime time, CancellationToken done)
    {
        for (var due = CallsASecond; !done.IsCancellationRequested; due += CallsASecond)
        {
            while (Volatile.Read(ref answered) < due && !done.IsCancellationRequested)
            {
                Thread.Yield();
            }

            time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private async Task Caller(IProbeGrain[] grains, int caller)
    {
        for (var call = 0; call < CallsEach; call++)
        {
            var deed = (call % 97) switch { 0 => Deed.DeactivateOnIdle, < 20 => Deed.Hop, _ => Deed.Count };
            await grains[(call * 7 + caller) % Keys].Do(deed);
            Interlocked.Increment(ref answered);
        }
    }
}
