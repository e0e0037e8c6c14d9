// Reading, and writing what may be lost. Every statement is prepared at its first use on a connection.
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>A question for a stream's newest events.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="After">The version of the last event that the asker has.</param>
/// <param name="Max">The most events to return.</param>
internal readonly record struct StreamTail(string Stream, long After, int Max);

/// <summary>The statements of everything that is no append.</summary>
internal sealed class Reader(ConnectionSources connections)
{
    private const string EventColumns = "e.xid, e.position, e.version, e.ordinal, e.command, e.hash, e.name, e.json";

    private const string TailsSql = $"""
        SELECT a.number::integer - 1, s.*
        FROM unnest($1::text[], $2::bigint[], $3::integer[]) WITH ORDINALITY AS a (stream, after, max, number)
        CROSS JOIN LATERAL (
            SELECT {EventColumns} FROM events e WHERE e.stream = a.stream AND e.version > a.after ORDER BY e.version LIMIT a.max
        ) s
        ORDER BY a.number, s.version
        """;

    // Ids are handed out before the commit, so whatever an open transaction may still add is left for later, with all that follows.
    private const string FeedSql = $"""
        SELECT {EventColumns}, e.stream FROM events e
        WHERE (e.xid, e.position) > ($1, $2)
          AND e.xid < (SELECT f.xids_added + pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM feed f)
        ORDER BY e.xid, e.position LIMIT $3
        """;

    private const string EndSql = """
        SELECT e.xid, e.position FROM events e
        WHERE e.xid < (SELECT f.xids_added + pg_snapshot_xmin(pg_current_snapshot())::text::bigint FROM feed f)
        ORDER BY e.xid DESC, e.position DESC LIMIT 1
        """;

    private const string DueSql = "SELECT d.at, d.stream FROM due d WHERE d.at <= $1 ORDER BY d.at, d.stream LIMIT $2";

    private const string SnapshotSql = """
        INSERT INTO snapshots (stream, shape, version, hash, json)
        SELECT $1, $2, $3, $4, $5 WHERE EXISTS (SELECT FROM events e WHERE e.stream = $1)
        ON CONFLICT (stream) DO UPDATE
        SET shape = excluded.shape, version = excluded.version, hash = excluded.hash, json = excluded.json
        WHERE snapshots.shape <> excluded.shape OR snapshots.version <= excluded.version
        """;

    // The later time may be the earlier one again, so it is added after the removal and by a statement of its own.
    private const string RemoveDueSql = "DELETE FROM due WHERE at = $1 AND stream = $2";
    private const string AddDueSql = "INSERT INTO due (at, stream) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    // One statement sees one state of the log: the snapshots, and the events after each of them.
    private const string LoadSql = """
        SELECT a.number::integer - 1, s.*
        FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS a (stream, shape, number)
        CROSS JOIN LATERAL (
            SELECT NULL::bigint AS xid, NULL::bigint AS position, k.version, NULL::integer AS ordinal, NULL::uuid AS command, k.hash,
                NULL::text AS name, k.json
            FROM snapshots k WHERE k.stream = a.stream AND k.shape = a.shape
            UNION ALL
            SELECT e.xid, e.position, e.version, e.ordinal, e.command, e.hash, e.name, e.json
            FROM events e WHERE e.stream = a.stream AND e.version > coalesce(
                (SELECT k.version FROM snapshots k WHERE k.stream = a.stream AND k.shape = a.shape), 0)
        ) s
        ORDER BY a.number, s.version
        """;

    /// <summary>Events of several streams after a version of each.</summary>
    public ValueTask<IReadOnlyList<IReadOnlyList<StoredEvent>>> ReadTails(IReadOnlyList<StreamTail> asked) => Run(
        TailsSql,
        [
            Texts(asked.Select(one => one.Stream)),
            new NpgsqlParameter<long[]> { TypedValue = [.. asked.Select(one => one.After)] },
            new NpgsqlParameter<int[]> { TypedValue = [.. asked.Select(one => one.Max)] },
        ],
        rows => ReadTails(rows, asked),
        CancellationToken.None);

    /// <summary>Events of the log after a cursor that no open transaction can precede.</summary>
    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        Run(
            FeedSql,
            [Number((long)Math.Min(after.Transaction, long.MaxValue)), Number(after.Position), Number(max)],
            ReadEvents,
            cancellation);

    /// <summary>The cursor of the last event that the feed would return now.</summary>
    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => Run(EndSql, [], ReadEnd, cancellation);

    /// <summary>Streams whose due time has come.</summary>
    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        Run(DueSql, [Number(now.ToUnixTimeMilliseconds()), Number(max)], ReadDue, cancellation);

