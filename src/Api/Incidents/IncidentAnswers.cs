// What the routes of incidents take and give.
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Incidents;

internal static class IncidentAnswers
{
    private static readonly Answer IdReused = new(409, "requestId was used for another plan: use a new UUID for a new incident");
    private static readonly Answer NotCounted = new(409, "The sessions have not been counted yet: ask for it until it says counted");
    private static readonly Answer CountTooOld = new(409, "The count is older than 30 minutes: count anew");
    private static readonly Answer OtherCount = new(409, "count is not the number of sessions that the dry run counted: look at it");
    private static readonly Answer NotApproved = new(409, "So many sessions need the approval of a second key: approve first");
    private static readonly Answer SameKey = new(409, "The key that planned an incident does not approve it: another key must");
    private static readonly Answer NotRunning = new(409, "The incident does not run, or has ended");
    private static readonly Answer Running = new(409, "The gate of this incident is closed already");
    private static readonly Answer TooMany = new(409, "The program has 64 incidents of the last 25 hours: widen the filter of one instead");

    /// <summary>The refusal of an outcome; null where it is none.</summary>
    public static Answer? RefusalOf(GateOutcome outcome) => outcome switch
    {
        GateOutcome.Done or GateOutcome.Unchanged => null,
        GateOutcome.IdReused => IdReused,
        GateOutcome.NotCounted => NotCounted,
        GateOutcome.CountTooOld => CountTooOld,
        GateOutcome.OtherCount => OtherCount,
        GateOutcome.NotApproved => NotApproved,
        GateOutcome.SameKey => SameKey,
        GateOutcome.Running => Running,
        GateOutcome.TooMany => TooMany,
        _ => NotRunning,
    };

    /// <summary>What an incident looks like.</summary>
    public static IncidentAnswer Describe(int program, IncidentView incident, bool needsApproval) => new(
        incident.Id, program, NameOf(incident.Phase), incident.PlannedAt.UtcDateTime, incident.PlannedBy.Key, incident.Reason,
        needsApproval, incident.Ended, incident.Seen, incident.Left)
    {
        PlannedFor = incident.PlannedBy.Actor,
        StartedBefore = incident.Filter.StartedBefore?.UtcDateTime,
        AppVersion = incident.Filter.AppVersion,
        Devices = incident.Filter.Devices.IsEmpty ? null : incident.Filter.Devices.Length,
        Sentence = incident.Sentence,
        Ticket = incident.Ticket,
        Sessions = incident.Sessions,
        Users = incident.Users,
        CountedAt = incident.CountedAt?.UtcDateTime,
        ApprovedBy = incident.ApprovedBy?.Key,
        ApprovedAt = incident.ApprovedAt?.UtcDateTime,
        ClosedAt = incident.ClosedAt?.UtcDateTime,
        ClosedBy = incident.ClosedBy?.Key,
        FinishedAt = incident.FinishedAt?.UtcDateTime,
    };

    private static string NameOf(IncidentPhase phase) => phase switch
    {
        IncidentPhase.Counting => "counting",
        IncidentPhase.Counted => "counted",
        IncidentPhase.Running => "running",
        IncidentPhase.Paused => "paused",
        _ => "finished",
    };
}

/// <summary>Which sessions an incident is to end: those that fit every part that is there.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="RequestId">A UUID of the caller, which becomes the incident's id.</param>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="StartedBefore">Sessions that started before this time (RFC 3339).</param>
/// <param name="Devices">Sessions on these devices: up to 100,000 ids, or their hashes as 32 hex digits.</param>
/// <param name="AppVersion">Sessions on devices with this version of the app.</param>
/// <param name="Sentence">The code of a sentence for the people whose sessions end, of the configured list.</param>
/// <param name="Ticket">A reference into another system: 1 to 32 of A-Z, 0-9 and -.</param>
public sealed record IncidentPlan(
    int Program, Guid RequestId, string Reason, DateTimeOffset? StartedBefore = null, IReadOnlyList<string>? Devices = null,
    string? AppVersion = null, string? Sentence = null, string? Ticket = null);

