// The body of a logout: three members, read strictly, without a document and without a copy.
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Logout;

/// <summary>The body of a logout.</summary>
internal struct LogoutBody
{
    private const int DepthMax = 8;

    private Range _token;
    private byte[]? _unescapedToken;

    /// <summary>What to end; unknown when the body does not say.</summary>
    public Mode Mode { get; private set; }

    /// <summary>The device that asks.</summary>
    public DeviceId Device { get; private set; }

    /// <summary>Reads a body.</summary>
    /// <param name="utf8">The body as it came; one UTF-8 byte order mark is tolerated.</param>
    /// <param name="body">What it says, when the answer is <see cref="RefusalCode.None"/>.</param>
    public static RefusalCode Read(ReadOnlySpan<byte> utf8, out LogoutBody body)
    {
        body = default;
        utf8 = WithoutMark(utf8);

        if (!Utf8.IsValid(utf8))
        {
            return RefusalCode.BodyForm;
        }

        try
        {
            var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = DepthMax });
            return body.ReadObject(ref reader);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return RefusalCode.BodyForm; // What is not JSON (or has half a surrogate pair) is the caller's fault.
        }
    }

    /// <summary>The token's bytes.</summary>
    /// <param name="utf8">The body that was read.</param>
    public readonly ReadOnlySpan<byte> TokenIn(ReadOnlySpan<byte> utf8) => _unescapedToken ?? WithoutMark(utf8)[_token];

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> utf8) => utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;

    private RefusalCode ReadObject(ref Utf8JsonReader reader)
    {
        bool hasMode = false, hasDevice = false, hasToken = false;
        var fault = RefusalCode.None;
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return RefusalCode.BodyForm;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isMode = reader.ValueTextEquals("signOutMode"u8);
            var isDevice = !isMode && reader.ValueTextEquals("deviceId"u8);
            var isToken = !isMode && !isDevice && reader.ValueTextEquals("token"u8);
            if ((isMode && hasMode) || (isDevice && hasDevice) || (isToken && hasToken))
            {
                return RefusalCode.BodyForm;
            }

            (hasMode, hasDevice, hasToken) = (hasMode || isMode, hasDevice || isDevice, hasToken || isToken);
            reader.Read();
            var memberFault = isMode ? ReadMode(ref reader)
                : isDevice ? ReadDevice(ref reader)
                : isToken ? ReadToken(ref reader)
                : Skip(ref reader);
            fault = fault == RefusalCode.None ? memberFault : fault;
        }

        if (reader.Read())
        {
            return RefusalCode.BodyForm;
        }

        return fault != RefusalCode.None ? fault
            : !hasDevice ? RefusalCode.BodyDevice
            : !hasToken ? RefusalCode.BodyTokenMissing
            : RefusalCode.None;
    }

    // 1, 2, "1", "2" and no other spelling: 1.0 and "01" are somebody's mistake.
    private RefusalCode ReadMode(ref Utf8JsonReader reader)
    {
        var isOne = reader.TokenType is JsonTokenType.Number or JsonTokenType.String && reader.ValueSpan.SequenceEqual("1"u8);
        var isTwo = reader.TokenType is JsonTokenType.Number or JsonTokenType.String && reader.ValueSpan.SequenceEqual("2"u8);
        Mode = isOne ? Mode.Pin : Mode.Device;
        return isOne || isTwo ? RefusalCode.None : SkipWith(ref reader, RefusalCode.BodyMode);
    }

    private RefusalCode ReadDevice(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.Length > DeviceId.TextMax * 6)
        {
            return SkipWith(ref reader, RefusalCode.BodyDevice);
        }

        Span<byte> buffer = stackalloc byte[DeviceId.TextMax * 6];
        scoped ReadOnlySpan<byte> text = reader.ValueSpan;
        if (reader.ValueIsEscaped)
        {
            text = buffer[..reader.CopyString(buffer)];
        }

        if (!IsDeviceId(text))
        {
            return RefusalCode.BodyDevice;
        }

        Device = DeviceId.Of(text);
        return RefusalCode.None;
    }

    private RefusalCode ReadToken(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || reader.ValueSpan.IsEmpty)
        {
            return SkipWith(ref reader, RefusalCode.BodyTokenMissing);
        }

        var start = (int)reader.TokenStartIndex + 1;
        _token = start..(start + reader.ValueSpan.Length);
        _unescapedToken = reader.ValueIsEscaped ? Encoding.UTF8.GetBytes(reader.GetString()!) : null;
        return RefusalCode.None;
    }

    private static RefusalCode Skip(ref Utf8JsonReader reader) => SkipWith(ref reader, RefusalCode.None);

    private static RefusalCode SkipWith(ref Utf8JsonReader reader, RefusalCode code)
    {
        reader.Skip();
        return code;
    }

    /// <summary>Whether a text is a device id: 1 to 200 characters without control characters; the contract gives no other form.</summary>
    internal static bool IsDeviceId(ReadOnlySpan<byte> utf8)
    {
        var characters = 0;
        while (!utf8.IsEmpty)
        {
            if (Rune.DecodeFromUtf8(utf8, out var rune, out var length) != System.Buffers.OperationStatus.Done || Rune.IsControl(rune))
            {
                return false;
            }

            characters += rune.Utf16SequenceLength;
            utf8 = utf8[length..];
        }

        return characters is > 0 and <= DeviceId.TextMax;
    }
}
