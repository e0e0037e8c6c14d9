// A page of the log as it came over the wire, and what is needed of each line: the bytes under its hash, and where it belongs.
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Verify;

/// <summary>What of an event takes part in the check.</summary>
internal struct LogEntry
{
    /// <summary>Where its line begins in the page, and how long it is.</summary>
    public (int Start, int Length) Line;

    /// <summary>Where the bytes under the hash begin in the page's second buffer (the first 32 are the predecessor's hash), and how
    /// many.</summary>
    public (int Start, int Length) Hashed;

    /// <summary>The stream, by a hash of its name. That somebody could make two names of one hash hides nothing: the second stream's
    /// first event would not follow the first one's last.</summary>
    public UInt128 Stream;

    public LogCursor Cursor;
    public long Version;
    public ChainHash Hash;

    /// <summary>Whether the log knows the stream that the event names.</summary>
    public bool HasStream;
}

/// <summary>A place in the log, in the feed's order.</summary>
internal readonly record struct LogCursor(ulong Transaction, ulong Position)
{
    /// <summary>Reads the text form, such as 0-4711.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out LogCursor cursor)
    {
        cursor = default;
        if (!Utf8Parser.TryParse(text, out ulong transaction, out var used) || used >= text.Length || text[used] != '-'
            || !Utf8Parser.TryParse(text[(used + 1)..], out ulong position, out var rest) || used + 1 + rest != text.Length)
        {
            return false;
        }

        cursor = new LogCursor(transaction, position);
        return true;
    }

    public bool IsAfter(LogCursor other) => (Transaction, Position).CompareTo((other.Transaction, other.Position)) > 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Transaction}-{Position}");
}

/// <summary>The 32 bytes of a hash.</summary>
internal readonly record struct ChainHash(UInt128 High, UInt128 Low)
{
    public const int Size = 32;

    public static ChainHash Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt128BigEndian(bytes), BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[16..], Low);
    }
}

/// <summary>A page of the log.</summary>
/// <param name="bytes">The answer.</param>
/// <param name="length">How many bytes of it.</param>
internal sealed class LogPage(byte[] bytes, int length)
{
    private LogEntry[] _entries = [];
    private byte[] _hashed = [];
    private int _count;
    private LogCursor? _end;

    /// <summary>The cursor to ask with next; null where the answer was broken off.</summary>
    public string? Next { get; private set; }

    public bool More { get; private set; }

    public int Percent { get; private set; }

    public Span<LogEntry> Entries => _entries.AsSpan(0, _count);

    /// <summary>Where the reader is behind this page.</summary>
    public string? LastCursor { get; private set; }

    /// <summary>The bytes under an event's hash.</summary>
    public Span<byte> HashedOf(in LogEntry entry) => _hashed.AsSpan(entry.Hashed.Start, entry.Hashed.Length);

    /// <summary>Reads the last line and finds the others; they are read later, on all processors.</summary>
    /// <exception cref="JsonException">The last line is not one.</exception>
    public void Split()
    {
        var lines = new List<(int Start, int Length)>(10_001);
        for (var start = 0; start < length;)
        {
            var end = bytes.AsSpan(start, length - start).IndexOf((byte)'\n');
            if (end < 0)
            {
                return; // Half a line: broken off, so there is no last one.
            }

            lines.Add((start, end));
            start += end + 1;
        }

        if (lines.Count > 0 && ReadEnd(bytes.AsSpan(lines[^1].Start, lines[^1].Length)))
        {
            lines.RemoveAt(lines.Count - 1);
            (_entries, _count, LastCursor) = (new LogEntry[lines.Count], lines.Count, Next);
            var room = 0;
            for (var i = 0; i < lines.Count; i++)
            {
                _entries[i] = new LogEntry { Line = lines[i], Hashed = (room, 0) };
                room += lines[i].Length + LogLine.FixedPart; // What is under the hash is never longer than its line and this.
            }

            _hashed = new byte[room];
        }
    }

    /// <summary>Reads lines. Different ranges may be read at the same time.</summary>
    /// <exception cref="InvalidDataException">A line has another form.</exception>
    public void Read(int from, int to)
    {
        for (var i = from; i < to; i++)
        {
            var line = bytes.AsSpan(_entries[i].Line.Start, _entries[i].Line.Length);
            try
            {
                LogLine.Read(line, ref _entries[i], _hashed.AsSpan(_entries[i].Hashed.Start));
            }
            catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException)
            {
                throw new InvalidDataException($"A line of the log's page has a form that this tool does not know: {e.Message}", e);
            }
        }
    }

    /// <summary>Whether a place is in this page or before it. Then what comes after it is left out once the lines are read.</summary>
    public bool EndsAt(LogCursor? end)
    {
        var isLast = end is { } place && LogCursor.TryParse(Encoding.UTF8.GetBytes(Next!), out var next) && !place.IsAfter(next);
        _end = isLast ? end : null;
        return isLast;
    }

    /// <summary>Leaves out what comes after the end.</summary>
    public void Cut()
    {
        if (_end is { } end)
        {
            while (_count > 0 && _entries[_count - 1].Cursor.IsAfter(end))
            {
                _count--;
            }

            LastCursor = _count > 0 ? _entries[_count - 1].Cursor.ToString() : end.ToString();
        }
    }

    /// <summary>Where an event is and what it is called, for the one that is named in the end.</summary>
    public (string Cursor, string Stream, string Name) Describe(in LogEntry entry)
    {
        using var line = JsonDocument.Parse(bytes.AsMemory(entry.Line.Start, entry.Line.Length));
        string Text(string name) => line.RootElement.GetProperty(name).GetString()!;
        return (Text("cursor"), Text("stream"), Text("name"));
    }

    private bool ReadEnd(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        using var end = JsonDocument.ParseValue(ref reader);
        if (!end.RootElement.TryGetProperty("next", out var next))
        {
            return false;
        }

        (Next, More) = (next.GetString(), end.RootElement.GetProperty("more").GetBoolean());
        Percent = end.RootElement.TryGetProperty("percent", out var percent) ? percent.GetInt32() : 0;
        return true;
    }
}

