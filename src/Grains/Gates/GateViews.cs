// What a gate looks like to operators.

namespace BankEzy.Sessions.Gates;

internal static class GateViews
{
    public static GateView Of(GateState state) => new(state.Version, [.. state.Incidents.Select(Of)], state.Locks);

    private static IncidentView Of(Incident incident) => new(
        incident.Id, incident.Phase, incident.Filter, incident.Reason, incident.Sentence, incident.Ticket,
        incident.PlannedBy, incident.PlannedAt,
        incident.Count?.Sessions, incident.Count?.Users, incident.Count?.At,
        incident.Approval is { } approval ? new GateActor(approval.Key, approval.Actor) : null, incident.Approval?.At,
        incident.Closed?.At, incident.Closed is { } closed ? new GateActor(closed.Key, closed.Actor) : null,
        incident.End?.Seen ?? incident.Progress?.Seen ?? 0, incident.End?.Ended ?? incident.Progress?.Ended ?? 0,
        incident.End?.Left ?? 0, incident.End?.At);
}
