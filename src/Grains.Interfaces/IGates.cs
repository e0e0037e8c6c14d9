// The gates of the programs: which incidents there are, and which versions of the app may not sign in. Each program has one small stream.
// Nobody's account is in it.
using System.Collections.Immutable;

namespace BankEzy.Sessions;

/// <summary>Which sessions of a program an incident ends: those that fit every part that is there.</summary>
/// <param name="StartedBefore">They started before this time; null for all.</param>
/// <param name="AppVersion">The device has this version of the app, as the login service said it last; null for all.</param>
/// <param name="Devices">The hashes of the devices, ascending, each once; empty for all devices.</param>
public sealed record IncidentFilter(DateTimeOffset? StartedBefore, string? AppVersion, ImmutableArray<UInt128> Devices)
{
    /// <summary>The most devices of one incident.</summary>
    public const int DevicesMax = 100_000;

    /// <summary>Whether it takes every session of the program.</summary>
    public bool IsWholeProgram => StartedBefore is null && AppVersion is null && Devices.IsEmpty;

    /// <inheritdoc/>
    public bool Equals(IncidentFilter? other) => other is not null && StartedBefore == other.StartedBefore
        && AppVersion == other.AppVersion && Devices.AsSpan().SequenceEqual(other.Devices.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(StartedBefore, AppVersion, Devices.Length);

    /// <summary>Without the devices, for messages.</summary>
    public override string ToString() => "filter of an incident";
}

/// <summary>The person or service that acts on a gate.</summary>
/// <param name="Key">The name of the management key.</param>
/// <param name="Actor">Who used the key, as the caller passed it on; null where nobody was named.</param>
public sealed record GateActor(string Key, string? Actor);

/// <summary>What one may ask of a program's gate. The time is the one at which it reached the service.</summary>
/// <param name="At">When.</param>
public abstract record GateCommand(DateTimeOffset At);

/// <summary>Plans an incident. Nothing is closed by it; the sessions that it would end are counted.</summary>
/// <param name="At">When.</param>
/// <param name="Incident">The caller's id of the request, which is the incident's id.</param>
/// <param name="By">Who plans it.</param>
/// <param name="Filter">Which sessions it is to end.</param>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="Sentence">The code of a sentence for the people whose sessions end.</param>
/// <param name="Ticket">A reference into another system.</param>
public sealed record PlanIncident(
    DateTimeOffset At, Guid Incident, GateActor By, IncidentFilter Filter, string Reason, string? Sentence, string? Ticket = null)
    : GateCommand(At);

/// <summary>Asks for another count of the sessions that an incident would end.</summary>
/// <param name="At">When.</param>
/// <param name="Incident">The incident.</param>
/// <param name="By">Who asks.</param>
public sealed record CountIncident(DateTimeOffset At, Guid Incident, GateActor By) : GateCommand(At);

/// <summary>Approves an incident, with another key than the one that planned it.</summary>
/// <param name="At">When.</param>
/// <param name="Incident">The incident.</param>
/// <param name="By">Who approves.</param>
public sealed record ApproveIncident(DateTimeOffset At, Guid Incident, GateActor By) : GateCommand(At);

/// <summary>Closes the gate: from the commit of its one event on, the sessions that the incident's filter takes are refused.</summary>
/// <param name="At">When.</param>
/// <param name="Incident">The incident.</param>
/// <param name="By">Who runs it.</param>
/// <param name="Sessions">The count of the last dry run, which the caller must know.</param>
/// <param name="ApprovalAbove">Above this count it needs an approval.</param>
public sealed record RunIncident(DateTimeOffset At, Guid Incident, GateActor By, long Sessions, long ApprovalAbove) : GateCommand(At);

/// <summary>Pauses the sessions' own events, or resumes them. The gate stays closed.</summary>
/// <param name="At">When.</param>
/// <param name="Incident">The incident.</param>
/// <param name="By">Who asks.</param>
/// <param name="IsResume">Whether to resume.</param>
public sealed record PauseIncident(DateTimeOffset At, Guid Incident, GateActor By, bool IsResume) : GateCommand(At);

/// <summary>Lets no session of a version of the app begin, or lets them begin again.</summary>
/// <param name="At">When.</param>
/// <param name="Request">Names this request: sent again with the same id it acts once.</param>
/// <param name="AppVersion">The version, as the login service reports it.</param>
/// <param name="Cause">Who asks, and why.</param>
/// <param name="IsRelease">Whether a lock is to be released.</param>
/// <param name="Until">When the lock ends by itself; null for not before it is released.</param>
public sealed record SetAppVersionLock(
    DateTimeOffset At, Guid Request, string AppVersion, Cause Cause, bool IsRelease, DateTimeOffset? Until = null) : GateCommand(At);

/// <summary>How a command to a gate ended.</summary>
public enum GateOutcome
{
    /// <summary>It is in the log; what closes or locks holds on every silo.</summary>
    Done,

    /// <summary>It was so before: nothing was written. What closes or locks holds on every silo.</summary>
    Unchanged,

    /// <summary>The program has no such incident, or no such lock.</summary>
    Unknown,

