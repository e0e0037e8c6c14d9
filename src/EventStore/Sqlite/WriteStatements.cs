// What one write does to the tables, inside the transaction of its batch. Only the writer's thread runs this.
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>The writer's statements.</summary>
internal sealed class WriteStatements
{
    // Streams whose head the writer remembers, some 10 MiB: a sign-out follows its sign-in soon, and looking the head up costs as
    // much as storing the event. Nobody else writes, and after a failure a new object starts without any.
    private const int RememberedMax = 100_000;

    private readonly Connection database;
    private readonly Statement begin;
    private readonly Statement commit;
    private readonly Statement findStream;
    private readonly Statement addStream;
    private readonly Statement findHead;
    private readonly Statement findCommand;
    private readonly Statement addKey;
    private readonly Statement addEvent;
    private readonly Statement addDue;
    private readonly Statement removeDue;
    private readonly Statement writeSnapshot;
    private readonly Statement addProperty;
    private readonly Statement addSearchKey;
    private readonly Dictionary<string, (long Id, long Version)> written = [];
    private long lastPosition;

    /// <summary>Prepares the statements.</summary>
    public WriteStatements(Connection database)
    {
        this.database = database;
        begin = database.Prepare("BEGIN IMMEDIATE");
        commit = database.Prepare("COMMIT");
        findStream = database.Prepare("SELECT id FROM streams WHERE name = ?1");
        addStream = database.Prepare("INSERT INTO streams (name) VALUES (?1) RETURNING id");
        findHead = database.Prepare("SELECT key FROM stream_keys WHERE stream = ?1 AND key < x'' ORDER BY key DESC LIMIT 1");
        findCommand = database.Prepare("SELECT position FROM stream_keys WHERE stream = ?1 AND key = ?2");
        addKey = database.Prepare("INSERT INTO stream_keys (stream, key, position) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING");
        addEvent = database.Prepare("""
            INSERT INTO events (position, stream, version, command, ordinal, at, name, json, hash)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
            """);
        addDue = database.Prepare("INSERT INTO due (at, stream) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        removeDue = database.Prepare("DELETE FROM due WHERE at = ?1 AND stream = ?2");
        writeSnapshot = database.Prepare("""
            INSERT INTO snapshots (stream, shape, version, hash, json) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (stream) DO UPDATE
            SET shape = excluded.shape, version = excluded.version, hash = excluded.hash, json = excluded.json
            WHERE snapshots.shape <> excluded.shape OR snapshots.version <= excluded.version
            """);
        addProperty = database.Prepare("INSERT INTO properties (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        addSearchKey = database.Prepare("INSERT INTO search_keys (key, stream) VALUES (?1, ?2) ON CONFLICT DO NOTHING");
        lastPosition = database.ReadNumber("SELECT coalesce(max(position), 0) FROM events");
    }

    /// <summary>Begins a batch.</summary>
    public void Begin() => begin.Run();

    /// <summary>Ends a batch; when it returns, everything is on stable storage.</summary>
    public void Commit() => commit.Run();

    /// <summary>Appends the events of one decision, or finds out why not before anything is changed.</summary>
    public AppendOutcome Append(Append append)
    {
        Span<byte> command = stackalloc byte[16];
        append.Command.Value.TryWriteBytes(command, bigEndian: true, out _);
        var (found, version) = FindHead(append.Stream);
        if (version != append.ExpectedVersion)
        {
            return found is { } id && HasCommand(id, command) ? AppendOutcome.AlreadyAppended : AppendOutcome.Conflict;
        }

        var stream = found ?? AddStream(append.Stream);
        addKey.Bind(1, stream).Bind(2, command).Bind(3, lastPosition + 1).Run();
        if (database.Changes() == 0)
        {
            return AppendOutcome.AlreadyAppended;
        }

        for (var ordinal = 0; ordinal < append.Events.Count; ordinal++)
        {
            AddEvent(stream, ++version, command, ordinal, append);
        }

        AddDue(stream, append.NextDue);
        AddSearchKeys(stream, append.Keys);
        Remember(append.Stream, stream, version);
        return AppendOutcome.Appended;
    }

    /// <summary>Keeps a snapshot, unless the stream has a newer one or no event.</summary>
    public void WriteSnapshot(Snapshot snapshot)
    {
        if (FindStream(snapshot.Stream) is { } stream)
        {
            Span<byte> hash = stackalloc byte[EventHash.Size];
            snapshot.Head.Hash.Write(hash);
            writeSnapshot.Bind(1, stream).Bind(2, snapshot.Shape).Bind(3, snapshot.Head.Version).Bind(4, hash)
                .Bind(5, snapshot.Json.Span).Run();
        }
    }

    /// <summary>Keeps a property of the log, unless it has one of that name.</summary>
    public void AddProperty(string name, string value) => addProperty.Bind(1, name).Bind(2, value).Run();

    /// <summary>Replaces a due time.</summary>
    public void SetDue(DueStream handled, DateTimeOffset? nextDue)
    {
        var stream = FindStream(handled.Stream) ?? AddStream(handled.Stream);
        removeDue.Bind(1, StoredTime.RoundUp(handled.Due)).Bind(2, stream).Run();
        AddDue(stream, nextDue);
    }

    private (long? Stream, long Version) FindHead(string name)
    {
        if (written.TryGetValue(name, out var head))
        {
            return head;
        }

        var found = FindStream(name);
        return (found, found is { } stream ? findHead.Bind(1, stream).ReadNumber() ?? 0 : 0);
    }

    private void Remember(string name, long stream, long version)
    {
        if (written.Count >= RememberedMax)
        {
            written.Clear();
        }

        written[name] = (stream, version);
    }

    private long? FindStream(string name) => findStream.Bind(1, name).ReadNumber();

    private long AddStream(string name) => addStream.Bind(1, name).ReadNumber()!.Value;

    private bool HasCommand(long stream, ReadOnlySpan<byte> command) =>
        findCommand.Bind(1, stream).Bind(2, command).ReadNumber() is not null;

    private void AddEvent(long stream, long version, ReadOnlySpan<byte> command, int ordinal, Append append)
    {
        var added = append.Events[ordinal];
        Span<byte> hash = stackalloc byte[EventHash.Size];
        added.Hash.Write(hash);
        addKey.Bind(1, stream).Bind(2, version).Bind(3, ++lastPosition).Run();
        addEvent.Bind(1, lastPosition).Bind(2, stream).Bind(3, version).Bind(4, command).Bind(5, ordinal)
            .Bind(6, append.At.ToUnixTimeMilliseconds()).Bind(7, added.Name).Bind(8, added.Json.Span).Bind(9, hash).Run();
    }

    private void AddSearchKeys(long stream, IReadOnlyList<IndexKey> keys)
    {
        Span<byte> bytes = stackalloc byte[IndexKey.Size];
        foreach (var key in keys)
        {
            key.Write(bytes);
            addSearchKey.Bind(1, bytes).Bind(2, stream).Run();
        }
    }

    private void AddDue(long stream, DateTimeOffset? due)
    {
        if (due is { } time)
        {
            addDue.Bind(1, StoredTime.RoundUp(time)).Bind(2, stream).Run();
        }
    }
}
