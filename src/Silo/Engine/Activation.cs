// The mailbox of one key and the grain object behind it: the place where "one turn at a time" is kept.
namespace BankEzy.Sessions.Silo.Engine;

/// <summary>
/// One turn at a time, kept by <c>busy</c>: whoever sets it under the gate owns the grain and ends with <see cref="Leave"/> or in
/// <see cref="Work"/>. A call to an idle grain runs on its caller's thread; every other turn is a thread pool item's.
/// When a grain object ends while calls wait, the mailbox stays and the next grain object serves them: so a call that meets
/// a closing activation lands on the next one, and the two never overlap.
/// </summary>
internal sealed partial class Activation(GrainKind kind, string key) : IGrainContext, IThreadPoolWorkItem
{
    private readonly Lock gate = new();
    private Grain? grain; // null: there is none yet, and the next step is to make one
    private List<IDisposable>? timers;
    private TurnQueue waiting;
    private Turn? running;
    private int usedAt;
    private bool busy;
    private bool closed;
    private bool watched;
    private bool served; // the grain has had a turn, so that ending it at once cannot go round in circles
    private DeactivationReasonCode closing;
    private DeactivationReasonCode endingFor;

    public string Key => key;

    public IGrainFactory GrainFactory => kind.Engine;

    internal int UsedAt => Volatile.Read(ref usedAt);

    /// <summary>Calls that run or wait; without those that run on their caller's thread and have not yet had to wait.</summary>
    internal int InFlight
    {
        get
        {
            lock (gate)
            {
                return waiting.Count + (running is null ? 0 : 1);
            }
        }
    }

    /// <summary>Makes a call, unless the activation is closed for good: then the caller looks for the next one.</summary>
    internal bool TryCall<TArgument, TReply>(
        Func<Grain, TArgument, ValueTask<TReply>> method, TArgument argument, out ValueTask<TReply> reply)
    {
        lock (gate)
        {
            if (closed)
            {
                reply = default;
                return false;
            }

            usedAt = kind.Engine.Tick;
            if (busy || grain is null)
            {
                reply = Wait(method, argument);
                return true;
            }

            busy = true;
        }

        reply = RunHere(grain, method, argument);
        return true;
    }

    /// <summary>Ends a turn. A waiting turn gets a thread of its own: the finished caller does not work for others.</summary>
    internal void Leave()
    {
        lock (gate)
        {
            running = null;
            served = true;
            if (waiting.Count == 0 && closing == DeactivationReasonCode.None)
            {
                busy = false;
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <summary>Queues a timer's tick; a closed activation has none.</summary>
    internal void Tick(Turn tick, bool keepAlive)
    {
        lock (gate)
        {
            if (closed)
            {
                return;
            }

            usedAt = keepAlive ? kind.Engine.Tick : usedAt;
            Enqueue(tick);
        }
    }

    /// <summary>
    /// Tells the callers whose time is over and counts them. A call that waited is dropped and never runs; one that runs goes on
    /// to its end, and the grain stays taken until then.
    /// </summary>
    internal int Expire(int tick, int ticksMax, Func<GrainKind, Exception> fault, out bool stillWatched)
    {
        Turn? late;
        Turn? stale;
        lock (gate)
        {
            late = running is not null && running.IsStale(tick, ticksMax) ? running : null;
            if (late is not null)
            {
                running = null;
            }

            stale = waiting.TakeStale(tick, ticksMax);
            watched = stillWatched = running is not null || waiting.Count > 0;
        }

        var told = late is not null && late.Fail(fault(kind)) ? 1 : 0;
        for (; stale is not null; stale = stale.Next)
        {
            told += stale.Fail(fault(kind)) ? 1 : 0;
        }

        return told;
    }

    private ValueTask<TReply> RunHere<TArgument, TReply>(
        Grain target, Func<Grain, TArgument, ValueTask<TReply>> method, TArgument argument)
    {
        ValueTask<TReply> begun;
        try
        {
            begun = method(target, argument);
        }
        catch (Exception thrown)
        {
            begun = ValueTask.FromException<TReply>(thrown);
        }

        if (begun.IsCompleted)
        {
            Leave();
            return begun;
        }

        var call = new Call<TReply>(this) { MadeAt = usedAt };
        lock (gate)
        {
            running = call;
            Watch();
        }

        call.Follow(begun);
        return call.Reply;
    }

    // Under the gate from here on.
    private ValueTask<TReply> Wait<TArgument, TReply>(Func<Grain, TArgument, ValueTask<TReply>> method, TArgument argument)
    {
        if (waiting.Count >= kind.Engine.Options.MailboxMax)
        {
            return ValueTask.FromException<TReply>(kind.Engine.Busy(kind));
        }

        if (closing == DeactivationReasonCode.ActivationIdle)
        {
            closing = DeactivationReasonCode.None; // somebody came before the collection did
        }

        var call = new WaitingCall<TArgument, TReply>(this, method, argument) { MadeAt = usedAt };
        Enqueue(call);
        Watch();
        return call.Reply;
    }

    private void Enqueue(Turn turn)
    {
        waiting.Add(turn);
        StartWork();
    }

    private void StartWork()
    {
        if (!busy)
        {
            busy = true;
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private void Watch()
    {
        if (!watched)
        {
            watched = true;
            kind.Engine.Watch(this);
        }
    }
}
