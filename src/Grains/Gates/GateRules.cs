// What a closed gate means to one user: which sessions it ends. By the position in the log, not by a clock: a session is refused when its
// start had not seen the event that closed the gate. One whose start raced with the gate counts as before it, which is the safe side.
using System.Collections.Immutable;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Gates;

/// <summary>The rules of gates for users. Pure, as the deciders.</summary>
internal static class GateRules
{
    /// <summary>The end of the live sessions that a gate has closed on; no events where there are none. Of several incidents the one that
    /// closed first; what is left for the others is asked again.</summary>
    public static Decision<bool> Decide(UserState state, GateState gate, DateTimeOffset at)
    {
        foreach (var incident in gate.Closed)
        {
            var ended = Matching(state, incident, at);
            if (!ended.IsEmpty)
            {
                return new(true, CommandId.EndByIncident(incident.Id, ended[0].Session), End(state, incident, ended, at));
            }
        }

        return new(false);
    }

    /// <summary>The live sessions that an incident ends, or would end.</summary>
    public static ImmutableArray<SessionOnDevice> Matching(UserState state, Incident incident, DateTimeOffset at)
    {
        var found = ImmutableArray<SessionOnDevice>.Empty;
        foreach (var session in state.Sessions)
        {
            if (session.IsLiveAt(at) && IsBefore(session, incident) && Fits(state, session, incident.Filter))
            {
                found = found.Add(new SessionOnDevice(session.Id, session.Device));
            }
        }

        return found;
    }

    /// <summary>Whether a closed gate refuses a session that nobody has reported, of a token that was issued at a time. What device it is
    /// on, a token does not say.</summary>
    public static bool Refuses(GateState gate, DateTimeOffset issuedAt)
    {
        foreach (var incident in gate.Closed)
        {
            if (issuedAt <= incident.Closed!.At && incident.Filter is { AppVersion: null, Devices.IsEmpty: true } filter
                && !(issuedAt >= filter.StartedBefore))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The lock that keeps a sign-in out: by the version of the app that the report names, else by the one last known of the
    /// device.</summary>
    public static AppVersionLock? LockOf(UserState state, GateState gate, StartSession command, DateTimeOffset at) =>
        gate.Locks.IsEmpty ? null
        : gate.FindLock(
            command.Description?.AppVersion ?? DeviceRules.Find(state.Devices, command.Device)?.Description.AppVersion, at);

    private static bool IsBefore(Session session, Incident incident) =>
        incident.ClosedVersion == 0 || session.Gate < incident.ClosedVersion;

    private static bool Fits(UserState state, Session session, IncidentFilter filter) =>
        !(session.Since >= filter.StartedBefore)
        && (filter.Devices.IsEmpty || filter.Devices.BinarySearch(session.Device.Hash) >= 0)
        && (filter.AppVersion is null
            || filter.AppVersion == DeviceRules.Find(state.Devices, session.Device)?.Description.AppVersion);

    // On a list of devices, device-based sign-in goes off as well, as in mode 2; else the users sign in again as they did.
    private static ImmutableArray<UserEvent> End(
        UserState state, Incident incident, ImmutableArray<SessionOnDevice> ended, DateTimeOffset at)
    {
        var isOfDevices = !incident.Filter.Devices.IsEmpty;
        var command = new EndSessions(at, incident.Id, isOfDevices ? Scope.Device : Scope.Session, incident.Cause);
        ImmutableArray<DeviceId> signInOff = isOfDevices
            ? [.. ended.Select(one => one.Device).Distinct().Where(device => !state.DeviceSignIn.IsOff(device))]
            : [];
        return OnBehalfRules.Write(state, command, ended, signInOff, locked: null, UserDecider.NotBefore(state, at));
    }
}
