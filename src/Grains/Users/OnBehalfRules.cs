// Sign-outs that somebody asks for on the user's behalf: support, a service, an incident, or the user from another device.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>The rules of sign-outs on a user's behalf. Pure, as the decider.</summary>
internal static class OnBehalfRules
{
    /// <summary>Ends what is live of what was asked for. Device-based sign-in goes off on whole devices, as in mode 2.</summary>
    public static Decision<EndOutcome> Decide(UserState state, EndSessions command)
    {
        if (command.Cause.Session is { } asking && !MayAct(state, asking, command.At))
        {
            return new(EndOutcome.AskerEnded);
        }

        var reachesUnreported = SignedOutOnBehalf.ReachesUnreported(command.Scope);
        if (!IsKnown(state, command, out var device) || (reachesUnreported && AccountOf(state, command).Length == 0))
        {
            return new(EndOutcome.Unknown);
        }

        var at = UserDecider.NotBefore(state, command.At);
        ImmutableArray<SessionOnDevice> ended =
        [
            .. from session in Targets(state, command, device)
               where session.IsLive
               select new SessionOnDevice(session.Id, session.Device),
        ];
        ImmutableArray<DeviceId> signInOff = command.Scope switch
        {
            Scope.Session => [],
            Scope.Device => state.DeviceSignIn.IsOff(device!.Value) ? [] : [device.Value],
            _ => [.. ended.Select(one => one.Device).Distinct().Where(one => !state.DeviceSignIn.IsOff(one))],
        };
        var locked = command.Lock ? Lock(state, command, device, at) : null;
        var hasNothingMore = !reachesUnreported || Refuses(state, at);
        if (ended.IsEmpty && signInOff.IsEmpty && locked is null && hasNothingMore)
        {
            return new(EndOutcome.NothingToEnd);
        }

        return locked is not null && !LockRules.HasRoom(state, locked.Device, at)
            ? new(EndOutcome.TooManyLocks)
            : new(EndOutcome.Ended, CommandId.OnBehalf(command.Request), Write(state, command, ended, signInOff, locked, at));
    }

    /// <summary>Whether a session that nobody has reported counts as ended, of a token that was issued at a time: not after the last time
    /// that everything of the user ended.</summary>
    public static bool Refuses(UserState state, DateTimeOffset issuedAt) => issuedAt <= state.AllEndedAt;

    /// <summary>Until when everything that nobody reported has ended, after an event.</summary>
    public static DateTimeOffset? AllEndedAfter(DateTimeOffset? allEndedAt, UserEvent happened) =>
        happened is SignedOutOnBehalf { EndsUnreported: true } && !(happened.At <= allEndedAt) ? happened.At : allEndedAt;

    // The first event of a user whom the log does not know yet must say whose it is.
    private static string AccountOf(UserState state, EndSessions command) =>
        state.Account.Length > 0 ? state.Account : command.Account ?? "";

    // A session that nobody has reported may end itself and no other; one that has ended may do nothing.
    private static bool MayAct(UserState state, SessionId asking, DateTimeOffset at) =>
        state.Find(asking) is { } session && session.IsLiveAt(at);

    private static bool IsKnown(UserState state, EndSessions command, out DeviceId? device)
    {
        device = command.Device is { } hash ? DeviceRules.Find(state, hash) : null;
        return command.Scope switch
        {
            Scope.Session => command.Session is { } id && state.Find(id) is not null,
            Scope.Device => device is not null,
            _ => true,
        };
    }

    private static IEnumerable<Session> Targets(UserState state, EndSessions command, DeviceId? device)
    {
        var own = command.Cause.Session is { } asking ? state.Find(asking)?.Device : null;
        return command.Scope switch
        {
            Scope.Session => state.Sessions.Where(session => session.Id == command.Session),
            Scope.Device => state.Sessions.Where(session => session.Device == device),
            Scope.Others => state.Sessions.Where(session => session.Device != own),
            _ => state.Sessions,
        };
    }

    private static SignInLocked? Lock(UserState state, EndSessions command, DeviceId? device, DateTimeOffset at)
    {
        var until = UserDecider.Stored(command.LockUntil);
        var target = command.Scope == Scope.Device ? device : null;
        return state.Locks.Any(one => one.Device == target && one.HoldsAt(at) && one.Until == until)
            ? null
            : new SignInLocked(at, command.Cause, target, until);
    }

    /// <summary>The events of an end: what ends, the wakes that its notices make, and the lock.</summary>
    internal static ImmutableArray<UserEvent> Write(
        UserState state, EndSessions command, ImmutableArray<SessionOnDevice> ended, ImmutableArray<DeviceId> signInOff,
        SignInLocked? locked, DateTimeOffset at)
    {
        var events = ImmutableArray.CreateBuilder<UserEvent>();
        if (!ended.IsEmpty || !signInOff.IsEmpty || SignedOutOnBehalf.ReachesUnreported(command.Scope))
        {
            var owed = command.Quiet ? [] : Owed(state, command, ended, signInOff, at);
            events.Add(new SignedOutOnBehalf(
                at, AccountOf(state, command), command.Scope, command.Cause, command.Quiet, ended, signInOff, owed));
            if (DeviceRules.Wake(state, owed, state.Version + 1, at) is { } wakes)
            {
                events.Add(wakes);
            }
        }

        if (locked is not null)
        {
            events.Add(locked);
        }

        return events.DrainToImmutable();
    }

    // Every device that keeps a live session, but the one that asked: it has the answer.
    private static ImmutableArray<DeviceId> Owed(
        UserState state, EndSessions command, ImmutableArray<SessionOnDevice> ended, ImmutableArray<DeviceId> signInOff, DateTimeOffset at)
    {
        var own = command.Cause.Session is { } asking ? state.Find(asking)?.Device : null;
        var left = ended.Select(one => one.Session).ToHashSet();
        return
        [
            .. state.Sessions
                .Where(session => session.IsLiveAt(at) && !left.Contains(session.Id) && session.Device != own
                    && !signInOff.Contains(session.Device) && !ended.Any(one => one.Device == session.Device))
                .Select(session => session.Device).Distinct(),
        ];
    }
}
