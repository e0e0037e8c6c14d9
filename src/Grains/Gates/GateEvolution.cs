// The state of a gate after an event. Pure: the same events give the same state on every silo.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Gates;

/// <summary>Folds events into a state.</summary>
internal static class GateEvolution
{
    /// <summary>The state after an event.</summary>
    public static GateState Evolve(GateState state, GateEvent happened)
    {
        var version = state.Version + 1;
        var incidents = happened is IncidentEvent about ? After(state.Incidents, about, version) : state.Incidents;
        return new GateState(
            version, happened.At, incidents, happened is IncidentEvent ? ClosedOf(incidents) : state.Closed, After(state.Locks, happened));
    }

    private static ImmutableArray<Incident> After(ImmutableArray<Incident> incidents, IncidentEvent happened, long version)
    {
        if (happened is IncidentPlanned planned)
        {
            var kept = incidents.Length < GateState.IncidentsMax ? incidents : incidents.RemoveAt(0);
            return kept.Add(new Incident(
                planned.Incident, new GateActor(planned.Key, planned.Actor), planned.At,
                new IncidentFilter(planned.StartedBefore, planned.AppVersion, []), planned.Reason, planned.Sentence, planned.Ticket,
                IncidentPhase.Counting));
        }

        for (var i = 0; i < incidents.Length; i++)
        {
            if (incidents[i].Id == happened.Incident)
            {
                return incidents.SetItem(i, After(incidents[i], happened, version));
            }
        }

        return incidents; // It was pushed out.
    }

    private static Incident After(Incident incident, IncidentEvent happened, long version) => happened switch
    {
        IncidentDevicesListed listed => incident with
        {
            Filter = incident.Filter with { Devices = incident.Filter.Devices.AddRange(listed.Devices) },
        },
        IncidentCountAsked => incident with { Phase = IncidentPhase.Counting, Count = null, Approval = null },
        IncidentCounted counted => incident with { Phase = IncidentPhase.Counted, Count = counted, Approval = null },
        IncidentApproved approved => incident with { Approval = approved },
        GateClosed closed => incident with { Phase = IncidentPhase.Running, Closed = closed, ClosedVersion = version },
        IncidentPaused => incident with { Phase = IncidentPhase.Paused },
        IncidentResumed => incident with { Phase = IncidentPhase.Running },
        IncidentProgressed progress => incident with { Progress = progress },
        IncidentFinished end => incident with { Phase = IncidentPhase.Finished, End = end },
        _ => throw new InvalidOperationException($"Evolve does not know {happened.GetType().Name}: add it here."),
    };

    private static ImmutableArray<Incident> ClosedOf(ImmutableArray<Incident> incidents) =>
        [.. incidents.Where(incident => incident.ClosedVersion > 0).OrderBy(incident => incident.ClosedVersion)];

    private static ImmutableArray<AppVersionLock> After(ImmutableArray<AppVersionLock> locks, GateEvent happened) => happened switch
    {
        AppVersionLocked locked =>
        [
            .. locks.Where(one => one.AppVersion != locked.AppVersion && one.HoldsAt(locked.At)),
            new AppVersionLock(locked.AppVersion, locked.At, locked.Until, locked.Cause),
        ],
        AppVersionReleased released => locks.RemoveAll(one => one.AppVersion == released.AppVersion),
        _ => locks,
    };
}