    /// <summary>The id was used for another request.</summary>
    IdReused,

    /// <summary>The sessions have not been counted yet.</summary>
    NotCounted,

    /// <summary>The count is older than <see cref="IncidentView.CountedFor"/>.</summary>
    CountTooOld,

    /// <summary>The count is another one.</summary>
    OtherCount,

    /// <summary>So many sessions need the approval of a second key, not longer ago than <see cref="IncidentView.ApprovedFor"/>.</summary>
    NotApproved,

    /// <summary>The key that planned an incident does not approve it.</summary>
    SameKey,

    /// <summary>The incident does not run, or has ended.</summary>
    NotRunning,

    /// <summary>The gate is closed already.</summary>
    Running,

    /// <summary>As many incidents or locks as a program may have at a time.</summary>
    TooMany,
}

/// <summary>The answer of a gate.</summary>
/// <param name="Outcome">What happened.</param>
/// <param name="Version">The version of the gate's stream after it.</param>
public readonly record struct GateReply(GateOutcome Outcome, long Version);

/// <summary>How far an incident has come.</summary>
public enum IncidentPhase
{
    /// <summary>The sessions that it would end are being counted.</summary>
    Counting,

    /// <summary>They have been counted.</summary>
    Counted,

    /// <summary>The gate is closed, and the sessions' own events are being written.</summary>
    Running,

    /// <summary>The gate is closed, and the sessions' own events wait.</summary>
    Paused,

    /// <summary>Every session has its own event.</summary>
    Finished,
}

/// <summary>An incident.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Phase">How far it has come.</param>
/// <param name="Filter">Which sessions it ends.</param>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="Sentence">The code of a sentence for the people whose sessions end.</param>
/// <param name="Ticket">A reference into another system.</param>
/// <param name="PlannedBy">Who planned it.</param>
/// <param name="PlannedAt">When.</param>
/// <param name="Sessions">The sessions that the last dry run counted; null where none has ended yet.</param>
/// <param name="Users">Their users.</param>
/// <param name="CountedAt">When.</param>
/// <param name="ApprovedBy">Who approved it.</param>
/// <param name="ApprovedAt">When.</param>
/// <param name="ClosedAt">When the gate closed.</param>
/// <param name="ClosedBy">Who ran it.</param>
/// <param name="Seen">The users that have been looked at since.</param>
/// <param name="Ended">The sessions that have their own event.</param>
/// <param name="Left">Users whose stream could not be read or written; the gate refuses their sessions all the same.</param>
/// <param name="FinishedAt">When every session had its event.</param>
public sealed record IncidentView(
    Guid Id,
    IncidentPhase Phase,
    IncidentFilter Filter,
    string Reason,
    string? Sentence,
    string? Ticket,
    GateActor PlannedBy,
    DateTimeOffset PlannedAt,
    long? Sessions,
    long? Users,
    DateTimeOffset? CountedAt,
    GateActor? ApprovedBy,
    DateTimeOffset? ApprovedAt,
    DateTimeOffset? ClosedAt,
    GateActor? ClosedBy,
    long Seen,
    long Ended,
    long Left,
    DateTimeOffset? FinishedAt)
{
    /// <summary>How long a count is good for.</summary>
    public static readonly TimeSpan CountedFor = TimeSpan.FromMinutes(30);

    /// <summary>How long an approval is good for.</summary>
    public static readonly TimeSpan ApprovedFor = TimeSpan.FromMinutes(30);
}

/// <summary>A version of the app that may not sign in.</summary>
/// <param name="AppVersion">The version.</param>
/// <param name="At">When it was locked.</param>
/// <param name="Until">When the lock ends by itself; null for not before it is released.</param>
/// <param name="Cause">Who asked, and why.</param>
public sealed record AppVersionLock(string AppVersion, DateTimeOffset At, DateTimeOffset? Until, Cause Cause)
{
    /// <summary>Whether it holds at a time.</summary>
    public bool HoldsAt(DateTimeOffset at) => !(Until <= at);
}

/// <summary>A program's gate.</summary>
/// <param name="Version">The version of its stream.</param>
/// <param name="Incidents">The last incidents, oldest first.</param>
/// <param name="Locks">The versions of the app that are locked, also such whose lock has ended by itself.</param>
public sealed record GateView(long Version, ImmutableArray<IncidentView> Incidents, ImmutableArray<AppVersionLock> Locks);

/// <summary>The gates of the programs.</summary>
public interface IGates
{
    /// <summary>Asks something of a program's gate. When it answers that a gate is closed or a version locked, no silo accepts what that
    /// refuses any more; that takes about half a second where other processes share the log.</summary>
    /// <param name="program">PROGRAM_ID.</param>
    /// <param name="command">What is asked.</param>
    /// <exception cref="Exception">Nobody can say whether it is in the log; the caller may repeat.</exception>
    ValueTask<GateReply> Execute(int program, GateCommand command);

    /// <summary>A program's gate, read now.</summary>
    /// <param name="program">PROGRAM_ID.</param>
    /// <exception cref="Exception">It cannot be read.</exception>
    ValueTask<GateView> View(int program);
}
