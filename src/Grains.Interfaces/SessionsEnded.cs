// What the feed tells of an event that ends sessions, and which events those are. A test holds the names against the codec's.
using System.Collections.Immutable;
using System.Text.Json;

namespace BankEzy.Sessions;

/// <summary>An event that ends sessions.</summary>
/// <param name="Cursor">Its place in the feed.</param>
/// <param name="User">Whose sessions ended.</param>
/// <param name="Version">Its version in the user's stream.</param>
/// <param name="Name">Its stored name.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Label">The label of the device that the sessions lived on.</param>
/// <param name="Sessions">The sessions that ended.</param>
/// <param name="AskedBy">The session that asked for a device's sign-out.</param>
/// <param name="Owed">The devices that are owed a notice of it.</param>
/// <param name="Cause">The limit, or why a newer session took the place; null for a sign-out.</param>
public sealed record SessionsEnded(
    FeedCursor Cursor,
    UserId User,
    long Version,
    string Name,
    DateTimeOffset At,
    string Label,
    ImmutableArray<SessionId> Sessions,
    SessionId? AskedBy,
    ImmutableArray<DeviceId> Owed,
    string? Cause)
{
    /// <summary>The stored name of a device's sign-out.</summary>
    public const string DeviceSignedOut = "device-signed-out.v1";

    private const string SessionSignedOut = "session-signed-out.v1";
    private const string SessionExpired = "session-expired.v1";
    private const string SessionSuperseded = "session-superseded.v1";

    /// <summary>The stored names of the events that end sessions.</summary>
    public static readonly ImmutableArray<string> Names = [SessionSignedOut, DeviceSignedOut, SessionExpired, SessionSuperseded];

    /// <summary>1 or 2 for a sign-out, as in the contract; null for a session that ended otherwise.</summary>
    public int? Mode => Name switch
    {
        SessionSignedOut => 1,
        DeviceSignedOut => 2,
        _ => null,
    };

    /// <summary>How the session ended, in one word for an app.</summary>
    public string Reason => Name switch
    {
        SessionSignedOut => "signed-out",
        DeviceSignedOut => "device-signed-out",
        SessionExpired => "expired",
        _ => "superseded",
    };

    /// <summary>Whether an event of this name ends sessions.</summary>
    public static bool IsOne(string name) => Names.Contains(name);

    /// <summary>Reads an event whose name is one of <see cref="Names"/>.</summary>
    /// <exception cref="InvalidDataException">Its content is damaged.</exception>
    public static SessionsEnded Read(StoredEvent stored)
    {
        try
        {
            using var json = JsonDocument.Parse(stored.Json);
            return Read(stored, json.RootElement);
        }
        catch (Exception e) when (e is JsonException or FormatException or KeyNotFoundException or InvalidOperationException
            or OverflowException)
        {
            throw new InvalidDataException(
                $"The event at {stored.Cursor} of the log is damaged. Verify the log and restore it from a backup.", e);
        }
    }

    /// <summary>Whether it ended this session.</summary>
    public bool Ends(SessionId session) => Sessions.Contains(session) || AskedBy == session;

    private static DeviceId DeviceOf(string text) =>
        text.Split(':') is [var hash, var label] ? DeviceId.Parse(hash, label) : throw new FormatException("A device is hash:label.");

    private static SessionsEnded Read(StoredEvent stored, JsonElement json)
    {
        var ofDevice = stored.Name == DeviceSignedOut;
        return new SessionsEnded(
            stored.Cursor, new UserId(stored.Stream), stored.Version, stored.Name,
            json.GetProperty("at"u8).GetDateTimeOffset(), json.GetProperty("label"u8).GetString()!,
            ofDevice
                ? [.. json.GetProperty("sessions"u8).EnumerateArray().Select(id => new SessionId(id.GetGuid()))]
                : [new SessionId(json.GetProperty("session"u8).GetGuid())],
            ofDevice ? new SessionId(json.GetProperty("by"u8).GetGuid()) : null,
            ofDevice ? [.. json.GetProperty("owed"u8).EnumerateArray().Select(device => DeviceOf(device.GetString()!))] : [],
            stored.Name switch
            {
                SessionExpired => json.GetProperty("limit"u8).GetString(),
                SessionSuperseded => json.GetProperty("why"u8).GetString(),
                _ => null,
            });
    }
}
