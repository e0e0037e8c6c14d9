// The body of a logout: three members, read strictly.
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Logout;

/// <summary>The body of a logout.</summary>
/// <param name="Mode">What to end; unknown when the body does not say.</param>
/// <param name="Device">The device that asks.</param>
/// <param name="Token">The app token's characters, most often a part of the body itself.</param>
internal readonly record struct LogoutBody(Mode Mode, DeviceId Device, ReadOnlyMemory<byte> Token)
{
    private const int EscapeCharsMax = 6; // \u0030

    /// <summary>Reads a body. Members that it does not know mean nothing, but none may be there twice.</summary>
    /// <param name="utf8">The body as it came; one UTF-8 byte order mark is tolerated.</param>
    /// <param name="body">What it says, when the answer is <see cref="RefusalCode.None"/>.</param>
    public static RefusalCode Read(ReadOnlyMemory<byte> utf8, out LogoutBody body)
    {
        body = default;
        utf8 = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        using var document = Fields.TryParse(utf8);
        try
        {
            return document is null ? RefusalCode.BodyForm : ReadMembers(document.RootElement, utf8, out body);
        }
        catch (InvalidOperationException)
        {
            return RefusalCode.BodyForm; // A string of it has half a surrogate pair.
        }
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

    private static RefusalCode ReadMembers(JsonElement members, ReadOnlyMemory<byte> utf8, out LogoutBody body)
    {
        body = default;
        var mode = Mode.Unknown;
        if (members.TryGetProperty("signOutMode"u8, out var said) && !TryReadMode(said, out mode))
        {
            return RefusalCode.BodyMode;
        }

        if (!members.TryGetProperty("deviceId"u8, out said) || !TryReadDevice(said, utf8, out var device))
        {
            return RefusalCode.BodyDevice;
        }

        if (!members.TryGetProperty("token"u8, out said) || TextOf(said, utf8) is not { IsEmpty: false } token)
        {
            return RefusalCode.BodyTokenMissing;
        }

        body = new LogoutBody(mode, device, token);
        return RefusalCode.None;
    }

    /// <summary>1, 2, "1", "2" and no other spelling: 1.0 and "01" are somebody's mistake, and unknown.</summary>
    internal static Mode ModeOf(JsonElement said)
    {
        var raw = JsonMarshal.GetRawUtf8Value(said);
        return raw.SequenceEqual("1"u8) || raw.SequenceEqual("\"1\""u8) ? Mode.Pin
            : raw.SequenceEqual("2"u8) || raw.SequenceEqual("\"2\""u8) ? Mode.Device
            : Mode.Unknown;
    }

    // Many serializers write null for an absent member.
    private static bool TryReadMode(JsonElement said, out Mode mode)
    {
        mode = ModeOf(said);
        return mode != Mode.Unknown || said.ValueKind == JsonValueKind.Null;
    }

    private static bool TryReadDevice(JsonElement said, ReadOnlyMemory<byte> utf8, out DeviceId device)
    {
        device = default;
        if (said.ValueKind != JsonValueKind.String || JsonMarshal.GetRawUtf8Value(said).Length > (DeviceId.TextMax * EscapeCharsMax) + 2)
        {
            return false;
        }

        var text = TextOf(said, utf8).Span;
        if (!IsDeviceId(text))
        {
            return false;
        }

        device = DeviceId.Of(text);
        return true;
    }

    // A string's text, empty for anything else: a part of the body where nothing is escaped.
    private static ReadOnlyMemory<byte> TextOf(JsonElement said, ReadOnlyMemory<byte> body)
    {
        if (said.ValueKind != JsonValueKind.String)
        {
            return default;
        }

        var text = JsonMarshal.GetRawUtf8Value(said)[1..^1];
        return text.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(said.GetString()!)
            : body.Span.Overlaps(text, out var at) ? body.Slice(at, text.Length)
            : text.ToArray();
    }
}
