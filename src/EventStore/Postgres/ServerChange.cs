// A node that connects again may reach another server: a standby that was promoted, or a backup that was restored. Its transaction ids may
// be lower than those of events that readers of the feed have seen.
using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Keeps the feed's order true across servers.</summary>
internal static class ServerChange
{
    private const string Sql = """
        SELECT coalesce((SELECT e.xid FROM events e ORDER BY e.xid DESC, e.position DESC LIMIT 1), 0),
            pg_snapshot_xmax(pg_current_snapshot())::text::bigint + f.xids_added
        FROM feed f
        """;

    /// <summary>Takes a server for the one that is appended to from now on.</summary>
    /// <exception cref="StoreUnavailableException">New events would come before older ones, and this node may not change that.</exception>
    public static void Accept(PostgresOptions options, ConnectionSources connections, NpgsqlConnection connection, ILogger logger)
    {
        var identity = connections.Guard.Identify(connection);
        if (IsBehind(connection, connections.Guard.Seen, out _))
        {
            Migrations.ContinueBehind(options, connections.Server, identity, connections.Guard.Seen, logger);
        }

        if (connections.Guard.Accept(identity) is { } before)
        {
            Log.ServerChanged(logger, connections.Server, before.System, before.Timeline, identity.System, identity.Timeline);
            connections.Reads.Clear(); // What is in the pool may still be to the old one.
        }
    }

    /// <summary>Adds to later transaction ids what is missing, while nobody appends.</summary>
    /// <param name="connection">The owner's, inside a transaction.</param>
    /// <param name="seen">The highest transaction number that a reader has seen.</param>
    /// <param name="logger">Where it is reported.</param>
    public static void ContinueBehind(NpgsqlConnection connection, long seen, ILogger logger)
    {
        if (!IsBehind(connection, seen, out _))
        {
            return;
        }

        // An append that has taken its number by the old rule must be over before the first one takes it by the new.
        Migrations.Execute(connection, "LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE");
        if (IsBehind(connection, seen, out var highest))
        {
            Migrations.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE feed SET xids_added = {highest}"));
            Log.Restored(logger, highest);
        }
    }

    private static bool IsBehind(NpgsqlConnection connection, long seen, out long highest)
    {
        using var command = new NpgsqlCommand(Sql, connection);
        using var row = command.ExecuteReader();
        row.Read();
        highest = Math.Max(row.GetInt64(0), seen);
        return highest >= row.GetInt64(1);
    }
}
