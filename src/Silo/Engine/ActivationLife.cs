// How the grain object of an activation begins, works off its mailbox and ends.
namespace BankEzy.Sessions.Silo.Engine;

internal sealed partial class Activation
{
    /// <summary>
    /// Asks for the end. Idle: unless a call comes first. Shutting down: after what waits. By the grain: after this turn.
    /// </summary>
    internal bool Close(DeactivationReasonCode why)
    {
        lock (gate)
        {
            var weak = why == DeactivationReasonCode.ActivationIdle;
            if (closed || (weak && (grain is null || closing != DeactivationReasonCode.None)))
            {
                return false;
            }

            closing = closing == DeactivationReasonCode.ApplicationRequested ? closing : why;
            StartWork();
            return true;
        }
    }

    void IGrainContext.DeactivateOnIdle() => Close(DeactivationReasonCode.ApplicationRequested);

    IGrainTimer IGrainContext.RegisterTimer<TState>(
        Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        var timer = new GrainTimer<TState>(this, kind.Engine, callback, state, options);
        lock (gate)
        {
            (timers ??= []).Add(timer);
        }

        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    void IThreadPoolWorkItem.Execute() => _ = Work();

    internal void Forget(IDisposable timer)
    {
        lock (gate)
        {
            timers?.Remove(timer);
        }
    }

    /// <summary>Owns <c>busy</c>: turns, with the beginning and the end of a grain object between them where one is due.</summary>
    private async Task Work()
    {
        while (RunTurns() && (grain is null ? await Begin() : await End()))
        {
        }
    }

    /// <summary>Runs turns one after another. False: nothing more to do here. True: a grain must begin or end first.</summary>
    private bool RunTurns()
    {
        while (true)
        {
            Turn turn;
            lock (gate)
            {
                running = null;
                if (grain is null || MustEnd())
                {
                    endingFor = closing; // what is asked from now on is for the next grain object
                    return true;
                }

                if (waiting.Count == 0)
                {
                    busy = false;
                    return false;
                }

                turn = waiting.Take();
                (running, served) = (turn, true);
            }

            if (!turn.Start(grain))
            {
                return false;
            }
        }
    }

    private bool MustEnd() => closing switch
    {
        DeactivationReasonCode.None => false,
        DeactivationReasonCode.ActivationIdle => true, // ticks may wait, which do not count; a call would have lifted it
        DeactivationReasonCode.ApplicationRequested => served || waiting.Count == 0,
        _ => waiting.Count == 0,
    };

    /// <summary>Makes the grain object. False: it failed, its callers have been told and the activation is gone.</summary>
    private async Task<bool> Begin()
    {
        if (CloseIfEmpty())
        {
            return false;
        }

        try
        {
            var made = kind.Create();
            made.GrainContext = this;
            await made.OnActivateAsync(kind.Engine.Aborted);
            (served, grain) = (false, made);
            return true;
        }
        catch (Exception thrown)
        {
            StopTimers();
            for (var turn = CloseForGood(); turn is not null; turn = turn.Next)
            {
                turn.Fail(thrown); // not swallowed: every caller gets it
            }

            return false;
        }
    }

    /// <summary>Ends the grain object. True: somebody waits for the next one.</summary>
    private async Task<bool> End()
    {
        StopTimers();
        try
        {
            await grain!.OnDeactivateAsync(new(endingFor, $"{kind.Name}: {endingFor}"), kind.Engine.Aborted);
        }
        catch (Exception thrown)
        {
            EngineLog.DeactivationFailed(kind.Engine.Log, kind.Name, thrown); // nobody waits for it, and the grain ends all the same
        }

        StopTimers(); // one that was made while ending
        grain = null;
        return !CloseIfEmpty();
    }

    private bool CloseIfEmpty()
    {
        lock (gate)
        {
            waiting.TakeStale(0, int.MaxValue); // the ticks of stopped timers; no call is that old
            closing = kind.Engine.IsStopping ? DeactivationReasonCode.ShuttingDown : DeactivationReasonCode.None;
            if (waiting.Count == 0)
            {
                CloseForGood();
            }

            return closed;
        }
    }

    private Turn? CloseForGood()
    {
        lock (gate)
        {
            closed = true;
            kind.Remove(key, this); // under the gate, or callers would go round until it is gone
            return waiting.TakeAll();
        }
    }

    private void StopTimers()
    {
        List<IDisposable>? old;
        lock (gate)
        {
            (old, timers) = (timers, null);
        }

        old?.ForEach(static timer => timer.Dispose());
    }
}
