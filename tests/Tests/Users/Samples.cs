// The people of the stories: a few sessions, devices and times, and short ways to write commands and events about them.
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Users;

internal static class Samples
{
    public static readonly DeviceId Phone = DeviceId.Of("tdid:cGhvbmU=:7971");
    public static readonly DeviceId Tablet = DeviceId.Of("tablet");
    public static readonly DeviceId Watch = DeviceId.Of("watch");
    public static readonly SessionId First = Session(1);
    public static readonly SessionId Second = Session(2);
    public static readonly SessionId Third = Session(3);
    public const string Account = "12345678901234567890";

    public static readonly TimeSpan TokenLifetime = TimeSpan.FromHours(8);

    private static readonly DateTimeOffset Morning = new(2026, 3, 2, 8, 0, 0, TimeSpan.Zero);

    public static SessionId Session(int number) => new(new Guid(number, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));

    public static DateTimeOffset Minute(double minute) => Morning + TimeSpan.FromMinutes(minute);

    public static StartSession Report(SessionId session, DeviceId device, double minute = 0, Mode mode = Mode.Pin) =>
        new(Minute(minute), session, device, mode, Minute(minute) + TokenLifetime, Account);

    /// <summary>A sign-out with a token that was issued at minute 0.</summary>
    public static SignOut Leave(SessionId session, DeviceId device, Mode mode, double minute = 10) =>
        new(Minute(minute), session, mode, device, Minute(0), Minute(0) + TokenLifetime, Account);

    public static Inspect Look(SessionId session, double minute) => new(Minute(minute), session, Minute(0));

    /// <summary>What a report writes.</summary>
    public static SessionStarted Started(
        SessionId session, DeviceId device, double minute = 0, Mode mode = Mode.Pin, SessionPolicy? policy = null) =>
        new(
            Minute(minute), session, device, mode, Origin.Reported, Minute(minute), Minute(minute) + TokenLifetime,
            Minute(minute) + (policy ?? SessionPolicy.Default).AbsoluteTimeout, (policy ?? SessionPolicy.Default).IdleTimeout);

    /// <summary>What a sign-out writes first when nobody has reported the session.</summary>
    public static SessionStarted Adopted(SessionId session, DeviceId device, double minute = 10) =>
        new(
            Minute(minute), session, device, Mode.Unknown, Origin.Adopted, Minute(0), Minute(0) + TokenLifetime,
            Minute(0) + SessionPolicy.Default.AbsoluteTimeout, SessionPolicy.Default.IdleTimeout);

    /// <summary>The first event of a stream names the account.</summary>
    public static SessionStarted AsFirst(this SessionStarted started) => started with { Account = Account };

    public static SessionSignedOut Left(SessionId session, DeviceId device, double minute = 10) =>
        new(Minute(minute), Account, session, device);

    public static DeviceSignedOut LeftDevice(DeviceId device, SessionId askedBy, double minute, params SessionId[] sessions) =>
        new(Minute(minute), Account, device, askedBy, [.. sessions], []);

    public static DeviceSignedOut Owing(this DeviceSignedOut ended, params DeviceId[] owed) => ended with { Owed = [.. owed] };

    public static AcknowledgeNotices Show(SessionId session, long upTo, double minute = 20) => new(Minute(minute), session, upTo);

    public static NoticeAcknowledged Shown(SessionId session, DeviceId device, long upTo, double minute = 20) =>
        new(Minute(minute), session, device, upTo);

    public static SessionExpired Expired(SessionId session, DeviceId device, double minute, Limit limit) =>
        new(Minute(minute), Account, session, device, limit);

    /// <summary>Support as it asks in the stories.</summary>
    public static readonly Cause Desk = new(CauseKind.Support, Key: "fraud-desk", Actor: "g.bianchi", Reason: "phone-lost");

    /// <summary>The user, from the session on the phone.</summary>
    public static readonly Cause FromPhone = new(CauseKind.OtherDevice, First);

    public static EndSessions End(
        Scope scope, SessionId? session = null, DeviceId? device = null, double minute = 10, int request = 1) =>
        new(Minute(minute), new Guid(request, 0, 0, new byte[8]), scope, Desk, session, device?.Hash);

    public static SignedOutOnBehalf Ended(
        Scope scope, (SessionId Session, DeviceId Device)[] sessions, DeviceId[] off, params DeviceId[] owed) =>
        Ended(scope, sessions, off, 10, owed);

    public static SignedOutOnBehalf Ended(
        Scope scope, (SessionId Session, DeviceId Device)[] sessions, DeviceId[] off, double minute, params DeviceId[] owed) =>
        new(Minute(minute), Account, scope, Desk, Quiet: false,
            [.. sessions.Select(one => new SessionOnDevice(one.Session, one.Device))], [.. off], [.. owed]);

    public static SetLock Lock(DeviceId? device, bool release = false, double minute = 10) =>
        new(Minute(minute), new Guid(release ? 3 : 1, 0, 0, new byte[8]), Desk, release, device?.Hash);

    public static DeviceDescribed Described(DeviceId device, string name, string? push = null, double minute = 0) =>
        new(Minute(minute), device, new DeviceDescription(name, Push: push));

    public static SessionSuperseded Replaced(SessionId session, DeviceId device, SessionId by, double minute, Superseding why) =>
        new(Minute(minute), Account, session, device, by, why);
}
