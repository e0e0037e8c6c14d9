// How a fact looks at rest: stored names, versions, JSON. Nothing else knows; a name once written is read for ever.
using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace BankEzy.Sessions.Users;

/// <summary>Writes and reads the stored form of a user's facts.</summary>
public static class UserEventCodec
{
    /// <summary>Every stored name, as constants of ours: a class may be renamed, a name in the log may not.</summary>
    public static readonly ImmutableArray<string> Names =
    [
        "session-started.v1", "session-used.v1", "session-signed-out.v1", "device-signed-out.v1", "session-expired.v1",
        "session-superseded.v1", "notice-acknowledged.v1",
    ];

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    [ThreadStatic]
    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json)? _writer;

    /// <summary>The stored name of a fact.</summary>
    public static string NameOf(UserEvent fact) => fact switch
    {
        SessionStarted => Names[0],
        SessionUsed => Names[1],
        SessionSignedOut => Names[2],
        DeviceSignedOut => Names[3],
        SessionExpired => Names[4],
        SessionSuperseded => Names[5],
        NoticeAcknowledged => Names[6],
        _ => throw new InvalidOperationException($"{fact.GetType().Name} has no stored name: add it to UserEventCodec."),
    };

    /// <summary>The stored content of a fact: JSON in UTF-8, times in UTC with milliseconds.</summary>
    public static byte[] Encode(UserEvent fact)
    {
        var (buffer, json) = _writer ??= NewWriter();
        buffer.ResetWrittenCount();
        json.Reset();
        json.WriteStartObject();
        Write(json, "at"u8, fact.At);
        WriteContent(json, fact);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a stored fact.</summary>
    /// <exception cref="InvalidDataException">
    /// The name is unknown or the content is not what the name says: a write model never skips.
    /// </exception>
    public static UserEvent Decode(string name, ReadOnlySpan<byte> json)
    {
        try
        {
            return Compose(name, StoredFields.Read(json));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException(
                $"The log has a damaged event of the name '{name}'. Verify the log and restore it from a backup.", e);
        }
    }

    private static UserEvent Compose(string name, StoredFields f) => name switch
    {
        "session-started.v1" => new SessionStarted(
            f.At, f.Session, f.Device, f.Mode, f.Origin, f.Since, f.TokenExpiresAt, f.EndsAt, f.IdleLimit),
        "session-used.v1" => new SessionUsed(f.At, f.Session),
        "session-signed-out.v1" => new SessionSignedOut(f.At, f.Session, f.Device),
        "device-signed-out.v1" => new DeviceSignedOut(f.At, f.Device, f.By, f.Sessions, f.Owed),
        "session-expired.v1" => new SessionExpired(f.At, f.Session, f.Device, f.Limit),
        "session-superseded.v1" => new SessionSuperseded(f.At, f.Session, f.Device, f.By, f.Why),
        "notice-acknowledged.v1" => new NoticeAcknowledged(f.At, f.Session, f.Device, f.UpTo),
        _ => throw new InvalidDataException(
            $"The log has an event named '{name}', which this version does not know. "
            + "A newer version wrote it: run that version or a later one."),
    };

    private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) NewWriter()
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        return (buffer, new Utf8JsonWriter(buffer));
    }

    private static void WriteContent(Utf8JsonWriter json, UserEvent fact)
    {
        switch (fact)
        {
            case SessionStarted started:
                Write(json, started.Session, started.Device);
                json.WriteNumber("signInMode"u8, (int)started.SignInMode);
                json.WriteString("origin"u8, started.Origin == Origin.Adopted ? "adopted"u8 : "reported"u8);
                Write(json, "since"u8, started.Since);
                Write(json, "tokenExpiresAt"u8, started.TokenExpiresAt);
                Write(json, "endsAt"u8, started.EndsAt);
                json.WriteNumber("idleSeconds"u8, (long)started.IdleLimit.TotalSeconds);
                break;
            case SessionUsed used:
                json.WriteString("session"u8, used.Session.Value);
                break;
            case SessionSignedOut ended:
                Write(json, ended.Session, ended.Device);
                break;
            case DeviceSignedOut ended:
                Write(json, ended.Device);
                json.WriteString("by"u8, ended.AskedBy.Value);
                json.WriteStartArray("sessions"u8);
                foreach (var session in ended.Sessions)
                {
                    json.WriteStringValue(session.Value);
                }

                json.WriteEndArray();
                WriteOwed(json, ended.Owed);
                break;
            case SessionExpired ended:
                Write(json, ended.Session, ended.Device);
                json.WriteString("limit"u8, StoredFields.TextOf(ended.Limit));
                break;
            case SessionSuperseded ended:
                Write(json, ended.Session, ended.Device);
                json.WriteString("by"u8, ended.By.Value);
                json.WriteString("why"u8, ended.Why == Superseding.SameDevice ? "same-device"u8 : "session-limit"u8);
                break;
            case NoticeAcknowledged shown:
                Write(json, shown.Session, shown.Device);
                json.WriteNumber("upTo"u8, shown.UpTo);
                break;
            default:
                throw new InvalidOperationException($"{fact.GetType().Name} has no stored form: add it to UserEventCodec.");
        }
    }

    private static void Write(Utf8JsonWriter json, SessionId session, DeviceId device)
    {
        json.WriteString("session"u8, session.Value);
        Write(json, device);
    }

    private static void Write(Utf8JsonWriter json, DeviceId device)
    {
        Span<char> text = stackalloc char[32];
        device.Hash.TryFormat(text, out _, "x32", CultureInfo.InvariantCulture);
        json.WriteString("device"u8, text);
        device.Label.TryFormat(text, out var length, "x4", CultureInfo.InvariantCulture);
        json.WriteString("label"u8, text[..length]);
    }

    // One text a device, because a list of objects would repeat its members' names for each.
    private static void WriteOwed(Utf8JsonWriter json, ImmutableArray<DeviceId> owed)
    {
        json.WriteStartArray("owed"u8);
        foreach (var device in owed)
        {
            json.WriteStringValue($"{device.HashText}:{device.LabelText}");
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[24];
        time.UtcDateTime.TryFormat(text, out var length, TimeFormat, CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }
}
