// The tables, made once by the node that comes first, and the running role's rights on them.
using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Brings the database to the newest schema.</summary>
internal static class Migrations
{
    private const string MigrationsName = "ConnectionStrings__SessionsMigrations";
    private const int PatienceSeconds = 60;

    // The step that began the index of search. What was appended before it is in no index, and only the service's key can make one.
    private const int SearchStep = 6;

    // Any number will do that no other program takes for its own lock in this database.
    private const string Lock = "SELECT pg_advisory_xact_lock(4715268001)";

    /// <summary>Makes or updates the tables, in one transaction and under a lock that all nodes take.</summary>
    /// <exception cref="StoreUnavailableException">It cannot; the message says what to do.</exception>
    public static void Run(PostgresOptions options, string server, ILogger logger)
    {
        try
        {
            using var connection = Open(options);
            using var transaction = connection.BeginTransaction();
            Execute(connection, Lock);
            var ran = RunScripts(connection, server, logger);
            Grant(connection, options, ran);
            ServerChange.ContinueBehind(connection, seen: 0, logger);
            transaction.Commit();
        }
        catch (NpgsqlException failure)
        {
            var explained = ErrorTranslation.Explain(failure, server);
            throw failure.SqlState is "42501" && options.MigrationsConnectionString is null
                ? new StoreUnavailableException(
                    $"{explained.Message} The tables are missing or old, and this role may not make them.", failure)
                : explained;
        }
    }

    /// <summary>Keeps the feed's order true on a server whose transaction ids are lower than those of events that were seen.</summary>
    /// <param name="options">The owner's connection.</param>
    /// <param name="server">The server, for messages.</param>
    /// <param name="identity">The server that is appended to.</param>
    /// <param name="seen">The highest transaction number that a reader has seen.</param>
    /// <param name="logger">Where it is reported.</param>
    /// <exception cref="StoreUnavailableException">It cannot; the message says what happened and what to do.</exception>
    public static void ContinueBehind(PostgresOptions options, string server, ServerIdentity identity, long seen, ILogger logger)
    {
        try
        {
            using var connection = Open(options);
            if (new ServerGuard(server).Identify(connection) != identity)
            {
                throw new StoreUnavailableException($"{MigrationsName} leads to another server than ConnectionStrings__Sessions does.");
            }

            using var transaction = connection.BeginTransaction();
            Execute(connection, $"SET LOCAL lock_timeout = {(long)options.Patience.TotalMilliseconds}");
            Execute(connection, Lock);
            ServerChange.ContinueBehind(connection, seen, logger);
            transaction.Commit();
        }
        catch (Exception failure) when (failure is NpgsqlException or StoreUnavailableException)
        {
            throw new StoreUnavailableException(
                $"PostgreSQL at {server} is not the server that it was, or was restored: its transaction ids are lower than those of "
                + "events that readers of the feed have seen, and new events would come before them. A node with the owner's connection "
                + $"({MigrationsName}) sets that right. ({ErrorTranslation.Explain(failure, server).Message})",
                failure);
        }
    }

    private static NpgsqlConnection Open(PostgresOptions options)
    {
        var text = ConnectionSources.ParseGuarded(options.MigrationsConnectionString ?? options.ConnectionString, MigrationsName);
        text.Pooling = false;
        text.Timeout = (int)Math.Ceiling(options.Patience.TotalSeconds);
        text.CommandTimeout = PatienceSeconds;
        var connection = new NpgsqlConnection(text.ConnectionString);
        connection.Open();
        return connection;
    }

    private static bool RunScripts(NpgsqlConnection connection, string server, ILogger logger)
    {
        var scripts = SchemaScripts.Of("Postgres");
        var exists = (bool)Read(connection, "SELECT to_regclass('schema_steps') IS NOT NULL")!;
        var version = exists ? (int)Read(connection, "SELECT coalesce(max(step), 0) FROM schema_steps")! : 0;
        if (version > scripts[^1].Number)
        {
            throw new StoreUnavailableException(
                $"The log at {server} was written by a newer version of the service: start that version. "
                + $"(It has schema {version}, this version knows {scripts[^1].Number}.)");
        }

        if (version > 0 && !(bool)Read(connection, "SELECT to_regclass('properties') IS NOT NULL")!)
        {
            throw new StoreUnavailableException(
                $"The log at {server} has the form before the first release, which this version cannot read: name an empty database, or "
                + "move the old tables away.");
        }

        if (version is > 0 and < SearchStep && (bool)Read(connection, "SELECT EXISTS (SELECT FROM events)")!)
        {
            throw new StoreUnavailableException(
                $"The log at {server} has a form before the first release, whose events are in no index of search: name an empty "
                + "database, or move the old tables away.");
        }

        if (version == scripts[^1].Number)
        {
            return false;
        }

        if (!exists)
        {
            Execute(connection, "CREATE TABLE schema_steps (step integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now())");
        }

        foreach (var (number, sql) in scripts.Where(script => script.Number > version))
        {
            Execute(connection, sql);
            Execute(connection, string.Create(CultureInfo.InvariantCulture, $"INSERT INTO schema_steps (step) VALUES ({number})"));
        }

        Log.Migrated(logger, version, scripts[^1].Number);
        return true;
    }

    // The running role reads and appends. What it may delete is no more than a cache and handled due times.
    private static void Grant(NpgsqlConnection connection, PostgresOptions options, bool always)
    {
        var role = new NpgsqlConnectionStringBuilder(options.ConnectionString).Username;
        if (options.MigrationsConnectionString is null || role is not { Length: > 0 }
            || role == new NpgsqlConnectionStringBuilder(options.MigrationsConnectionString).Username)
        {
            return;
        }

        using var hasRights = new NpgsqlCommand("SELECT has_table_privilege($1, 'events', 'INSERT')", connection)
        {
            Parameters = { new() { Value = role } },
        };
        if (!always && (bool)hasRights.ExecuteScalar()!)
        {
            return;
        }

        var schema = (string)Read(connection, "SELECT quote_ident(current_schema())")!;
        var quoted = new NpgsqlCommandBuilder().QuoteIdentifier(role);
        Execute(connection, $"""
            GRANT USAGE ON SCHEMA {schema} TO {quoted};
            GRANT SELECT ON schema_steps, feed TO {quoted};
            GRANT SELECT, INSERT ON events, properties, search_keys TO {quoted};
            GRANT SELECT, INSERT, DELETE ON due TO {quoted};
            GRANT SELECT, INSERT, UPDATE, DELETE ON snapshots TO {quoted};
            GRANT SELECT ON orleansquery TO {quoted};
            GRANT SELECT, INSERT, UPDATE ON stream_checkpoints TO {quoted};
            GRANT SELECT, INSERT, UPDATE, DELETE ON cluster_versions, cluster_silos, grain_states TO {quoted};
            """);
    }

    private static object? Read(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        return command.ExecuteScalar();
    }

#pragma warning disable CA2100 // Our own text and numbers, and the quoted name of a role.
    internal static void Execute(NpgsqlConnection connection, string sql)
    {
        using var command = new NpgsqlCommand(sql, connection);
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100
}