    /// <summary>Keeps a snapshot, unless the stream has a newer one or no event.</summary>
    public async ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation) => await Run(
        SnapshotSql,
        [
            Text(snapshot.Stream), new NpgsqlParameter<int> { TypedValue = snapshot.Shape }, Number(snapshot.Head.Version),
            new NpgsqlParameter<byte[]> { TypedValue = snapshot.Head.Hash.ToArray() },
            new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = snapshot.Json },
        ],
        Nothing,
        cancellation);

    /// <summary>Replaces a due time. The new one is there before the old one goes.</summary>
    public async ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation)
    {
        var old = StoredTime.RoundUp(handled.Due);
        var next = nextDue is { } time ? StoredTime.RoundUp(time) : (long?)null;
        if (next is { } added)
        {
            await Run(AddDueSql, [Number(added), Text(handled.Stream)], Nothing, cancellation);
        }

        if (next != old)
        {
            await Run(RemoveDueSql, [Number(old), Text(handled.Stream)], Nothing, cancellation);
        }
    }

    /// <summary>Tells whoever listens on a channel.</summary>
    public async ValueTask Notify(string channel, string word) =>
        await Run("SELECT pg_notify($1, $2)", [Text(channel), Text(word)], Nothing, CancellationToken.None);

    /// <summary>What it takes to rebuild the states of several streams, not checked yet.</summary>
    public ValueTask<IReadOnlyList<StreamHistory>> Load(IReadOnlyList<(string Stream, int Shape)> asked) => Run(
        LoadSql,
        [
            Texts(asked.Select(one => one.Stream)),
            new NpgsqlParameter<int[]> { TypedValue = [.. asked.Select(one => one.Shape)] },
        ],
        rows => ReadHistories(rows, asked),
        CancellationToken.None);

    // A connection that the server has closed meanwhile says so at its next use only; what is read may be read again.
    private async ValueTask<T> Run<T>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellation)
    {
        try
        {
            try
            {
                return await RunOnce(sql, parameters, read, cancellation);
            }
            catch (NpgsqlException failure) when (IsStale(failure))
            {
                connections.Reads.Clear();
                return await RunOnce(sql, parameters, read, cancellation);
            }
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            throw ErrorTranslation.Explain(failure, connections.Server);
        }
    }

    private async Task<T> RunOnce<T>(
        string sql, NpgsqlParameter[] parameters, Func<NpgsqlDataReader, Task<T>> read, CancellationToken cancellation)
    {
        await using var connection = await connections.Reads.OpenConnectionAsync(cancellation);
#pragma warning disable CA2100 // The constants above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        command.Parameters.AddRange(parameters);
        try
        {
            await using var rows = await command.ExecuteReaderAsync(CancellationToken.None);
            return await read(rows);
        }
        finally
        {
            command.Parameters.Clear(); // They may be used once more.
        }
    }

    private static bool IsStale(NpgsqlException failure) =>
        failure is PostgresException { SqlState: "57P01" or "57P02" } || failure.InnerException is IOException;

    private static async Task<bool> Nothing(NpgsqlDataReader rows) => !await rows.ReadAsync();

    private static async Task<FeedCursor> ReadEnd(NpgsqlDataReader rows) =>
        await rows.ReadAsync() ? new FeedCursor((ulong)rows.GetInt64(0), rows.GetInt64(1)) : FeedCursor.Start;

    private static async Task<IReadOnlyList<DueStream>> ReadDue(NpgsqlDataReader rows)
    {
        var due = new List<DueStream>();
        while (await rows.ReadAsync())
        {
            due.Add(new DueStream(StoredText.Read(rows.GetString(1)), StoredTime.Read(rows.GetInt64(0))));
        }

        return due;
    }

    private static async Task<IReadOnlyList<StoredEvent>> ReadEvents(NpgsqlDataReader rows)
    {
        var events = new List<StoredEvent>();
        while (await rows.ReadAsync())
        {
            events.Add(ReadEvent(rows, 0, StoredText.Read(rows.GetString(8))));
        }

        return events;
    }

    private static async Task<IReadOnlyList<IReadOnlyList<StoredEvent>>> ReadTails(NpgsqlDataReader rows, IReadOnlyList<StreamTail> asked)
    {
        var tails = new IReadOnlyList<StoredEvent>[asked.Count];
        Array.Fill(tails, []);
        while (await rows.ReadAsync())
        {
            var number = rows.GetInt32(0);
            if (tails[number] is not List<StoredEvent> events)
            {
                tails[number] = events = [];
            }

            events.Add(ReadEvent(rows, 1, asked[number].Stream));
        }

        return tails;
    }

    private static async Task<IReadOnlyList<StreamHistory>> ReadHistories(
        NpgsqlDataReader rows, IReadOnlyList<(string Stream, int Shape)> asked)
    {
        var histories = new StreamHistory[asked.Count];
        Array.Fill(histories, new StreamHistory(null, []));
        while (await rows.ReadAsync())
        {
            AddRow(rows, histories, asked);
        }

        return histories;
    }

    private static void AddRow(NpgsqlDataReader row, StreamHistory[] histories, IReadOnlyList<(string Stream, int Shape)> asked)
    {
        var number = row.GetInt32(0);
        var (stream, shape) = asked[number];
        if (row.IsDBNull(1))
        {
            var head = new StreamHead(row.GetInt64(3), ReadHash(row, 6));
            histories[number] = new StreamHistory(new Snapshot(stream, shape, head, row.GetFieldValue<byte[]>(8)), []);
            return;
        }

        if (histories[number].Events is not List<StoredEvent> events)
        {
            histories[number] = histories[number] with { Events = events = [] };
        }

        events.Add(ReadEvent(row, 1, stream));
    }

    private static StoredEvent ReadEvent(NpgsqlDataReader rows, int from, string stream) => new(
        stream,
        rows.GetInt64(from + 2),
        new FeedCursor((ulong)rows.GetInt64(from), rows.GetInt64(from + 1)),
        new CommandId(rows.GetGuid(from + 4)),
        rows.GetInt32(from + 3),
        rows.GetString(from + 6),
        rows.GetFieldValue<byte[]>(from + 7),
        ReadHash(rows, from + 5));

    // Bytes that cannot be a hash become zeros, which no hash chain fits.
    private static EventHash ReadHash(NpgsqlDataReader rows, int column) =>
        rows.GetFieldValue<byte[]>(column) is { Length: EventHash.Size } bytes ? EventHash.Read(bytes) : default;

    private static NpgsqlParameter<string> Text(string stream) => new() { TypedValue = StoredText.Write(stream) };

    private static NpgsqlParameter<string[]> Texts(IEnumerable<string> streams) =>
        new() { TypedValue = [.. streams.Select(StoredText.Write)] };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };
}
