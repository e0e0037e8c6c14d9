// What is known of devices: their descriptions, their names, and by which reference the bank's push service reaches them.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>The rules of devices. Pure, as the decider.</summary>
internal static class DeviceRules
{
    /// <summary>What is known after an event.</summary>
    /// <param name="devices">What was known before.</param>
    /// <param name="sessions">The sessions after the event.</param>
    /// <param name="happened">The event.</param>
    public static ImmutableArray<KnownDevice> After(
        ImmutableArray<KnownDevice> devices, ImmutableArray<Session> sessions, UserEvent happened) => happened switch
    {
        DeviceDescribed described => Set(
            devices, sessions, new KnownDevice(described.Device, described.Description, Find(devices, described.Device)?.Name)),
        DeviceRenamed renamed => Set(
            devices, sessions,
            new KnownDevice(renamed.Device, Find(devices, renamed.Device)?.Description ?? new DeviceDescription(), renamed.Name)),
        SessionSignedOut or DeviceSignedOut or SignedOutOnBehalf or SessionExpired when !devices.IsEmpty =>
            WithoutUnusedPush(devices, sessions),
        _ => devices,
    };

    /// <summary>What is known of a device, or null.</summary>
    public static KnownDevice? Find(ImmutableArray<KnownDevice> devices, DeviceId device) =>
        devices.FirstOrDefault(known => known.Device == device);

    /// <summary>The device that a hash names among those that the state knows: of its sessions, by a description, or because
    /// device-based sign-in is listed for it.</summary>
    public static DeviceId? Find(UserState state, UInt128 hash)
    {
        var known = state.Sessions.Select(session => session.Device).Concat(state.Devices.Select(one => one.Device))
            .Concat(state.DeviceSignIn.Listed).Where(device => device.Hash == hash);
        return known.Select(device => (DeviceId?)device).FirstOrDefault();
    }

    /// <summary>The event that a description of a device makes; none where it says nothing new.</summary>
    public static DeviceDescribed? Describe(UserState state, DeviceId device, DeviceDescription? said, DateTimeOffset at) =>
        said is null || said == Find(state.Devices, device)?.Description ? null : new DeviceDescribed(at, device, said);

    /// <summary>The event that a notice makes for those of its devices that can be woken; none where no device can.</summary>
    public static WakesOwed? Wake(UserState state, ImmutableArray<DeviceId> owed, long version, DateTimeOffset at)
    {
        ImmutableArray<DeviceToWake> devices =
        [
            .. from device in owed
               let push = Find(state.Devices, device)?.Description.Push
               where push is not null
               select new DeviceToWake(device, push),
        ];
        return devices.IsEmpty ? null : new WakesOwed(at, version, devices);
    }

    /// <summary>The user names a device.</summary>
    public static Decision<ChangeOutcome> Decide(UserState state, RenameDevice command)
    {
        if (state.Find(command.Session) is not { } asker || !asker.IsLiveAt(command.At))
        {
            return new(ChangeOutcome.AskerEnded);
        }

        return Find(state, command.Device) is not { } device ? new(ChangeOutcome.Unknown)
            : Find(state.Devices, device)?.Name == command.Name ? new(ChangeOutcome.Unchanged)
            : new(ChangeOutcome.Changed, CommandId.Describe(command.Session, state.Version),
                [new DeviceRenamed(UserDecider.NotBefore(state, command.At), command.Session, device, command.Name)]);
    }

    /// <summary>The bank's push service takes a wake: only what is still owed, and was not taken before, is one.</summary>
    public static Decision<ChangeOutcome> Decide(UserState state, TakeWake command)
    {
        if (Find(state, command.Device) is not { } device)
        {
            return new(ChangeOutcome.Unknown);
        }

        var due = state.Owed.Where(notice => notice.To == device && notice.Version <= command.UpToVersion && notice.WokenAt is null)
            .Select(notice => notice.Version).DefaultIfEmpty().Max();
        return due == 0
            ? new(ChangeOutcome.Unchanged)
            : new(ChangeOutcome.Changed, CommandId.Wake(device, due),
                [new DeviceWoken(UserDecider.NotBefore(state, command.At), device, due)]);
    }

    private static ImmutableArray<KnownDevice> Set(
        ImmutableArray<KnownDevice> devices, ImmutableArray<Session> sessions, KnownDevice known)
    {
        var others = devices.RemoveAll(one => one.Device == known.Device);
        if (others.Length == UserState.DevicesMax)
        {
            var unused = others.FirstOrDefault(one => !IsInUse(sessions, one.Device)) ?? others[0];
            others = others.Remove(unused);
        }

        return others.Add(known);
    }

    private static ImmutableArray<KnownDevice> WithoutUnusedPush(
        ImmutableArray<KnownDevice> devices, ImmutableArray<Session> sessions) =>
        devices.All(one => one.Description.Push is null || IsInUse(sessions, one.Device))
            ? devices
            : [.. devices.Select(one => IsInUse(sessions, one.Device) ? one : WithoutPush(one))];

    private static KnownDevice WithoutPush(KnownDevice known) => known with { Description = known.Description with { Push = null } };

    private static bool IsInUse(ImmutableArray<Session> sessions, DeviceId device) =>
        sessions.Any(session => session.IsLive && session.Device == device);
}
