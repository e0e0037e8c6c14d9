// The rules of incidents and of locked versions of the app. Pure, as the decider of users.
using System.Collections.Immutable;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Gates;

/// <summary>A decision about a gate. No events means that nothing is to be written.</summary>
/// <param name="Outcome">What the caller gets once the events are stored.</param>
/// <param name="Command">The command's id, when there are events.</param>
/// <param name="Events">The events to be stored.</param>
internal readonly record struct GateDecision(GateOutcome Outcome, CommandId Command, ImmutableArray<GateEvent> Events)
{
    /// <summary>A decision that writes nothing.</summary>
    public GateDecision(GateOutcome outcome)
        : this(outcome, default, [])
    {
    }
}

/// <summary>The job has counted.</summary>
internal sealed record ReportCount(DateTimeOffset At, Guid Incident, long Sessions, long Users) : GateCommand(At);

/// <summary>The job has come so far.</summary>
internal sealed record ReportProgress(DateTimeOffset At, Guid Incident, DateTimeOffset Due, string Stream, long Seen, long Ended)
    : GateCommand(At);

/// <summary>The job has looked at everybody.</summary>
internal sealed record ReportEnd(DateTimeOffset At, Guid Incident, long Seen, long Ended, long Left) : GateCommand(At);

/// <summary>The rules of one gate.</summary>
internal static class GateDecider
{
    // A token that was issued before an incident's gate closed is refused by that gate alone, where nobody has reported its session. So a
    // gate is kept for as long as such a token can live.
    private static readonly TimeSpan KeptFor = TokenLimits.LifetimeMax + TimeSpan.FromHours(1);

    /// <summary>Decides a command.</summary>
    public static GateDecision Decide(GateState state, GateCommand command) => command switch
    {
        PlanIncident plan => Plan(state, plan),
        CountIncident count => About(state, count.Incident, incident => Count(state, incident, count)),
        ReportCount counted => About(state, counted.Incident, incident => incident.Phase == IncidentPhase.Counting
            ? Write(state, new IncidentCounted(At(state, counted), counted.Incident, counted.Sessions, counted.Users))
            : new(GateOutcome.Unchanged)),
        ApproveIncident approve => About(state, approve.Incident, incident => Approve(state, incident, approve)),
        RunIncident run => About(state, run.Incident, incident => Run(state, incident, run)),
        PauseIncident pause => About(state, pause.Incident, incident => Pause(state, incident, pause)),
        ReportProgress progress => About(state, progress.Incident, incident => IsUnderWay(incident)
            ? Write(state, new IncidentProgressed(
                At(state, progress), incident.Id, UserDecider.Stored(progress.Due), progress.Stream, progress.Seen, progress.Ended))
            : new(GateOutcome.NotRunning)),
        ReportEnd end => About(state, end.Incident, incident => incident.Phase == IncidentPhase.Running
            ? Write(state, new IncidentFinished(At(state, end), incident.Id, end.Seen, end.Ended, end.Left))
            : new(incident.Phase == IncidentPhase.Finished ? GateOutcome.Unchanged : GateOutcome.NotRunning)),
        SetAppVersionLock locked => SetLock(state, locked),
        _ => throw new InvalidOperationException($"A gate does not know {command.GetType().Name}: add it here."),
    };

    private static GateDecision Plan(GateState state, PlanIncident plan)
    {
        var filter = plan.Filter with
        {
            StartedBefore = UserDecider.Stored(plan.Filter.StartedBefore),
        };
        if (state.Find(plan.Incident) is { } known)
        {
            return new(known.Filter == filter && known.Reason == plan.Reason && known.Sentence == plan.Sentence
                && known.Ticket == plan.Ticket && known.PlannedBy == plan.By ? GateOutcome.Unchanged : GateOutcome.IdReused);
        }

        var at = At(state, plan);
        if (state.Incidents.Length == GateState.IncidentsMax && MustStay(state.Incidents[0], at))
        {
            return new(GateOutcome.TooMany);
        }

        return new(GateOutcome.Done, CommandId.Incident(plan.Incident),
        [
            new IncidentPlanned(
                at, plan.Incident, plan.By.Key, plan.Reason, plan.By.Actor, plan.Sentence, plan.Ticket,
                filter.StartedBefore, filter.AppVersion),
            .. filter.Devices.Chunk(IncidentDevicesListed.DevicesMax)
                .Select(part => new IncidentDevicesListed(at, plan.Incident, [.. part])),
        ]);
    }

