// What a server must be set to before a 200 can be believed; asked at start, on every new connection that appends, and every few seconds.
using System.Data.Common;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>What makes a commit durable.</summary>
internal static class DurabilityCheck
{
    /// <summary>The columns that <see cref="Explain"/> reads.</summary>
    public const string Columns = """
        current_setting('fsync'), current_setting('full_page_writes'), current_setting('data_sync_retry'),
        current_setting('transaction_read_only')
        """;

    private const string Sql = $"SELECT {Columns}, current_setting('synchronous_commit'), current_setting('server_version')";

    /// <summary>Checks the settings, makes commits of this connection wait for the disk, and returns the server's version.</summary>
    /// <exception cref="StoreUnavailableException">An acknowledged append could be lost; the message says what to set.</exception>
    public static string Check(NpgsqlConnection connection, string server)
    {
        string commit, version;
        using (var command = new NpgsqlCommand(Sql, connection))
        using (var row = command.ExecuteReader())
        {
            row.Read();
            if (Explain(row, server) is { } fault)
            {
                throw fault;
            }

            (commit, version) = (row.GetString(4), row.GetString(5));
        }

        // Said by the session itself, so that neither the role's settings nor a reload can weaken it. What waits for a standby stays.
        using var set = new NpgsqlCommand("SELECT set_config('synchronous_commit', $1, false)", connection)
        {
            Parameters = { new() { Value = commit == "off" ? "on" : commit } },
        };
        set.ExecuteNonQuery();
        return version;
    }

    /// <summary>What is wrong with the settings in a row; null where nothing is.</summary>
    public static StoreUnavailableException? Explain(DbDataReader row, string server)
    {
        var faults = new List<string>();
        Require(row.GetString(0) == "on", "fsync is off: set fsync = on in postgresql.conf and reload");
        Require(row.GetString(1) == "on", "full_page_writes is off: set full_page_writes = on in postgresql.conf and reload");
        Require(row.GetString(2) == "off", "data_sync_retry is on: set data_sync_retry = off in postgresql.conf and restart");
        Require(row.GetString(3) == "off", "it is read-only: point the connection at the primary");
        return faults.Count == 0
            ? null
            : new StoreUnavailableException(
                $"PostgreSQL at {server} would lose sign-outs that were acknowledged: {string.Join("; ", faults)}.");

        void Require(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}
