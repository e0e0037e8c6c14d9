// The log in PostgreSQL, read past the service.
using Npgsql;

namespace BankEzy.Sessions.Benchmarks.Logs;

/// <summary>Reads the service's log in a PostgreSQL database.</summary>
internal sealed class PostgresLog(string connectionString) : ILog
{
    // Transaction ids ascend, and nothing is under way when a mark is taken.
    public long End() => Scalar("SELECT coalesce(max(xid), 0) FROM events");

    public long Count() => Scalar("SELECT count(*) FROM events");

    public IEnumerable<(string Stream, string Name)> After(long end)
    {
        using var connection = Open();
        using var command = new NpgsqlCommand("SELECT stream, name FROM events WHERE xid > $1", connection);
        command.Parameters.AddWithValue(end);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            yield return (rows.GetString(0), rows.GetString(1));
        }
    }

    public long Bytes() => Scalar(
        "SELECT sum(pg_total_relation_size(relid))::bigint FROM pg_stat_user_tables WHERE relname IN ('events', 'due', 'snapshots')");

    /// <summary>How much was ever written to the server's write-ahead log.</summary>
    public long WalBytes() => Scalar("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint");

    private NpgsqlConnection Open()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    private long Scalar(string sql)
    {
        using var connection = Open();
#pragma warning disable CA2100 // Our own text.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }
}
