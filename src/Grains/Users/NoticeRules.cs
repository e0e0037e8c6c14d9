// What devices are owed: a notice of every other device's sign-out, until they acknowledge it or cannot be expected to ask for it.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>The rules of notices. Pure, as the decider.</summary>
public static class NoticeRules
{
    /// <summary>The most notices that one device is owed; a further one takes the place of the oldest.</summary>
    public const int PerDeviceMax = 64;

    /// <summary>The devices that hear of a device's sign-out: every other one with a live session.</summary>
    internal static ImmutableArray<DeviceId> Hearers(UserState state, DeviceId device, DateTimeOffset at) =>
        [.. state.Sessions.Where(session => session.Device != device && session.IsLiveAt(at)).Select(session => session.Device).Distinct()];

    /// <summary>What is owed after a fact.</summary>
    internal static ImmutableArray<Notice> After(
        ImmutableArray<Notice> owed, ImmutableArray<Session> sessions, UserEvent fact, long version)
    {
        if (fact is DeviceSignedOut { Owed.IsEmpty: false } ended)
        {
            owed = Add(owed, ended, version);
        }

        // Apart, because it is rare: a closure is allocated where its method begins.
        return owed.IsEmpty ? owed : Remaining(owed, sessions, fact);
    }

    /// <summary>The version of the last notice that a device is owed up to a version; 0 for none.</summary>
    internal static long LastOwed(ImmutableArray<Notice> owed, DeviceId device, long upTo) =>
        owed.Where(notice => notice.To == device && notice.Version <= upTo).Select(notice => notice.Version).DefaultIfEmpty().Max();

    /// <summary>Whether a notice is dropped: its device has no live session, and an ended one would be forgotten by now.</summary>
    internal static bool IsForgotten(Notice notice, ImmutableArray<Session> sessions, DateTimeOffset at) =>
        notice.At + UserState.Remembered < at && !sessions.Any(session => session.IsLive && session.Device == notice.To);

    private static ImmutableArray<Notice> Add(ImmutableArray<Notice> owed, DeviceSignedOut ended, long version)
    {
        foreach (var device in ended.Owed)
        {
            if (owed.Count(notice => notice.To == device) == PerDeviceMax)
            {
                owed = owed.Remove(owed.First(notice => notice.To == device));
            }

            owed = owed.Add(new Notice(device, version, ended.At, ended.Device));
        }

        return owed;
    }

    private static ImmutableArray<Notice> Remaining(ImmutableArray<Notice> owed, ImmutableArray<Session> sessions, UserEvent fact) =>
        owed.RemoveAll(notice => IsForgotten(notice, sessions, fact.At)
            || (fact is NoticeAcknowledged shown && shown.Device == notice.To && notice.Version <= shown.UpTo));
}
