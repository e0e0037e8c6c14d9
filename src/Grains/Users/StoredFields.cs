// The members that stored facts are made of, read in one pass. Unknown members are skipped: a later version may add some.
using System.Collections.Immutable;
using System.Text.Json;

namespace BankEzy.Sessions.Users;

internal struct StoredFields
{
    private string? _device;
    private string? _label;

    public DateTimeOffset At { get; private set; }

    public SessionId Session { get; private set; }

    public SessionId By { get; private set; }

    public ImmutableArray<SessionId> Sessions { get; private set; }

    public Mode Mode { get; private set; }

    public Origin Origin { get; private set; }

    public DateTimeOffset Since { get; private set; }

    public DateTimeOffset TokenExpiresAt { get; private set; }

    public DateTimeOffset EndsAt { get; private set; }

    public TimeSpan IdleLimit { get; private set; }

    public Limit Limit { get; private set; }

    public Superseding Why { get; private set; }

    public readonly DeviceId Device => _device is not null && _label is not null
        ? DeviceId.Parse(_device, _label)
        : throw new FormatException("No device or no label.");

    public static StoredFields Read(string name, ReadOnlySpan<byte> json)
    {
        try
        {
            var fields = default(StoredFields);
            var reader = new Utf8JsonReader(json);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                fields.ReadMember(ref reader);
            }

            return fields;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or OverflowException)
        {
            throw new InvalidDataException(
                $"The log has a damaged event of the name '{name}'. Verify the log and restore it from a backup.", e);
        }
    }

    public static ReadOnlySpan<byte> TextOf(Limit limit) => limit switch
    {
        Limit.Token => "token"u8,
        Limit.Absolute => "absolute"u8,
        _ => "idle"u8,
    };

    private void ReadMember(ref Utf8JsonReader reader)
    {
        var member = reader.GetString();
        reader.Read();
        switch (member)
        {
            case "at": At = Time(ref reader); break;
            case "session": Session = new SessionId(reader.GetGuid()); break;
            case "by": By = new SessionId(reader.GetGuid()); break;
            case "sessions": Sessions = Ids(ref reader); break;
            case "device": _device = reader.GetString(); break;
            case "label": _label = reader.GetString(); break;
            case "signInMode": Mode = (Mode)reader.GetInt32(); break;
            case "origin": Origin = reader.ValueTextEquals("adopted"u8) ? Origin.Adopted : Origin.Reported; break;
            case "since": Since = Time(ref reader); break;
            case "tokenExpiresAt": TokenExpiresAt = Time(ref reader); break;
            case "endsAt": EndsAt = Time(ref reader); break;
            case "idleSeconds": IdleLimit = TimeSpan.FromSeconds(reader.GetInt64()); break;
            case "limit": Limit = LimitOf(ref reader); break;
            case "why": Why = reader.ValueTextEquals("same-device"u8) ? Superseding.SameDevice : Superseding.SessionLimit; break;
            default: reader.Skip(); break;
        }
    }

    private static Limit LimitOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("token"u8) ? Limit.Token : reader.ValueTextEquals("absolute"u8) ? Limit.Absolute : Limit.Idle;

    private static DateTimeOffset Time(ref Utf8JsonReader reader) => new(reader.GetDateTime().ToUniversalTime(), TimeSpan.Zero);

    private static ImmutableArray<SessionId> Ids(ref Utf8JsonReader reader)
    {
        var ids = ImmutableArray.CreateBuilder<SessionId>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            ids.Add(new SessionId(reader.GetGuid()));
        }

        return ids.DrainToImmutable();
    }
}
