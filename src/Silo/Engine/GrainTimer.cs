// A grain's timer. Its tick is a turn: it queues like a call, and the next one is set only after it has ended.
namespace BankEzy.Sessions.Silo.Engine;

/// <summary>The timer is its own turn, as at most one tick of it waits or runs at a time.</summary>
internal sealed class GrainTimer<TState> : Turn, IGrainTimer
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource ending = new();
    private readonly Activation activation;
    private readonly EmbeddedEngine engine;
    private readonly Func<TState, CancellationToken, Task> callback;
    private readonly TState state;
    private readonly bool keepAlive;
    private readonly ITimer timer;
    private TimeSpan period;
    private TimeSpan? changedTo;
    private bool ticking;
    private bool disposed;
    private bool ended;

    internal GrainTimer(
        Activation activation,
        EmbeddedEngine engine,
        Func<TState, CancellationToken, Task> callback,
        TState state,
        GrainTimerCreationOptions options)
    {
        if (options.Interleave)
        {
            throw new NotSupportedException("Interleave is not supported: a grain has one turn at a time.");
        }

        ArgumentNullException.ThrowIfNull(callback);
        (this.activation, this.engine, this.callback, this.state) = (activation, engine, callback, state);
        keepAlive = options.KeepAlive;
        timer = engine.CreateTimer(Fire);
    }

    /// <inheritdoc/>
    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (gate)
        {
            this.period = period;
            if (ticking)
            {
                changedTo = dueTime;
            }
            else if (!disposed)
            {
                timer.Change(dueTime, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (gate)
        {
            if (disposed)
            {
                return;
            }

            disposed = true;
        }

        timer.Dispose();
        activation.Forget(this);
        ending.Cancel();
    }

    internal override bool IsStale(int tick, int ticksMax) => Volatile.Read(ref disposed);

    internal override bool Fail(Exception fault) => false;

    internal override bool Start(Grain grain)
    {
        ended = false;
        var clean = ExecutionContext.Capture(); // a pool thread's own; what a tick puts into it must not stay for the next turn
        ExecutionContext.Run(clean!, static tick => ((GrainTimer<TState>)tick!).Begin(), this);
        return ended;
    }

    private void Fire()
    {
        lock (gate)
        {
            if (disposed || ticking)
            {
                return;
            }

            ticking = true;
        }

        activation.Tick(this, keepAlive);
    }

    private void Begin()
    {
        Task begun;
        try
        {
            begun = disposed ? Task.CompletedTask : callback(state, ending.Token);
        }
        catch (Exception thrown)
        {
            begun = Task.FromException(thrown);
        }

        if (begun.IsCompleted)
        {
            ended = true;
            SetNext(begun);
        }
        else
        {
            begun.GetAwaiter().UnsafeOnCompleted(() =>
            {
                SetNext(begun);
                activation.Leave();
            });
        }
    }

    private void SetNext(Task tick)
    {
        if (tick.Exception is { } fault)
        {
            EngineLog.TickFailed(engine.Log, fault.InnerException ?? fault); // nobody waits for a tick; the next one comes all the same
        }

        lock (gate)
        {
            ticking = false;
            if (!disposed)
            {
                timer.Change(changedTo ?? period, Timeout.InfiniteTimeSpan);
            }

            changedTo = null;
        }
    }
}
