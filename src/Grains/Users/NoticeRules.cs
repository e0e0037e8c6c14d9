// What devices are owed: a notice of every other device's sign-out, until they acknowledge it. Bounded by number and never by a clock.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>The rules of notices. Pure, as the decider.</summary>
internal static class NoticeRules
{
    /// <summary>The most notices that one device is owed; a further one replaces the oldest of that device.</summary>
    public const int PerDeviceMax = 16;

    /// <summary>The most notices that one user's devices are owed; a further one replaces the oldest of all.</summary>
    public const int PerUserMax = 256;

    /// <summary>The devices that are owed a notice of a device's sign-out: every other one with a live session.</summary>
    public static ImmutableArray<DeviceId> DevicesToNotify(UserState state, DeviceId device, DateTimeOffset at) =>
        [.. state.Sessions.Where(session => session.Device != device && session.IsLiveAt(at)).Select(session => session.Device).Distinct()];

    /// <summary>What is owed after an event.</summary>
    public static ImmutableArray<Notice> After(ImmutableArray<Notice> owed, UserEvent happened, long version) => happened switch
    {
        DeviceSignedOut { Owed.IsEmpty: false } ended => Add(owed, ended.Owed, new Notice(default, version, ended.At, ended.Device)),
        SignedOutOnBehalf { Owed.IsEmpty: false } ended =>
            Add(owed, ended.Owed, new Notice(default, version, ended.At, ended.FirstDevice, ended.Cause.Kind)),
        NoticeAcknowledged shown when !owed.IsEmpty => WithoutShown(owed, shown),
        DeviceWoken woken => [.. owed.Select(notice => notice.To == woken.Device && notice.Version <= woken.UpTo
            ? notice with { WokenAt = notice.WokenAt ?? woken.At } : notice)],
        _ => owed,
    };

    /// <summary>The version of the last notice that a device is owed up to a version; 0 for none.</summary>
    public static long LastOwed(ImmutableArray<Notice> owed, DeviceId device, long upTo) =>
        owed.Where(notice => notice.To == device && notice.Version <= upTo).Select(notice => notice.Version).DefaultIfEmpty().Max();

    private static ImmutableArray<Notice> Add(ImmutableArray<Notice> owed, ImmutableArray<DeviceId> devices, Notice notice)
    {
        var all = owed.ToBuilder();
        foreach (var device in devices)
        {
            if (all.Count(notice => notice.To == device) == PerDeviceMax)
            {
                all.Remove(all.First(notice => notice.To == device));
            }

            all.Add(notice with { To = device });
        }

        if (all.Count > PerUserMax)
        {
            all.RemoveRange(0, all.Count - PerUserMax);
        }

        return all.DrainToImmutable();
    }

    // Separate method: a lambda in the caller would allocate its closure on every event.
    private static ImmutableArray<Notice> WithoutShown(ImmutableArray<Notice> owed, NoticeAcknowledged shown) =>
        owed.RemoveAll(notice => shown.Device == notice.To && notice.Version <= shown.UpTo);
}
