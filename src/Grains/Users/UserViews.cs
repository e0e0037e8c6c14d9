// What the state says of a user to those who look at it.
namespace BankEzy.Sessions.Users;

/// <summary>Describes a state. Pure, as the decider.</summary>
internal static class UserViews
{
    /// <summary>The live sessions, and what devices are owed.</summary>
    public static UserView View(UserState state, DateTimeOffset at) => new(
        state.Version,
        [.. state.Sessions.Where(session => session.IsLiveAt(at)).Select(View)],
        [.. state.Owed.Select(notice => new NoticeView(notice.To, notice.Version, notice.At, notice.SignedOut))]);

    /// <summary>The same, and each device that the state knows: signed in ones first, by last use, then the others, by their end.</summary>
    public static UserDetails Details(UserState state, DateTimeOffset at) => new(
        View(state, at),
        state.Account,
        [.. state.Sessions.GroupBy(session => session.Device).Select(group => Device(state, group.Key, [.. group], at))
            .OrderByDescending(device => device.Sessions.Length > 0).ThenByDescending(device => device.LastSeenAt)]);

    private static DeviceView Device(UserState state, DeviceId device, IReadOnlyList<Session> sessions, DateTimeOffset at) => new(
        device,
        [.. sessions.Where(session => session.IsLiveAt(at)).Select(View)],
        [.. sessions.Where(session => !session.IsLive).OrderBy(session => session.EndedBy)
            .Select(session => new EndedSessionView(session.Id, session.EndedBy))],
        sessions.Max(session => session.UsedAt),
        !state.DeviceSignIn.IsOff(device));

    private static SessionView View(Session session) => new(
        session.Id, session.Device, session.SignInMode, session.Since, session.DueAt.At);
}
