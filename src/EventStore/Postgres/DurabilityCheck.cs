// What a server must be set to before a 200 can be believed; asked at start and on every new connection that appends.
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>What makes a commit durable.</summary>
internal static class DurabilityCheck
{
    private const string ReadSettings = """
        SELECT current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'),
               current_setting('data_sync_retry'), current_setting('transaction_read_only'), current_setting('server_version')
        """;

    /// <summary>Checks the settings and returns the server's version.</summary>
    /// <exception cref="StoreUnavailableException">An acknowledged append could be lost; the message says what to set.</exception>
    public static string Check(NpgsqlConnection connection, string server)
    {
        using var command = new NpgsqlCommand(ReadSettings, connection);
        using var row = command.ExecuteReader();
        row.Read();
        var faults = new List<string>();
        Require(row.GetString(0) == "on", "fsync is off: set fsync = on in postgresql.conf and reload");
        Require(row.GetString(1) == "on", "full_page_writes is off: set full_page_writes = on in postgresql.conf and reload");
        Require(row.GetString(2) != "off", "synchronous_commit is off for this role: ALTER ROLE … SET synchronous_commit = on");
        Require(row.GetString(3) == "off", "data_sync_retry is on: set data_sync_retry = off in postgresql.conf and restart");
        Require(row.GetString(4) == "off", "it is read-only: point the connection at the primary");
        return faults.Count == 0
            ? row.GetString(5)
            : throw new StoreUnavailableException(
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
