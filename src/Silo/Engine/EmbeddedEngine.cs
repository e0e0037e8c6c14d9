// The in-process engine: hosts grains without any package, for one process.
using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Silo.Engine;

/// <summary>
/// One activation per contract and key, one turn at a time in each. A once-a-second sweep does what needs a clock: call timeouts
/// (over the activations with calls in flight only), collection of the idle, and the limit of resident activations.
/// </summary>
public sealed class EmbeddedEngine : IGrainFactory, IAsyncDisposable
{
    // In sweeps; whoever was used longer ago than that counts as used then.
    private const int AgeMax = 4_096;

    private readonly Dictionary<Type, GrainKind> kinds = [];
    private readonly ConcurrentQueue<Activation> watched = new();
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource aborting = new();
    private readonly TimeProvider time;
    private readonly ITimer sweeper;
    private readonly Func<GrainKind, Exception> noAnswer;
    private readonly int timeoutTicks;
    private readonly int idleTicks;
    private volatile bool stopping;
    private volatile bool stopped;
    private volatile int tick;
    private int resident;
    private long refusedBusy;
    private long timedOut;

    /// <summary>Starts an engine without grain types; <see cref="Add"/> them before the first call.</summary>
    public EmbeddedEngine(EngineOptions options, TimeProvider time, ILogger<EmbeddedEngine>? log = null)
    {
        Options = options.Checked();
        Log = log ?? NullLogger<EmbeddedEngine>.Instance;
        this.time = time;
        noAnswer = NoAnswer; // made once: a sweep looks at every user who has just called
        timeoutTicks = options.Sweeps(options.CallTimeout) + 1; // a call is made some time after the tick it counts from
        idleTicks = options.Sweeps(options.CollectionAge);
        sweeper = CreateTimer(Sweep);
        sweeper.Change(options.SweepPeriod, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Activations in memory.</summary>
    public int Resident => Volatile.Read(ref resident);

    /// <summary>Calls that run or wait. One that has not yet given up its caller's thread is not counted.</summary>
    public int InFlight => watched.Sum(static activation => activation.InFlight);

    /// <summary>Calls refused because a mailbox was full.</summary>
    public long RefusedBusy => Interlocked.Read(ref refusedBusy);

    /// <summary>Calls whose caller was told <see cref="TimeoutException"/>.</summary>
    public long TimedOut => Interlocked.Read(ref timedOut);

    internal EngineOptions Options { get; }

    internal ILogger Log { get; }

    /// <summary>The engine's coarse clock: sweeps since the start.</summary>
    internal int Tick => tick;

    internal bool IsStopping => stopping;

    internal CancellationToken Aborted => aborting.Token;

    /// <summary>Registers a grain type: its contract, how a grain is made and how a reference to one.</summary>
    public EmbeddedEngine Add<TContract>(Func<Grain> create, Func<GrainKind, string, TContract> refer)
        where TContract : class, IGrainWithStringKey
    {
        kinds.Add(typeof(TContract), new GrainKind(this, typeof(TContract).Name, create, refer));
        return this;
    }

    /// <inheritdoc/>
    public TGrainInterface GetGrain<TGrainInterface>(string primaryKey, string? grainClassNamePrefix = null)
        where TGrainInterface : IGrainWithStringKey
    {
        ArgumentNullException.ThrowIfNull(primaryKey);
        return kinds.TryGetValue(typeof(TGrainInterface), out var kind)
            ? (TGrainInterface)kind.Refer(kind, primaryKey)
            : throw new InvalidOperationException($"No grain type is registered for {typeof(TGrainInterface).Name}.");
    }

    /// <summary>
    /// Refuses new calls, lets the others finish, ends every activation. If <paramref name="cancellationToken"/> comes first, the
    /// callers that still wait are told "shutting down" and nothing is waited for any more.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        stopping = true;
        Interlocked.MemoryBarrier(); // GrainKind.Add looks at it after adding: one of the two sees the other
        foreach (var activation in Activations())
        {
            activation.Close(DeactivationReasonCode.ShuttingDown);
        }

        CountResident(0);
        try
        {
            await drained.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await aborting.CancelAsync();
            foreach (var activation in Activations())
            {
                activation.Expire(0, int.MinValue, static _ => ShuttingDown(), out _);
            }
        }
        finally
        {
            stopped = true;
            await sweeper.DisposeAsync();
        }
    }

    /// <summary>Stops, but waits no longer than a call may take.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!stopped)
        {
            using var limit = new CancellationTokenSource(Options.CallTimeout, time);
            await StopAsync(limit.Token);
        }
    }

    internal static OrleansException ShuttingDown() => new("The node is shutting down.");

    internal LimitExceededException Busy(GrainKind kind)
    {
        Interlocked.Increment(ref refusedBusy);
        return new($"{kind.Name} is busy: {Options.MailboxMax} calls wait for it already.");
    }

    internal void Watch(Activation activation) => watched.Enqueue(activation);

    internal void CountResident(int change)
    {
        if (Interlocked.Add(ref resident, change) == 0 && stopping)
        {
            drained.TrySetResult();
        }
    }

    /// <summary>A stopped timer that does not carry its maker's execution context.</summary>
    internal ITimer CreateTimer(Action fire)
    {
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
        {
            return time.CreateTimer(
                static callback => ((Action)callback!)(), fire, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    private IEnumerable<Activation> Activations() => kinds.Values.SelectMany(static kind => kind.Activations);

    private void Sweep()
    {
        tick++;
        ExpireCalls();
        if (tick % Math.Max(1, idleTicks / 16) == 0)
        {
            CollectIdle();
        }

        if (Resident > Options.ActivationsMax)
        {
            CollectDown();
        }

        if (!stopped)
        {
            sweeper.Change(Options.SweepPeriod, Timeout.InfiniteTimeSpan); // only now: sweeps never overlap
        }
    }

    private void ExpireCalls()
    {
        for (var left = watched.Count; left > 0 && watched.TryDequeue(out var activation); left--)
        {
            var told = activation.Expire(tick, timeoutTicks, noAnswer, out var stillWatched);
            Interlocked.Add(ref timedOut, told);
            if (stillWatched)
            {
                watched.Enqueue(activation);
            }
        }
    }

    private TimeoutException NoAnswer(GrainKind kind) =>
        new($"{kind.Name} gave no answer within {Options.CallTimeout.TotalSeconds:0.###} s.");

    private void CollectIdle()
    {
        foreach (var activation in Activations())
        {
            if (tick - activation.UsedAt >= idleTicks)
            {
                activation.Close(DeactivationReasonCode.ActivationIdle);
            }
        }
    }

    // Counted by age and not sorted: with all that fit resident, a sort would take the time of thousands of calls.
    private void CollectDown()
    {
        var ages = new int[AgeMax + 1];
        foreach (var activation in Activations())
        {
            ages[AgeOf(activation)]++;
        }

        var left = ages.Sum() - (int)(Options.ActivationsMax * 0.9);
        var age = AgeMax;
        for (; age > 0 && ages[age] < left; age--)
        {
            left -= ages[age];
        }

        // All that are older than this age, and of those of this age as many as are still too many.
        foreach (var activation in Activations())
        {
            var its = AgeOf(activation);
            if (its > age || (its == age && left > 0))
            {
                var isGone = activation.Close(DeactivationReasonCode.ActivationIdle);
                left -= its == age && isGone ? 1 : 0;
            }
        }
    }

    private int AgeOf(Activation activation) => Math.Clamp(tick - activation.UsedAt, 0, AgeMax);
}
