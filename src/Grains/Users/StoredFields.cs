// The members that stored facts are made of, read in one pass. Unknown members are skipped: a later version may add some.
// A member that is asked for and was not there is damage.
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace BankEzy.Sessions.Users;

internal struct StoredFields
{
    private DateTimeOffset? _at;
    private SessionId? _session;
    private SessionId? _by;
    private ImmutableArray<SessionId>? _sessions;
    private ImmutableArray<DeviceId>? _owed;
    private long? _upTo;
    private string? _device;
    private string? _label;
    private Mode? _mode;
    private Origin? _origin;
    private DateTimeOffset? _since;
    private DateTimeOffset? _tokenExpiresAt;
    private DateTimeOffset? _endsAt;
    private TimeSpan? _idleLimit;
    private Limit? _limit;
    private Superseding? _why;

    public readonly DateTimeOffset At => Required(_at);

    public readonly SessionId Session => Required(_session);

    public readonly SessionId By => Required(_by);

    public readonly ImmutableArray<SessionId> Sessions => Required(_sessions);

    public readonly ImmutableArray<DeviceId> Owed => Required(_owed);

    public readonly long UpTo => Required(_upTo);

    public readonly Mode Mode => Required(_mode);

    public readonly Origin Origin => Required(_origin);

    public readonly DateTimeOffset Since => Required(_since);

    public readonly DateTimeOffset TokenExpiresAt => Required(_tokenExpiresAt);

    public readonly DateTimeOffset EndsAt => Required(_endsAt);

    public readonly TimeSpan IdleLimit => Required(_idleLimit);

    public readonly Limit Limit => Required(_limit);

    public readonly Superseding Why => Required(_why);

    public readonly DeviceId Device => DeviceId.Parse(
        _device ?? throw new FormatException("The member 'device' is missing."),
        _label ?? throw new FormatException("The member 'label' is missing."));

    /// <exception cref="JsonException">It is not one JSON object.</exception>
    /// <exception cref="FormatException">A member is not what its name says.</exception>
    public static StoredFields Read(ReadOnlySpan<byte> json)
    {
        var fields = default(StoredFields);
        var reader = new Utf8JsonReader(json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw new FormatException("It is not an object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            fields.ReadMember(ref reader);
        }

        reader.Read(); // Throws where more follows.
        return fields;
    }

    public static ReadOnlySpan<byte> TextOf(Limit limit) => limit switch
    {
        Limit.Token => "token"u8,
        Limit.Absolute => "absolute"u8,
        _ => "idle"u8,
    };

    private void ReadMember(ref Utf8JsonReader reader)
    {
        var member = reader.GetString()!;
        reader.Read();
        switch (member)
        {
            case "at": _at = Time(ref reader); break;
            case "session": _session = Id(ref reader); break;
            case "by": _by = Id(ref reader); break;
            case "sessions": _sessions = Ids(ref reader); break;
            case "owed": _owed = Devices(ref reader); break;
            case "upTo": _upTo = reader.GetInt64() is var version and > 0 ? version : throw Unknown(member); break;
            case "device": _device = reader.GetString(); break;
            case "label": _label = reader.GetString(); break;
            case "signInMode": _mode = reader.GetByte() is var mode and <= (byte)Mode.Device ? (Mode)mode : throw Unknown(member); break;
            case "origin": _origin = OneOf(ref reader, Origin.Reported, "reported"u8, Origin.Adopted, "adopted"u8); break;
            case "since": _since = Time(ref reader); break;
            case "tokenExpiresAt": _tokenExpiresAt = Time(ref reader); break;
            case "endsAt": _endsAt = Time(ref reader); break;
            case "idleSeconds": _idleLimit = TimeSpan.FromSeconds(reader.GetUInt32()); break;
            case "limit":
                _limit = reader.ValueTextEquals("token"u8)
                    ? Limit.Token
                    : OneOf(ref reader, Limit.Absolute, "absolute"u8, Limit.Idle, "idle"u8);
                break;
            case "why":
                _why = OneOf(ref reader, Superseding.SameDevice, "same-device"u8, Superseding.SessionLimit, "session-limit"u8);
                break;
            default: reader.Skip(); break;
        }
    }

    private static T Required<T>(T? value, [CallerMemberName] string member = "")
        where T : struct => value ?? throw new FormatException($"The member for {member} is missing.");

    private static T OneOf<T>(ref Utf8JsonReader reader, T first, ReadOnlySpan<byte> firstText, T second, ReadOnlySpan<byte> secondText) =>
        reader.ValueTextEquals(firstText) ? first : reader.ValueTextEquals(secondText) ? second : throw Unknown(typeof(T).Name);

    private static FormatException Unknown(string member) => new($"The value of {member} is none of the known ones.");

    private static SessionId Id(ref Utf8JsonReader reader) => new(reader.GetGuid());

    private static DateTimeOffset Time(ref Utf8JsonReader reader) => new(reader.GetDateTime().ToUniversalTime(), TimeSpan.Zero);

    private static ImmutableArray<SessionId> Ids(ref Utf8JsonReader reader)
    {
        var ids = ImmutableArray.CreateBuilder<SessionId>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ids.Add(Id(ref reader));
        }

        return ids.DrainToImmutable();
    }

    private static ImmutableArray<DeviceId> Devices(ref Utf8JsonReader reader)
    {
        var devices = ImmutableArray.CreateBuilder<DeviceId>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            devices.Add(reader.GetString()?.Split(':') is [var hash, var label]
                ? DeviceId.Parse(hash, label)
                : throw Unknown("owed"));
        }

        return devices.DrainToImmutable();
    }
}
