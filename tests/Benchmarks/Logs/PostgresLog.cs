// The log in PostgreSQL, read past the service.
using BankEzy.Sessions.Benchmarks.Processes;

namespace BankEzy.Sessions.Benchmarks.Logs;

/// <summary>Reads the service's log in a PostgreSQL database.</summary>
internal sealed class PostgresLog(string connectionString) : ILog
{
    // Transaction ids ascend, and nothing is under way when a mark is taken.
    public long End() => Sql.Number(connectionString, "SELECT coalesce(max(xid), 0) FROM events");

    public long Count() => Sql.Number(connectionString, "SELECT count(*) FROM events");

    public IEnumerable<(string Stream, string Name)> After(long end) => Sql.Rows(
        connectionString, "SELECT stream, name FROM events WHERE xid > $1", row => (row.GetString(0), row.GetString(1)), end);

    public long Bytes() => Sql.Number(
        connectionString,
        "SELECT sum(pg_total_relation_size(relid))::bigint FROM pg_stat_user_tables "
        + "WHERE relname IN ('events', 'due', 'snapshots', 'search_keys')");

    /// <summary>How much was ever written to the server's write-ahead log.</summary>
    public long WalBytes() => Sql.Number(connectionString, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint");
}