    private static bool MustStay(Incident incident, DateTimeOffset at) =>
        IsUnderWay(incident) || incident.PlannedAt > at - KeptFor || incident.Closed?.At > at - KeptFor;

    private static GateDecision Count(GateState state, Incident incident, CountIncident count) => incident.Phase switch
    {
        IncidentPhase.Counting => new(GateOutcome.Unchanged),
        IncidentPhase.Counted =>
            Write(state, new IncidentCountAsked(At(state, count), incident.Id, count.By.Key, count.By.Actor)),
        _ => new(GateOutcome.Running),
    };

    private static GateDecision Approve(GateState state, Incident incident, ApproveIncident approve)
    {
        var at = At(state, approve);
        return incident.Closed is not null ? new(GateOutcome.Running)
            : incident.Count is not { } count ? new(GateOutcome.NotCounted)
            : count.At < at - IncidentView.CountedFor ? new(GateOutcome.CountTooOld)
            : approve.By.Key == incident.PlannedBy.Key ? new(GateOutcome.SameKey)
            : IsApproved(incident, at) && incident.Approval!.Key == approve.By.Key ? new(GateOutcome.Unchanged)
            : Write(state, new IncidentApproved(at, incident.Id, approve.By.Key, approve.By.Actor));
    }

    private static GateDecision Run(GateState state, Incident incident, RunIncident run)
    {
        var at = At(state, run);
        return incident.Closed is { } closed ? new(closed.Sessions == run.Sessions ? GateOutcome.Unchanged : GateOutcome.OtherCount)
            : incident.Count is not { } count ? new(GateOutcome.NotCounted)
            : count.At < at - IncidentView.CountedFor ? new(GateOutcome.CountTooOld)
            : count.Sessions != run.Sessions ? new(GateOutcome.OtherCount)
            : count.Sessions > run.ApprovalAbove && !IsApproved(incident, at) ? new(GateOutcome.NotApproved)
            : Write(state, new GateClosed(at, incident.Id, run.By.Key, run.Sessions, run.By.Actor));
    }

    private static bool IsApproved(Incident incident, DateTimeOffset at) => incident.Approval?.At >= at - IncidentView.ApprovedFor;

    private static bool IsUnderWay(Incident incident) => incident.Phase is IncidentPhase.Running or IncidentPhase.Paused;

    private static GateDecision Pause(GateState state, Incident incident, PauseIncident pause)
    {
        if (!IsUnderWay(incident))
        {
            return new(GateOutcome.NotRunning);
        }

        var (at, by) = (At(state, pause), pause.By);
        return pause.IsResume == (incident.Phase == IncidentPhase.Running) ? new(GateOutcome.Unchanged)
            : Write(state, pause.IsResume
                ? new IncidentResumed(at, incident.Id, by.Key, by.Actor)
                : new IncidentPaused(at, incident.Id, by.Key, by.Actor));
    }

    private static GateDecision SetLock(GateState state, SetAppVersionLock command)
    {
        var at = At(state, command);
        var until = UserDecider.Stored(command.Until);
        var held = state.FindLock(command.AppVersion, at);
        if (command.IsRelease)
        {
            return held is null ? new(GateOutcome.Unknown)
                : new(
                    GateOutcome.Done, CommandId.SetLock(command.Request),
                    [new AppVersionReleased(at, command.AppVersion, command.Cause)]);
        }

        return held is not null && held.Until == until && held.Cause == command.Cause ? new(GateOutcome.Unchanged)
            : held is null && state.Locks.Count(one => one.HoldsAt(at)) >= GateState.LocksMax ? new(GateOutcome.TooMany)
            : new(
                GateOutcome.Done, CommandId.SetLock(command.Request),
                [new AppVersionLocked(at, command.AppVersion, command.Cause, until)]);
    }

    private static GateDecision About(GateState state, Guid id, Func<Incident, GateDecision> decide) =>
        state.Find(id) is { } incident ? decide(incident) : new(GateOutcome.Unknown);

    // What follows the plan is the next step of one incident at one version of the gate, so that names it.
    private static GateDecision Write(GateState state, IncidentEvent happened) =>
        new(GateOutcome.Done, CommandId.IncidentStep(happened.Incident, state.Version), [happened]);

    private static DateTimeOffset At(GateState state, GateCommand command) => UserDecider.NotBefore(state.LastAt, command.At);
}
