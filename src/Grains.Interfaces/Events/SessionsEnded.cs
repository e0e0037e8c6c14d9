// What an event that ends sessions means to those who only want to know that: the feed, the notices, the Orleans streams.
using System.Collections.Immutable;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions;

/// <summary>An event that ends sessions.</summary>
/// <param name="Cursor">Where it is in the feed.</param>
/// <param name="User">Whose sessions ended.</param>
/// <param name="Account">The user's account number.</param>
/// <param name="Version">Its version in the user's stream.</param>
/// <param name="Name">Its stored name.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Device">The device that the sessions lived on; of several devices the first one.</param>
/// <param name="Sessions">The sessions that ended.</param>
/// <param name="AskedBy">The session that asked for a device's sign-out.</param>
/// <param name="Owed">The devices that are owed a notice of it.</param>
/// <param name="Mode">1 or 2 for a sign-out, as in the contract; null for a session that ended otherwise.</param>
/// <param name="Reason">How the sessions ended, in one word for an app.</param>
/// <param name="Cause">The limit, or why a newer session replaced it; null for a sign-out.</param>
/// <param name="OnBehalf">Who asked on the user's behalf, and why; null where the device itself asked, or nobody.</param>
internal sealed record SessionsEnded(
    FeedCursor Cursor,
    UserId User,
    string Account,
    long Version,
    string Name,
    DateTimeOffset At,
    DeviceId Device,
    ImmutableArray<SessionId> Sessions,
    SessionId? AskedBy,
    ImmutableArray<DeviceId> Owed,
    Mode? Mode,
    string Reason,
    string? Cause,
    Cause? OnBehalf = null)
{
    /// <summary>Whether it also ended every session that nobody had reported, of tokens that were issued until then.</summary>
    public bool EndsUnreported { get; private init; }

    /// <summary>The command that caused it.</summary>
    public CommandId Command { get; private init; }

    /// <summary>The stored names of the events that end sessions.</summary>
    public static readonly ImmutableArray<string> Names =
        ["session-signed-out.v1", "device-signed-out.v1", "session-expired.v1", "session-superseded.v1",
            "signed-out-on-behalf.v1"];

    /// <summary>Whether an event of this name ends sessions.</summary>
    public static bool IsOne(string name) => Names.Contains(name);

    /// <summary>Reads an event whose name is one of <see cref="Names"/>.</summary>
    /// <exception cref="InvalidDataException">Its content is damaged; the message says where it is.</exception>
    public static SessionsEnded Read(StoredEvent stored)
    {
        try
        {
            return Of(stored, UserEventCodec.Decode(stored.Name, stored.Json.Span)) with { Command = stored.Command };
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"At {stored.Cursor}: {e.Message}", e);
        }
    }

    /// <summary>Whether it ended this session.</summary>
    public bool Ends(SessionId session) => Sessions.Contains(session) || AskedBy == session;

    private static SessionsEnded Of(StoredEvent stored, UserEvent happened) => happened switch
    {
        SessionSignedOut ended => One(
            stored, ended.At, ended.Account, ended.Session, ended.Device, global::BankEzy.Sessions.Mode.Pin, "signed-out", cause: null),
        SessionExpired ended => One(
            stored, ended.At, ended.Account, ended.Session, ended.Device, mode: null, "expired",
            ended.Limit switch { Limit.Token => "token", Limit.Absolute => "absolute", _ => "idle" }),
        SessionSuperseded ended => One(
            stored, ended.At, ended.Account, ended.Session, ended.Device, mode: null, "superseded",
            ended.Why == Superseding.SameDevice ? "same-device" : "session-limit"),
        DeviceSignedOut ended => new SessionsEnded(
            stored.Cursor, new UserId(stored.Stream), ended.Account, stored.Version, stored.Name, ended.At, ended.Device, ended.Sessions,
            ended.AskedBy, ended.Owed, global::BankEzy.Sessions.Mode.Device, "device-signed-out", Cause: null),
        SignedOutOnBehalf ended => new SessionsEnded(
            stored.Cursor, new UserId(stored.Stream), ended.Account, stored.Version, stored.Name, ended.At,
            ended.FirstDevice, [.. ended.Sessions.Select(one => one.Session)], AskedBy: null, ended.Owed,
            ended.Scope == Scope.Session ? global::BankEzy.Sessions.Mode.Pin : global::BankEzy.Sessions.Mode.Device,
            "signed-out-on-behalf", Cause: null, ended.Cause) { EndsUnreported = ended.EndsUnreported },
        _ => throw new InvalidDataException($"An event named '{stored.Name}' ends no session."),
    };

    private static SessionsEnded One(
        StoredEvent stored, DateTimeOffset at, string account, SessionId session, DeviceId device, Mode? mode, string reason,
        string? cause) => new(
            stored.Cursor, new UserId(stored.Stream), account, stored.Version, stored.Name, at, device, [session], AskedBy: null, [], mode,
            reason, cause);
}
