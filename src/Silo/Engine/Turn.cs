// What waits in a mailbox and runs as a turn: a call here, a timer's tick in GrainTimer.cs.
using System.Threading.Tasks.Sources;

namespace BankEzy.Sessions.Silo.Engine;

/// <summary>One unit of work of an activation. Next and MadeAt belong to the mailbox.</summary>
internal abstract class Turn
{
    internal Turn? Next;
    internal int MadeAt;

    /// <summary>Whether it must leave the mailbox without running.</summary>
    internal abstract bool IsStale(int tick, int ticksMax);

    /// <summary>Runs it. True: it has ended. False: it goes on, and will call <see cref="Activation.Leave"/> itself.</summary>
    internal abstract bool Start(Grain grain);

    /// <summary>Tells whoever waits that it failed, if nothing was told before; the work itself, if it has begun, goes on.</summary>
    internal abstract bool Fail(Exception fault);
}

/// <summary>Turns in the order they came, linked through <see cref="Turn.Next"/>: an idle grain keeps nothing for it.</summary>
internal struct TurnQueue
{
    private Turn? first;
    private Turn? last;

    internal int Count { get; private set; }

    internal void Add(Turn turn)
    {
        turn.Next = null;
        if (last is null)
        {
            first = turn;
        }
        else
        {
            last.Next = turn;
        }

        last = turn;
        Count++;
    }

    internal Turn Take()
    {
        var turn = first!;
        first = turn.Next;
        last = first is null ? null : last;
        Count--;
        return turn;
    }

    internal Turn? TakeAll()
    {
        var all = first;
        this = default;
        return all;
    }

    /// <summary>Takes out the stale ones; they are linked, and the others keep their order.</summary>
    internal Turn? TakeStale(int tick, int ticksMax)
    {
        Turn? stale = null;
        var turn = TakeAll();
        while (turn is not null)
        {
            var next = turn.Next;
            if (turn.IsStale(tick, ticksMax))
            {
                (turn.Next, stale) = (stale, turn);
            }
            else
            {
                Add(turn);
            }

            turn = next;
        }

        return stale;
    }
}

/// <summary>A call that has not ended yet: the caller awaits this, and the caller alone can be told early (a timeout).</summary>
internal class Call<TReply>(Activation activation) : Turn, IValueTaskSource<TReply>
{
    private ManualResetValueTaskSourceCore<TReply> source;
    private ValueTask<TReply> work;
    private int told;

    internal ValueTask<TReply> Reply => new(this, source.Version);

    /// <summary>Waits for work that a turn has begun.</summary>
    internal void Follow(ValueTask<TReply> begun)
    {
        work = begun;
        begun.GetAwaiter().UnsafeOnCompleted(End);
    }

    internal override bool IsStale(int tick, int ticksMax) => tick - MadeAt >= ticksMax;

    internal override bool Start(Grain grain) => throw new InvalidOperationException("The turn has begun already.");

    internal override bool Fail(Exception fault) => Tell(default!, fault, later: true);

    /// <summary>Hands ended work's outcome to the caller. Work is consumed here, once.</summary>
    protected void Settle(ValueTask<TReply> ended, bool later)
    {
        TReply reply = default!;
        Exception? fault = null;
        try
        {
#pragma warning disable VSTHRD002 // it has ended: nothing is waited for
            reply = ended.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
        }
        catch (Exception thrown)
        {
            fault = thrown; // not swallowed: it is what the caller gets
        }

        if (!later)
        {
            activation.Leave(); // before the caller goes on: its code may take this thread, and must not keep the mailbox shut
        }

        Tell(reply, fault, later);
    }

    private void End() => Settle(work, later: false);

    /// <param name="reply">The reply, if there is no fault.</param>
    /// <param name="fault">The fault, if there is one.</param>
    /// <param name="later">Run the caller's code on another thread: this one has turns or a sweep to go on with.</param>
    private bool Tell(TReply reply, Exception? fault, bool later)
    {
        if (Interlocked.Exchange(ref told, 1) != 0)
        {
            return false;
        }

        source.RunContinuationsAsynchronously = later;
        if (fault is null)
        {
            source.SetResult(reply);
        }
        else
        {
            source.SetException(fault);
        }

        return true;
    }

    TReply IValueTaskSource<TReply>.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<TReply>.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource<TReply>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}

/// <summary>A call that waits for its turn. It runs in its own caller's execution context, whoever's thread it gets.</summary>
internal sealed class WaitingCall<TArgument, TReply>(
    Activation activation, Func<Grain, TArgument, ValueTask<TReply>> method, TArgument argument) : Call<TReply>(activation)
{
    private readonly ExecutionContext? context = ExecutionContext.Capture();
    private Grain? grain;
    private bool ended;

    internal override bool Start(Grain grain)
    {
        this.grain = grain;
        if (context is null)
        {
            Begin();
        }
        else
        {
            ExecutionContext.Run(context, static call => ((WaitingCall<TArgument, TReply>)call!).Begin(), this);
        }

        return ended;
    }

    private void Begin()
    {
        ValueTask<TReply> begun;
        try
        {
            begun = method(grain!, argument);
        }
        catch (Exception thrown)
        {
            begun = ValueTask.FromException<TReply>(thrown);
        }

        if (begun.IsCompleted)
        {
            ended = true;
            Settle(begun, later: true);
        }
        else
        {
            Follow(begun);
        }
    }
}
