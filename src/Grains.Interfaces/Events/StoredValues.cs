// How single values are stored. Each has one form, and another spelling of the same value is refused: what is read is what was written.
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace BankEzy.Sessions.Users;

/// <summary>A time in UTC with milliseconds: <c>2026-11-22T09:00:00.123Z</c>.</summary>
internal sealed class StoredTime : JsonConverter<DateTimeOffset>
{
    private const string Form = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
    private const int Length = 24;

    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        // The reader's own parser is quick and takes more forms; the length and the last letter leave one of them.
        return reader.TokenType == JsonTokenType.String && reader.ValueSpan.Length == Length && reader.ValueSpan[^1] == (byte)'Z'
            ? new DateTimeOffset(reader.GetDateTime(), TimeSpan.Zero)
            : throw new JsonException("A time has another form.");
    }

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[Length];
        value.UtcDateTime.TryFormat(text, out var length, Form, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..length]);
    }
}

/// <summary>A time span in whole seconds.</summary>
internal sealed class StoredSeconds : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TimeSpan.FromSeconds(reader.GetUInt32());

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue((long)value.TotalSeconds);
}

/// <summary>A session as its UUID.</summary>
internal sealed class StoredSession : JsonConverter<SessionId>
{
    public override SessionId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetGuid());

    public override void Write(Utf8JsonWriter writer, SessionId value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}

/// <summary>A device as <c>hash:label</c>: 32 and 4 lower-case hex digits.</summary>
internal sealed class StoredDevice : JsonConverter<DeviceId>
{
    private const int HashDigits = 32;
    private const int LabelDigits = 4;

    public override DeviceId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.ValueSpan : [];
        return text.Length == HashDigits + 1 + LabelDigits && text[HashDigits] == (byte)':'
            && UInt128.TryParse(text[..HashDigits], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var hash)
            && ushort.TryParse(text[(HashDigits + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var label)
            ? new DeviceId(hash, label)
            : throw new JsonException("A device has another form than hash:label.");
    }

    public override void Write(Utf8JsonWriter writer, DeviceId value, JsonSerializerOptions options)
    {
        Span<byte> text = stackalloc byte[HashDigits + 1 + LabelDigits];
        value.Hash.TryFormat(text, out _, "x32", CultureInfo.InvariantCulture);
        text[HashDigits] = (byte)':';
        value.Label.TryFormat(text[(HashDigits + 1)..], out _, "x4", CultureInfo.InvariantCulture);
        writer.WriteStringValue(text);
    }
}

/// <summary>A mode as the contract's number; 0 where it is not known.</summary>
internal sealed class StoredMode : JsonConverter<Mode>
{
    public override Mode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetByte() is var mode and <= (byte)Mode.Device ? (Mode)mode : throw new JsonException("A mode is 0, 1 or 2.");

    public override void Write(Utf8JsonWriter writer, Mode value, JsonSerializerOptions options) => writer.WriteNumberValue((int)value);
}

/// <summary>An account number: 1 to 20 digits.</summary>
internal sealed class StoredAccount : JsonConverter<string>
{
    public override bool HandleNull => true;

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && UserKey.IsAccount(text)
            ? text
            : throw new JsonException("It is no account number.");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>A short text that somebody chose: 1 to 256 characters without control characters. An absent one is left out, never
/// null.</summary>
internal sealed class StoredLine : JsonConverter<string>
{
    private const int Max = 256;

    public override bool HandleNull => true;

    public static bool IsOne(string text, int max = Max) => text.Length > 0 && text.Length <= max && !text.Any(char.IsControl);

    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.GetString() is { } text && IsOne(text)
            ? text
            : throw new JsonException("It is no text of 1 to 256 characters.");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}

/// <summary>A value that may be left out; it is never null.</summary>
/// <typeparam name="T">The value.</typeparam>
/// <typeparam name="TConverter">How it is stored where it is there.</typeparam>
internal sealed class StoredOptional<T, TConverter> : JsonConverter<T?>
    where T : struct
    where TConverter : JsonConverter<T>, new()
{
    private static readonly TConverter Inner = new();

    public override bool HandleNull => true;

    public override T? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Inner.Read(ref reader, typeof(T), options);

    public override void Write(Utf8JsonWriter writer, T? value, JsonSerializerOptions options) =>
        Inner.Write(writer, value!.Value, options);
}

/// <summary>A version of a stream: 1 or above.</summary>
internal sealed class StoredVersion : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetInt64() is var version and > 0 ? version : throw new JsonException("A version is above 0.");

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>One of a few words.</summary>
/// <typeparam name="T">The words, as <see cref="JsonStringEnumMemberNameAttribute"/> gives them.</typeparam>
internal sealed class StoredText<T>() : JsonStringEnumConverter<T>(namingPolicy: null, allowIntegerValues: false)
    where T : struct, Enum;
