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

    // Ids are handed out before the commit, so whatever an open append may still add is left for later, with all that follows. The end is
    // found by a statement of its own: one that reads the events must begin after it, to see all that was committed by then.
    private const string HorizonSql = "SELECT feed_horizon()";

    private const string FeedSql = $"""
        SELECT {EventColumns}, e.stream FROM events e
        WHERE (e.xid, e.position) > ($1, $2) AND e.xid < $3
        ORDER BY e.xid, e.position LIMIT $4
        """;

    private const string EndSql =
        "SELECT e.xid, e.position FROM events e WHERE e.xid < $1 ORDER BY e.xid DESC, e.position DESC LIMIT 1";

    private const string DueSql = "SELECT d.at, d.stream FROM due d WHERE d.at <= $1 ORDER BY d.at, d.stream LIMIT $2";

    private const string WaitingSql = "SELECT d.at, d.stream FROM due d WHERE (d.at, d.stream) > ($1, $2) ORDER BY d.at, d.stream LIMIT $3";

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
    private const string LoadSql = $"""
        SELECT a.number::integer - 1, s.*
        FROM unnest($1::text[], $2::integer[]) WITH ORDINALITY AS a (stream, shape, number)
        CROSS JOIN LATERAL (
            SELECT NULL::bigint AS xid, NULL::bigint AS position, k.version, NULL::integer AS ordinal, NULL::uuid AS command, k.hash,
                NULL::text AS name, k.json
            FROM snapshots k WHERE k.stream = a.stream AND k.shape = a.shape
            UNION ALL
            SELECT {EventColumns}
            FROM (
                SELECT * FROM events o WHERE o.stream = a.stream AND o.version >= coalesce(
                    (SELECT k.version FROM snapshots k WHERE k.stream = a.stream AND k.shape = a.shape), 0)
                ORDER BY o.version LIMIT $3
            ) e
        ) s
        ORDER BY a.number, s.version, s.xid NULLS FIRST
        """;

    // A command's first event stands for all, and a value that is looked up walks the index where EXISTS may read the whole log.
    private const string CommandsSql = """
        SELECT DISTINCT a.number FROM unnest($1::integer[], $2::text[], $3::uuid[]) AS a (number, stream, command)
        WHERE (SELECT e.version FROM events e WHERE e.stream = a.stream AND e.command = a.command AND e.ordinal = 0) > 0
        """;

    private const string StateSql = $"""
        SELECT {DurabilityCheck.Columns}, clock_timestamp(), w.pid, w.first_xid
        FROM (SELECT) one LEFT JOIN (SELECT * FROM feed_writers() ORDER BY first_xid LIMIT 1) w ON true
        """;

    private const string FindStreamsSql =
        "SELECT k.stream FROM search_keys k WHERE k.key = $1 AND starts_with(k.stream, $2) ORDER BY k.stream LIMIT $3";

    private const string ReadPropertySql = "SELECT value FROM properties WHERE name = $1";
    private const string AddPropertySql = "INSERT INTO properties (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    /// <summary>Events of several streams after a version of each.</summary>
    public ValueTask<IReadOnlyList<IReadOnlyList<StoredEvent>>> ReadTails(IReadOnlyList<StreamTail> asked) => Run(
        TailsSql,
        [
            Texts(asked.Select(one => one.Stream)),
            new NpgsqlParameter<long[]> { TypedValue = [.. asked.Select(one => one.After)] },
            new NpgsqlParameter<int[]> { TypedValue = [.. asked.Select(one => one.Max)] },
        ],
        rows => Rows.ReadTails(rows, asked),
        CancellationToken.None);

    /// <summary>For several streams, whether each has one of some commands.</summary>
    public ValueTask<IReadOnlyList<bool>> HasCommands(IReadOnlyList<(string Stream, IReadOnlyList<CommandId> Commands)> asked)
    {
        var probes = asked.SelectMany((one, number) => one.Commands.Select(command => (number, one.Stream, command.Value))).ToList();
        return Run(
            CommandsSql,
            [
                new NpgsqlParameter<int[]> { TypedValue = [.. probes.Select(probe => probe.number)] },
                Texts(probes.Select(probe => probe.Stream)),
                new NpgsqlParameter<Guid[]> { TypedValue = [.. probes.Select(probe => probe.Value)] },
            ],
            rows => Rows.ReadFound(rows, asked.Count),
            CancellationToken.None);
    }

    /// <summary>What can change of a server while it runs.</summary>
    public ValueTask<ServerState> ReadState(CancellationToken cancellation) =>
        Run(StateSql, [], rows => Rows.ReadState(rows, connections.Server), cancellation);

    /// <summary>Keeps a property of the log, unless it has one of that name, and returns the one that it has.</summary>
    public async ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation)
    {
        try
        {
            // On a connection that waits for the disk.
            await using var connection = await connections.Appends.OpenConnectionAsync(cancellation);
            DurabilityCheck.Check(connection, connections.Server);
            await using var add = new NpgsqlCommand(AddPropertySql, connection)
            {
                Parameters = { new() { Value = name }, new() { Value = value } },
            };
            await add.ExecuteNonQueryAsync(cancellation);
            await using var read = new NpgsqlCommand(ReadPropertySql, connection)
            {
                Parameters = { new() { Value = name } },
            };
            return (string)(await read.ExecuteScalarAsync(cancellation))!;
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            throw ErrorTranslation.Explain(failure, connections.Server);
        }
    }

    /// <summary>Events of the log after a cursor that no open append can precede.</summary>
    public async ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation)
    {
        var events = await Run(
            FeedSql,
            [
                Number((long)Math.Min(after.Transaction, long.MaxValue)), Number(after.Position),
                Number(await Run(HorizonSql, [], Rows.ReadNumber, cancellation)), Number(max),
            ],
            Rows.ReadEvents,
            cancellation);
        if (events.Count > 0)
        {
            connections.Guard.Saw(events[^1].Cursor);
        }

        return events;
    }

    /// <summary>The cursor of the last event that the feed would return now.</summary>
    public async ValueTask<FeedCursor> FindEnd(CancellationToken cancellation)
    {
        var horizon = await Run(HorizonSql, [], Rows.ReadNumber, cancellation);
        var end = await Run(EndSql, [Number(horizon)], Rows.ReadEnd, cancellation);
        connections.Guard.Saw(end);
        return end;
    }

    /// <summary>The streams that a key finds, in the order of their names.</summary>
    public ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation) => Run(
        FindStreamsSql,
        [new NpgsqlParameter<Guid> { TypedValue = Uuid(key) }, Text(prefix), Number(max)],
        Rows.ReadStreams,
        cancellation);

    /// <summary>A key as it is stored: 16 bytes are a uuid to the server.</summary>
    public static Guid Uuid(IndexKey key)
    {
        Span<byte> bytes = stackalloc byte[IndexKey.Size];
        key.Write(bytes);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Streams whose due time has come.</summary>
    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        Run(DueSql, [Number(now.ToUnixTimeMilliseconds()), Number(max)], Rows.ReadDue, cancellation);

    /// <summary>Streams that have a due time, behind a row.</summary>
    public ValueTask<IReadOnlyList<DueStream>> ReadWaiting(DueStream? after, int max, CancellationToken cancellation) => Run(
        WaitingSql,
        [Number(after is { } last ? StoredTime.RoundUp(last.Due) : long.MinValue), Text(after?.Stream ?? ""), Number(max)],
        Rows.ReadDue, cancellation);

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

    /// <summary>Notifies everybody who listens on a channel.</summary>
    public async ValueTask Notify(string channel, string word) =>
        await Run("SELECT pg_notify($1, $2)", [Text(channel), Text(word)], Nothing, CancellationToken.None);

    /// <summary>What it takes to rebuild the states of several streams, not checked yet.</summary>
    public ValueTask<IReadOnlyList<StreamHistory>> Load(IReadOnlyList<(string Stream, int Shape)> asked) => Run(
        LoadSql,
        [
            Texts(asked.Select(one => one.Stream)),
            new NpgsqlParameter<int[]> { TypedValue = [.. asked.Select(one => one.Shape)] },
            new NpgsqlParameter<int> { TypedValue = StreamHistory.EventsMax },
        ],
        rows => Rows.ReadHistories(rows, asked),
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
            if (failure.InnerException is TimeoutException)
            {
                connections.Reads.Clear(); // The network may be silent: what is in the pool would be waited for as well, one by one.
            }

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

    private static NpgsqlParameter<string> Text(string stream) => new() { TypedValue = stream };

    private static NpgsqlParameter<string[]> Texts(IEnumerable<string> streams) => new() { TypedValue = [.. streams] };

    private static NpgsqlParameter<long> Number(long value) => new() { TypedValue = value };
}
