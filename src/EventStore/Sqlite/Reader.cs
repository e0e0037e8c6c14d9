// Reading: a connection that cannot write, its statements prepared once. Reads take microseconds, and the thread that asks waits.
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>One reading connection.</summary>
internal sealed class Reader : IDisposable
{
    private const string EventColumns = "e.position, e.version, e.command, e.ordinal, e.name, e.json, e.hash";

    private readonly Connection database;
    private readonly Statement begin;
    private readonly Statement end;
    private readonly Statement findStream;
    private readonly Statement readSnapshot;
    private readonly Statement readStream;
    private readonly Statement readFeed;
    private readonly Statement findEnd;
    private readonly Statement readDue;
    private readonly Statement readWaiting;
    private readonly Statement findCommand;
    private readonly Statement readProperty;
    private readonly Statement findLastTime;
    private readonly Statement findStreams;

    /// <summary>Prepares the statements.</summary>
    public Reader(Connection database)
    {
        this.database = database;
        begin = database.Prepare("BEGIN");
        end = database.Prepare("COMMIT");
        findStream = database.Prepare("SELECT id FROM streams WHERE name = ?1");
        readSnapshot = database.Prepare("SELECT version, hash, json FROM snapshots WHERE stream = ?1 AND shape = ?2");
        readStream = database.Prepare($"""
            SELECT {EventColumns} FROM stream_keys k CROSS JOIN events e ON e.position = k.position
            WHERE k.stream = ?1 AND k.key > ?2 AND k.key < x'' ORDER BY k.key LIMIT ?3
            """);
        readFeed = database.Prepare($"""
            SELECT {EventColumns}, s.name FROM events e LEFT JOIN streams s ON s.id = e.stream
            WHERE e.position > ?1 ORDER BY e.position LIMIT ?2
            """);
        findEnd = database.Prepare("SELECT position FROM events ORDER BY position DESC LIMIT 1");
        readDue = database.Prepare("""
            SELECT d.at, s.name FROM due d CROSS JOIN streams s ON s.id = d.stream WHERE d.at <= ?1 ORDER BY d.at, d.stream LIMIT ?2
            """);
        readWaiting = database.Prepare("""
            SELECT d.at, s.name FROM due d CROSS JOIN streams s ON s.id = d.stream
            WHERE (d.at, d.stream) > (?1, ?2) ORDER BY d.at, d.stream LIMIT ?3
            """);
        findCommand = database.Prepare("SELECT position FROM stream_keys WHERE stream = ?1 AND key = ?2");
        readProperty = database.Prepare("SELECT value FROM properties WHERE name = ?1");
        findLastTime = database.Prepare("SELECT at FROM events ORDER BY position DESC LIMIT 1");
        findStreams = database.Prepare("""
            SELECT s.name FROM search_keys k CROSS JOIN streams s ON s.id = k.stream
            WHERE k.key = ?1 AND substr(CAST(s.name AS BLOB), 1, length(CAST(?2 AS BLOB))) = CAST(?2 AS BLOB)
            ORDER BY k.stream LIMIT ?3
            """);
    }

    /// <summary>For each stream the snapshot of a shape and the events from its version on.</summary>
    /// <remarks>In one transaction: all see one state of the file, and the upper pages of the trees are read once. Between
    /// transactions SQLite forgets every page, as the writer has changed the file.</remarks>
    public StreamHistory[] Load(IReadOnlyList<(string Stream, int Shape)> asked)
    {
        begin.Run();
        try
        {
            return [.. asked.Select(one => Load(one.Stream, one.Shape))];
        }
        finally
        {
            end.Run();
        }
    }

    /// <summary>Events of a stream after a version.</summary>
    public List<StoredEvent> ReadStream(string stream, long afterVersion, int max) =>
        findStream.Bind(1, stream).ReadNumber() is { } id ? ReadStream(id, stream, afterVersion, max) : [];

    /// <summary>Events of the log after a position.</summary>
    public List<StoredEvent> ReadFeed(long after, int max) => ReadEvents(readFeed.Bind(1, after).Bind(2, max), stream: null);

    /// <summary>The last event of the log.</summary>
    public FeedCursor FindEnd() => findEnd.ReadNumber() is { } position ? new FeedCursor(0, position) : FeedCursor.Start;