/// <summary>Which program to check.</summary>
/// <param name="Program">PROGRAM_ID.</param>
public sealed record PreflightRequest(int Program);

/// <summary>Which incident is meant.</summary>
/// <param name="Id">The incident's id.</param>
public sealed record IncidentStep(Guid Id);

/// <summary>Which incident to run.</summary>
/// <param name="Id">The incident's id.</param>
/// <param name="Count">The number of sessions that the dry run counted, typed by the one who runs it.</param>
public sealed record IncidentRun(Guid Id, long Count);

/// <summary>The answer to a plan.</summary>
/// <param name="Incident">The incident.</param>
/// <param name="Preflight">Whether everything is there that it needs.</param>
public sealed record IncidentPlanned(IncidentAnswer Incident, PreflightAnswer Preflight);

/// <summary>What an incident needs.</summary>
/// <param name="Ready">Whether everything is there.</param>
/// <param name="Silos">The silos that have users.</param>
/// <param name="Log">Whether the log can be written.</param>
/// <param name="Operators">How many keys may plan, approve and run.</param>
/// <param name="Faults">What is missing.</param>
public sealed record PreflightAnswer(bool Ready, IReadOnlyList<SiloAnswer> Silos, bool Log, int Operators, IReadOnlyList<string> Faults);

/// <summary>A silo.</summary>
/// <param name="Silo">Its address.</param>
/// <param name="Reachable">Whether it answered.</param>
/// <param name="Gate">The version of the program's gate by which it decides.</param>
public sealed record SiloAnswer(string Silo, bool Reachable, long? Gate = null);

/// <summary>Incidents.</summary>
/// <param name="Incidents">The incidents, oldest first.</param>
public sealed record IncidentList(IReadOnlyList<IncidentAnswer> Incidents);

/// <summary>An incident.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Phase">counting, counted, running, paused or finished.</param>
/// <param name="PlannedAt">When it was planned.</param>
/// <param name="PlannedBy">The name of the key that planned it.</param>
/// <param name="Reason">Why.</param>
/// <param name="NeedsApproval">Whether a second key must approve so many sessions.</param>
/// <param name="Ended">The sessions that have their own event.</param>
/// <param name="Seen">The users that the job has looked at, one counted again where the log lists it again.</param>
/// <param name="Left">Users whose stream could not be read; the gate refuses their sessions all the same.</param>
public sealed record IncidentAnswer(
    Guid Id, int Program, string Phase, DateTime PlannedAt, string PlannedBy, string Reason, bool NeedsApproval, long Ended, long Seen,
    long Left)
{
    /// <summary>The person for whom the key planned it.</summary>
    public string? PlannedFor { get; init; }

    /// <summary>It ends sessions that started before this time.</summary>
    public DateTime? StartedBefore { get; init; }

    /// <summary>It ends sessions on devices with this version of the app.</summary>
    public string? AppVersion { get; init; }

    /// <summary>It ends sessions on so many listed devices.</summary>
    public int? Devices { get; init; }

    /// <summary>The code of the sentence for the people.</summary>
    public string? Sentence { get; init; }

    /// <summary>The reference into another system.</summary>
    public string? Ticket { get; init; }

    /// <summary>The sessions that the last dry run counted.</summary>
    public long? Sessions { get; init; }

    /// <summary>Their users.</summary>
    public long? Users { get; init; }

    /// <summary>When they were counted.</summary>
    public DateTime? CountedAt { get; init; }

    /// <summary>The name of the key that approved it.</summary>
    public string? ApprovedBy { get; init; }

    /// <summary>When.</summary>
    public DateTime? ApprovedAt { get; init; }

    /// <summary>When the gate closed.</summary>
    public DateTime? ClosedAt { get; init; }

    /// <summary>The name of the key that ran it.</summary>
    public string? ClosedBy { get; init; }

    /// <summary>When every session had its own event.</summary>
    public DateTime? FinishedAt { get; init; }
}
