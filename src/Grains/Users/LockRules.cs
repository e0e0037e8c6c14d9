// Locks on sign-ins: no new session begins on the device, or for the user, until a time or a release.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>The rules of locks. Pure, as the decider.</summary>
internal static class LockRules
{
    /// <summary>The locks after an event. A device, and the user as a whole, has at most one.</summary>
    public static ImmutableArray<SignInLock> After(ImmutableArray<SignInLock> locks, UserEvent happened) => happened switch
    {
        SignInLocked locked => [
            .. locks.Where(one => one.Device != locked.Device && one.HoldsAt(locked.At)),
            new SignInLock(locked.Device, locked.At, locked.Until, locked.Cause)],
        SignInReleased released => locks.RemoveAll(one => one.Device == released.Device),
        _ => locks,
    };

    /// <summary>The lock that keeps a device from signing in at a time; null for none. The user's own goes before the device's.</summary>
    public static SignInLock? Find(ImmutableArray<SignInLock> locks, DeviceId device, DateTimeOffset at)
    {
        SignInLock? found = null;
        foreach (var one in locks)
        {
            if ((one.Device is null || one.Device == device) && one.HoldsAt(at))
            {
                found = one.Device is null ? one : found ?? one;
            }
        }

        return found;
    }

    /// <summary>Locks sign-ins, or releases a lock.</summary>
    public static Decision<ChangeOutcome> Decide(UserState state, SetLock command)
    {
        var device = command.Device is { } hash ? DeviceRules.Find(state, hash) : null;
        if (command.Device is not null && device is null)
        {
            return new(ChangeOutcome.Unknown);
        }

        var at = UserDecider.NotBefore(state, command.At);
        var held = state.Locks.FirstOrDefault(one => one.Device == device && one.HoldsAt(at));
        var until = UserDecider.Stored(command.Until);
        if (command.IsRelease ? held is null : held is not null && held.Until == until && held.Cause == command.Cause)
        {
            return new(ChangeOutcome.Unchanged);
        }

        if (!command.IsRelease && !HasRoom(state, device, at))
        {
            return new(ChangeOutcome.TooManyLocks);
        }

        UserEvent happened = command.IsRelease
            ? new SignInReleased(at, command.Cause, device)
            : new SignInLocked(at, command.Cause, device, until);
        return new(ChangeOutcome.Changed, CommandId.SetLock(command.Request), [happened]);
    }

    /// <summary>Whether a device, or the user as a whole, can be locked: in place of its lock that holds, or while fewer hold than one user
    /// may have. None is ever pushed out: that would let somebody in.</summary>
    public static bool HasRoom(UserState state, DeviceId? device, DateTimeOffset at) =>
        state.Locks.Count(one => one.HoldsAt(at) && one.Device != device) < UserState.LocksMax;
}
