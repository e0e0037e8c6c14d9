// The grain that the engine's tests talk to, and what it tells them about its life.
using System.Collections.Concurrent;

namespace BankEzy.Sessions.Tests.Engine;

/// <summary>What a probe is told to do in a turn.</summary>
[GenerateSerializer]
public enum Deed
{
    Count,
    Hop,
    WaitForGate,
    WaitForGateAndEnd,
    ThrowAtOnce,
    ThrowLater,
    DeactivateOnIdle,
    StartTimer,
    StartKeepAliveTimer,
    StartInterleavingTimer,
    ReadFlow,
}

[GenerateSerializer, Immutable, Alias("probe-reply")]
public sealed record ProbeReply([property: Id(0)] int Count, [property: Id(1)] int Activation, [property: Id(2)] string? Flow);

[Alias("probe")]
public interface IProbeGrain : IGrainWithStringKey
{
    [Alias("do")]
    ValueTask<ProbeReply> Do(Deed deed);
}

/// <summary>What the probes of one key have in common with the test. Tests take a key of their own, so nothing is shared.</summary>
public sealed class ProbeWorld
{
    private static readonly ConcurrentDictionary<string, ProbeWorld> Worlds = new();

    public int Activations;
    public int Deactivations;
    public int Ticks;
    public int Inside;
    public int Overlaps;
    public int LostUpdates;
    public int TurnsBeforeActivation;
    public int Kept;
    public int FailingActivations;
    public TaskCompletionSource Gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public TaskCompletionSource ActivationGate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public Signal Entered = new();
    public Signal Ticked = new();
    public Signal Ended = new();
    public DeactivationReasonCode LastReason;

    public static readonly AsyncLocal<string?> Flow = new();

    public static ProbeWorld Of(string key) => Worlds.GetOrAdd(key, static _ => NewWorld());

    private static ProbeWorld NewWorld()
    {
        var world = new ProbeWorld();
        world.ActivationGate.SetResult();
        return world;
    }
}

/// <summary>Something that happens several times; a test waits for the next time, and says what was missing if it never comes.</summary>
public sealed class Signal
{
    private readonly SemaphoreSlim times = new(0);

    public void Set() => times.Release();

    public async Task Next(string what) =>
        Assert.True(await times.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), $"Missing: {what}");
}

public sealed class ProbeGrain : Grain, IProbeGrain
{
    private ProbeWorld world = null!;
    private int activation;
    private int count;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var mine = ProbeWorld.Of(this.GetPrimaryKeyString());
        await mine.ActivationGate.Task;
        if (Interlocked.Decrement(ref mine.FailingActivations) >= 0)
        {
            throw new InvalidDataException("no state");
        }

        count = mine.Kept;
        activation = Interlocked.Increment(ref mine.Activations);
        world = mine;
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        Enter();
        await Task.Yield();
        world.Kept = count;
        world.LastReason = reason.ReasonCode;
        Interlocked.Increment(ref world.Deactivations);
        Leave();
        world.Ended.Set();
    }

    public ValueTask<ProbeReply> Do(Deed deed) => deed switch
    {
        Deed.ThrowAtOnce => throw new InvalidDataException("at once"),
        Deed.Count => new ValueTask<ProbeReply>(CountHere()),
        _ => DoLater(deed),
    };

    private ProbeReply CountHere()
    {
        Enter();
        var before = count;
        Thread.SpinWait(20);
        count = before + 1;
        Leave();
        return Reply();
    }

    private async ValueTask<ProbeReply> DoLater(Deed deed)
    {
        Enter();
        var before = count;
        if (deed is Deed.WaitForGate or Deed.WaitForGateAndEnd)
        {
            world.Entered.Set();
            await world.Gate.Task;
        }
        else
        {
            await Task.Yield();
        }

        count = before + 1;
        if (deed is Deed.StartTimer or Deed.StartKeepAliveTimer or Deed.StartInterleavingTimer)
        {
            StartTimer(deed);
        }
        else if (deed is Deed.DeactivateOnIdle or Deed.WaitForGateAndEnd)
        {
            DeactivateOnIdle();
        }

        Leave();
        return deed == Deed.ThrowLater ? throw new InvalidDataException("later") : Reply();
    }

    private void StartTimer(Deed deed) => this.RegisterGrainTimer(
        static (grain, cancellation) => grain.Tick(),
        this,
        new GrainTimerCreationOptions(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1))
        {
            KeepAlive = deed == Deed.StartKeepAliveTimer,
            Interleave = deed == Deed.StartInterleavingTimer,
        });

    private async Task Tick()
    {
        Enter();
        var before = count;
        await Task.Yield();
        count = before + 1;
        Interlocked.Increment(ref world.Ticks);
        Leave();
        world.Ticked.Set();
        if (ProbeWorld.Flow.Value is not null)
        {
            Interlocked.Increment(ref world.Overlaps);
        }
    }

    private ProbeReply Reply() => new(count, activation, ProbeWorld.Flow.Value);

    private void Enter()
    {
        if (world is null)
        {
            Interlocked.Increment(ref ProbeWorld.Of(this.GetPrimaryKeyString()).TurnsBeforeActivation);
        }
        else if (Interlocked.Increment(ref world.Inside) != 1)
        {
            Interlocked.Increment(ref world.Overlaps);
        }
    }

    private void Leave() => Interlocked.Decrement(ref world.Inside);
}