    /// <summary>Whether a stream has one of some commands.</summary>
    public bool HasCommands(string stream, IReadOnlyList<CommandId> commands)
    {
        if (findStream.Bind(1, stream).ReadNumber() is not { } id)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        foreach (var command in commands)
        {
            command.Value.TryWriteBytes(bytes, bigEndian: true, out _);
            if (findCommand.Bind(1, id).Bind(2, bytes).ReadNumber() is not null)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A property of the log.</summary>
    public string? ReadProperty(string name)
    {
        readProperty.Bind(1, name);
        try
        {
            return readProperty.Step() ? readProperty.Text(0) : null;
        }
        finally
        {
            readProperty.Reset();
        }
    }

    /// <summary>The streams that a key finds, in the order in which they began.</summary>
    public List<string> FindStreams(IndexKey key, string prefix, int max)
    {
        Span<byte> bytes = stackalloc byte[IndexKey.Size];
        key.Write(bytes);
        var found = new List<string>();
        findStreams.Bind(1, bytes).Bind(2, prefix).Bind(3, max);
        try
        {
            while (findStreams.Step())
            {
                found.Add(findStreams.Text(0));
            }
        }
        finally
        {
            findStreams.Reset();
        }

        return found;
    }

    /// <summary>The time of the newest event.</summary>
    public DateTimeOffset? FindLastTime() => findLastTime.ReadNumber() is { } time ? StoredTime.Read(time) : null;

    /// <summary>Streams whose due time has come.</summary>
    public List<DueStream> ReadDue(DateTimeOffset now, int max) =>
        ReadDue(readDue.Bind(1, now.ToUnixTimeMilliseconds()).Bind(2, max));

    /// <summary>Streams that have a due time, behind a row.</summary>
    public List<DueStream> ReadWaiting(DueStream? after, int max)
    {
        var stream = after is { } last ? findStream.Bind(1, last.Stream).ReadNumber() ?? 0 : 0;
        return ReadDue(readWaiting.Bind(1, after is { } row ? StoredTime.RoundUp(row.Due) : long.MinValue).Bind(2, stream).Bind(3, max));
    }

    /// <inheritdoc/>
    public void Dispose() => database.Dispose();

    private static List<DueStream> ReadDue(Statement rows)
    {
        var due = new List<DueStream>();
        try
        {
            while (rows.Step())
            {
                due.Add(new DueStream(rows.Text(1), StoredTime.Read(rows.Number(0))));
            }
        }
        finally
        {
            rows.Reset();
        }

        return due;
    }

    private StreamHistory Load(string stream, int shape)
    {
        if (findStream.Bind(1, stream).ReadNumber() is not { } id)
        {
            return new StreamHistory(null, []);
        }

        var snapshot = ReadSnapshot(id, stream, shape);
        return new StreamHistory(snapshot, ReadStream(id, stream, (snapshot?.Head.Version ?? 1) - 1, StreamHistory.EventsMax));
    }

    private Snapshot? ReadSnapshot(long id, string stream, int shape)
    {
        readSnapshot.Bind(1, id).Bind(2, shape);
        try
        {
            return readSnapshot.Step()
                ? new Snapshot(
                    stream, shape, new StreamHead(readSnapshot.Number(0), ReadHash(readSnapshot.Bytes(1))), readSnapshot.Bytes(2).ToArray())
                : null;
        }
        finally
        {
            readSnapshot.Reset();
        }
    }

    private List<StoredEvent> ReadStream(long id, string stream, long afterVersion, int max) =>
        ReadEvents(readStream.Bind(1, id).Bind(2, afterVersion).Bind(3, max), stream);

    private static List<StoredEvent> ReadEvents(Statement rows, string? stream)
    {
        var events = new List<StoredEvent>();
        try
        {
            while (rows.Step())
            {
                events.Add(new StoredEvent(
                    stream ?? rows.Text(7),
                    rows.Number(1),
                    new FeedCursor(0, rows.Number(0)),
                    ReadCommand(rows.Bytes(2)),
                    ReadOrdinal(rows.Number(3)),
                    rows.Text(4),
                    rows.Bytes(5).ToArray(),
                    ReadHash(rows.Bytes(6))));
            }
        }
        finally
        {
            rows.Reset();
        }

        return events;
    }

    // Bytes that cannot be what they should be become zeros, and numbers -1: no hash chain fits them. A stream without a name has none.
    private static CommandId ReadCommand(ReadOnlySpan<byte> bytes) => bytes.Length == 16 ? new(new Guid(bytes, bigEndian: true)) : default;

    private static int ReadOrdinal(long number) => number is >= 0 and <= int.MaxValue ? (int)number : -1;

    private static EventHash ReadHash(ReadOnlySpan<byte> bytes) => bytes.Length == EventHash.Size ? EventHash.Read(bytes) : default;
}
