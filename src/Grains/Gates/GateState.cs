// What decisions about a program's gate need, and what users' decisions need of it.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Gates;

/// <summary>An incident.</summary>
/// <param name="Id">Its id.</param>
/// <param name="PlannedBy">Who planned it.</param>
/// <param name="PlannedAt">When.</param>
/// <param name="Filter">Which sessions it ends.</param>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="Sentence">The code of a sentence for the people whose sessions end.</param>
/// <param name="Ticket">A reference into another system.</param>
/// <param name="Phase">How far it has come.</param>
internal sealed record Incident(
    Guid Id, GateActor PlannedBy, DateTimeOffset PlannedAt, IncidentFilter Filter, string Reason, string? Sentence, string? Ticket,
    IncidentPhase Phase)
{
    /// <summary>The last count; null where none has ended since it was asked for.</summary>
    public IncidentCounted? Count { get; init; }

    /// <summary>The last approval, of the last count.</summary>
    public IncidentApproved? Approval { get; init; }

    /// <summary>The event that closed the gate.</summary>
    public GateClosed? Closed { get; init; }

    /// <summary>The version of that event; 0 while the gate is open.</summary>
    public long ClosedVersion { get; init; }

    /// <summary>How far the job has come.</summary>
    public IncidentProgressed? Progress { get; init; }

    /// <summary>The end.</summary>
    public IncidentFinished? End { get; init; }

    /// <summary>What is written into the events of the sessions that it ends.</summary>
    public Cause Cause { get; } = new(
        CauseKind.Incident, Key: PlannedBy.Key, Actor: PlannedBy.Actor, Reason: Reason, Ticket: Ticket, Sentence: Sentence,
        Incident: Id.ToString());
}

/// <summary>The state of a program's gate.</summary>
/// <param name="Version">The version of the last event.</param>
/// <param name="LastAt">The time of the last event.</param>
/// <param name="Incidents">The last incidents, in the order in which they were planned.</param>
/// <param name="Closed">Those whose gate is closed, in the order in which they closed it.</param>
/// <param name="Locks">Locks of versions of the app, also such as have ended by themselves.</param>
internal sealed record GateState(
    long Version,
    DateTimeOffset LastAt,
    ImmutableArray<Incident> Incidents,
    ImmutableArray<Incident> Closed,
    ImmutableArray<AppVersionLock> Locks)
{
    /// <summary>The most incidents that are kept; a further one pushes out the oldest.</summary>
    public const int IncidentsMax = 64;

    /// <summary>The most locks.</summary>
    public const int LocksMax = 64;

    /// <summary>A gate without history: open.</summary>
    public static readonly GateState Initial = new(0, default, [], [], []);

    /// <summary>The incident of an id.</summary>
    public Incident? Find(Guid id)
    {
        foreach (var incident in Incidents)
        {
            if (incident.Id == id)
            {
                return incident;
            }
        }

        return null;
    }

    /// <summary>The lock that keeps a version of the app from signing in at a time.</summary>
    public AppVersionLock? FindLock(string? appVersion, DateTimeOffset at)
    {
        foreach (var one in Locks)
        {
            if (one.AppVersion == appVersion && one.HoldsAt(at))
            {
                return one;
            }
        }

        return null;
    }
}
