// How far the streams' reader has come. With the log in PostgreSQL it is a row there, so that any silo can continue; a silo that is alone
// keeps a small file beside its log.
using Npgsql;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

internal abstract class StreamCheckpoint
{
    /// <summary>The cursor up to which everything was published; null before the first time.</summary>
    public abstract ValueTask<FeedCursor?> Read();

    /// <summary>Moves the checkpoint on. It never moves back: a reader that lost its place may still be writing.</summary>
    public abstract ValueTask Keep(FeedCursor cursor);

    /// <summary>The checkpoint in a database, else in a folder, else in memory.</summary>
    public static StreamCheckpoint Of(NpgsqlDataSource? database, string? folder)
    {
        if (database is not null)
        {
            return new InPostgres(database);
        }

        return folder is null ? new InMemory() : new InFile(Path.Combine(folder, "streams.cursor"));
    }

    private sealed class InPostgres(NpgsqlDataSource database) : StreamCheckpoint
    {
        public override async ValueTask<FeedCursor?> Read()
        {
            await using var command = database.CreateCommand("SELECT xid, position FROM stream_checkpoints WHERE reader = 'streams'");
            await using var reader = await command.ExecuteReaderAsync();
            return await reader.ReadAsync() ? new FeedCursor((ulong)reader.GetInt64(0), reader.GetInt64(1)) : null;
        }

        public override async ValueTask Keep(FeedCursor cursor)
        {
            await using var command = database.CreateCommand("""
                INSERT INTO stream_checkpoints AS b (reader, xid, position) VALUES ('streams', $1, $2)
                ON CONFLICT (reader) DO UPDATE SET xid = excluded.xid, position = excluded.position
                WHERE (b.xid, b.position) < (excluded.xid, excluded.position)
                """);
            command.Parameters.Add(new() { Value = (long)cursor.Transaction });
            command.Parameters.Add(new() { Value = cursor.Position });
            await command.ExecuteNonQueryAsync();
        }
    }

    private sealed class InFile(string path) : StreamCheckpoint
    {
        public override async ValueTask<FeedCursor?> Read() =>
            File.Exists(path) && FeedCursor.TryParse(await File.ReadAllTextAsync(path), out var cursor) ? cursor : null;

        public override async ValueTask Keep(FeedCursor cursor)
        {
            await File.WriteAllTextAsync($"{path}.new", cursor.ToString());
            File.Move($"{path}.new", path, overwrite: true);
        }
    }

    private sealed class InMemory : StreamCheckpoint
    {
        private FeedCursor? _kept;

        public override ValueTask<FeedCursor?> Read() => new(_kept);

        public override ValueTask Keep(FeedCursor cursor)
        {
            _kept = cursor;
            return ValueTask.CompletedTask;
        }
    }
}