/// <summary>Reads a line: a LogEvent of docs/api.md.</summary>
internal static class LogLine
{
    /// <summary>The bytes under a hash before the stream's name: the predecessor's hash, version, command and ordinal.</summary>
    internal const int FixedPart = ChainHash.Size + sizeof(long) + 16 + sizeof(int);

    /// <summary>Reads it into an entry and lays out the bytes under its hash, but for the predecessor's hash.</summary>
    public static void Read(ReadOnlySpan<byte> line, ref LogEntry entry, Span<byte> hashed)
    {
        var reader = new Utf8JsonReader(line);
        var (stream, name, data) = (default(Range), default(Range), default(Range));
        var found = 0;
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var kind = KindOf(reader.ValueSpan);
            reader.Read();
            var value = (int)reader.TokenStartIndex..(int)reader.BytesConsumed;
            switch (kind)
            {
                case 'c': entry.Cursor = CursorOf(reader.ValueSpan); break;
                case 's': stream = value; break;
                case 'v': BinaryPrimitives.WriteInt64BigEndian(hashed[ChainHash.Size..], entry.Version = reader.GetInt64()); break;
                case 'm': reader.GetGuid().TryWriteBytes(hashed[(ChainHash.Size + sizeof(long))..], bigEndian: true, out _); break;
                case 'o': BinaryPrimitives.WriteInt32BigEndian(hashed[(FixedPart - sizeof(int))..], reader.GetInt32()); break;
                case 'n': name = value; break;
                case 'd': data = value; break;
                case 'h': entry.Hash = HashOf(reader.ValueSpan); break;
                default: reader.Skip(); continue; // A member of a later version.
            }

            found++;
        }

        if (found != 8)
        {
            throw new FormatException("a member is missing");
        }

        var end = FixedPart + TextOf(line[stream], hashed[FixedPart..]);
        entry.HasStream = end > FixedPart;
        entry.Stream = XxHash128.HashToUInt128(hashed[FixedPart..end]);
        hashed[end++] = 0;
        end += TextOf(line[name], hashed[end..]);
        hashed[end++] = 0;
        end += BytesOf(line[data], hashed[end..]);
        entry.Hashed = (entry.Hashed.Start, end);
    }

    private static char KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("cursor"u8) ? 'c' : name.SequenceEqual("stream"u8) ? 's' : name.SequenceEqual("version"u8) ? 'v'
        : name.SequenceEqual("command"u8) ? 'm' : name.SequenceEqual("ordinal"u8) ? 'o' : name.SequenceEqual("name"u8) ? 'n'
        : name.SequenceEqual("data"u8) ? 'd' : name.SequenceEqual("hash"u8) ? 'h' : '-';

    private static LogCursor CursorOf(ReadOnlySpan<byte> text) =>
        LogCursor.TryParse(text, out var cursor) ? cursor : throw new FormatException("cursor is none");

    private static ChainHash HashOf(ReadOnlySpan<byte> hex)
    {
        Span<byte> hash = stackalloc byte[ChainHash.Size];
        return hex.Length == 2 * ChainHash.Size
            && Convert.FromHexString(hex, hash, out _, out var written) == System.Buffers.OperationStatus.Done && written == ChainHash.Size
            ? ChainHash.Read(hash)
            : throw new FormatException("hash is none");
    }

    // The text of a JSON string with its quotes.
    private static int TextOf(ReadOnlySpan<byte> value, Span<byte> to)
    {
        if (value.IndexOf((byte)'\\') < 0)
        {
            value[1..^1].CopyTo(to);
            return value.Length - 2;
        }

        var reader = new Utf8JsonReader(value);
        reader.Read();
        return reader.CopyString(to);
    }

    // The writer escapes the plus sign of base64 as \u002B.
    private static int BytesOf(ReadOnlySpan<byte> value, Span<byte> to)
    {
        var length = TextOf(value, to);
        var status = Base64.DecodeFromUtf8InPlace(to[..length], out var written);
        return status == System.Buffers.OperationStatus.Done ? written : throw new FormatException("data is no base64");
    }
}
