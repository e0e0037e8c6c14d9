// From rows to what they mean. The columns are in the order of the statements in Reader.cs.
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Reads what the server returned.</summary>
internal static class Rows
{
    /// <summary>The cursor of the only row, if there is one.</summary>
    public static async Task<FeedCursor> ReadEnd(NpgsqlDataReader rows) =>
        await rows.ReadAsync() ? new FeedCursor((ulong)rows.GetInt64(0), rows.GetInt64(1)) : FeedCursor.Start;

    /// <summary>The number of the only row.</summary>
    public static async Task<long> ReadNumber(NpgsqlDataReader rows)
    {
        await rows.ReadAsync();
        return rows.GetInt64(0);
    }

    /// <summary>The only row's state of the server.</summary>
    public static async Task<ServerState> ReadState(NpgsqlDataReader rows, string server)
    {
        await rows.ReadAsync();
        var time = await rows.GetFieldValueAsync<DateTimeOffset>(4);
        (int, long)? oldest = await rows.IsDBNullAsync(5) ? null : (rows.GetInt32(5), rows.GetInt64(6));
        return new ServerState(DurabilityCheck.Explain(rows, server), time, oldest);
    }

    /// <summary>Streams and their due times.</summary>
    public static async Task<IReadOnlyList<DueStream>> ReadDue(NpgsqlDataReader rows)
    {
        var due = new List<DueStream>();
        while (await rows.ReadAsync())
        {
            due.Add(new DueStream(rows.GetString(1), StoredTime.Read(rows.GetInt64(0))));
        }

        return due;
    }

    /// <summary>Names of streams.</summary>
    public static async Task<IReadOnlyList<string>> ReadStreams(NpgsqlDataReader rows)
    {
        var streams = new List<string>();
        while (await rows.ReadAsync())
        {
            streams.Add(rows.GetString(0));
        }

        return streams;
    }

    /// <summary>Events with their streams.</summary>
    public static async Task<IReadOnlyList<StoredEvent>> ReadEvents(NpgsqlDataReader rows)
    {
        var events = new List<StoredEvent>();
        while (await rows.ReadAsync())
        {
            events.Add(ReadEvent(rows, 0, rows.GetString(8)));
        }

        return events;
    }

    /// <summary>Events of the streams that were asked for.</summary>
    public static async Task<IReadOnlyList<IReadOnlyList<StoredEvent>>> ReadTails(NpgsqlDataReader rows, IReadOnlyList<StreamTail> asked)
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

    /// <summary>The numbers of the questions that are answered with yes.</summary>
    public static async Task<IReadOnlyList<bool>> ReadFound(NpgsqlDataReader rows, int count)
    {
        var found = new bool[count];
        while (await rows.ReadAsync())
        {
            found[rows.GetInt32(0)] = true;
        }

        return found;
    }

    /// <summary>Snapshots and events of the streams that were asked for.</summary>
    public static async Task<IReadOnlyList<StreamHistory>> ReadHistories(
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
}
