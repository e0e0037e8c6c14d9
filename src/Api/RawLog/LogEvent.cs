// The lines of GET /internal/log/v1, written by hand: they are read by the million.
using System.Text.Json;

namespace BankEzy.Sessions.Api.RawLog;

/// <summary>An event as it is stored, damaged or not.</summary>
/// <param name="Cursor">Its place in the feed.</param>
/// <param name="Stream">The stream it belongs to; empty where the log does not know the stream that the event names.</param>
/// <param name="Version">Its number in the stream.</param>
/// <param name="Command">The command that caused it.</param>
/// <param name="Ordinal">Its number among the events of that command; -1 for what can be none.</param>
/// <param name="Name">Its stored name.</param>
/// <param name="Data">The stored content to the byte, as base64: damaged content need not be text.</param>
/// <param name="Hash">SHA-256 over its predecessor's hash and its own bytes, as it is stored: 64 hex digits.</param>
public sealed record LogEvent(
    string Cursor, string Stream, long Version, Guid Command, int Ordinal, string Name, string Data, string Hash)
{
    private static readonly JsonEncodedText CursorName = JsonEncodedText.Encode("cursor");
    private static readonly JsonEncodedText StreamName = JsonEncodedText.Encode("stream");
    private static readonly JsonEncodedText VersionName = JsonEncodedText.Encode("version");
    private static readonly JsonEncodedText CommandName = JsonEncodedText.Encode("command");
    private static readonly JsonEncodedText OrdinalName = JsonEncodedText.Encode("ordinal");
    private static readonly JsonEncodedText NameName = JsonEncodedText.Encode("name");
    private static readonly JsonEncodedText DataName = JsonEncodedText.Encode("data");
    private static readonly JsonEncodedText HashName = JsonEncodedText.Encode("hash");

    internal static void Write(Utf8JsonWriter json, StoredEvent stored)
    {
        Span<byte> hash = stackalloc byte[EventHash.Size];
        Span<byte> hex = stackalloc byte[2 * EventHash.Size];
        stored.Hash.Write(hash);
        Convert.TryToHexStringLower(hash, hex, out _);
        json.WriteStartObject();
        json.WriteString(CursorName, stored.Cursor.ToString());
        json.WriteString(StreamName, stored.Stream);
        json.WriteNumber(VersionName, stored.Version);
        json.WriteString(CommandName, stored.Command.Value);
        json.WriteNumber(OrdinalName, stored.Ordinal);
        json.WriteString(NameName, stored.Name);
        json.WriteBase64String(DataName, stored.Json.Span);
        json.WriteString(HashName, hex);
        json.WriteEndObject();
    }
}

/// <summary>The last line of a page.</summary>
/// <param name="Next">The cursor to ask with the next time.</param>
/// <param name="More">Whether there is more to be read at once.</param>
/// <param name="Percent">About how much of the log is before it: 0 to 100.</param>
public sealed record LogEnd(string Next, bool More, int Percent)
{
    internal static void Write(Utf8JsonWriter json, LogEnd end)
    {
        json.WriteStartObject();
        json.WriteString("next"u8, end.Next);
        json.WriteBoolean("more"u8, end.More);
        json.WriteNumber("percent"u8, end.Percent);
        json.WriteEndObject();
    }
}
