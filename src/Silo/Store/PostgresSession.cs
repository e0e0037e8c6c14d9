// A writer's connection, checked before it is used.
using Npgsql;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>A server process, named so that nobody else's can be taken for it.</summary>
/// <param name="Id">Its process id.</param>
/// <param name="Started">When it started.</param>
internal readonly record struct PostgresBackend(int Id, DateTime Started);

/// <summary>A connection that appends.</summary>
internal sealed class PostgresSession : IDisposable
{
    private readonly NpgsqlConnection connection;

    private PostgresSession(NpgsqlConnection connection, PostgresBackend backend)
    {
        this.connection = connection;
        Backend = backend;
        Appends = new PostgresBatch(connection);
    }

    /// <summary>What serves the connection.</summary>
    public PostgresBackend Backend { get; }

    /// <summary>The prepared append.</summary>
    public PostgresBatch Appends { get; }

    /// <summary>Connects and checks the server's settings.</summary>
    public static PostgresSession Open(PostgresConnections connections)
    {
        var opened = connections.Appends.OpenConnection();
        try
        {
            PostgresDurability.Check(opened, connections.Server);
            return new PostgresSession(opened, ReadBackend(opened));
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Appends.Dispose();
        connection.Dispose();
    }

    private static PostgresBackend ReadBackend(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            "SELECT pid, backend_start FROM pg_stat_activity WHERE pid = pg_backend_pid()", connection);
        using var row = command.ExecuteReader();
        row.Read();
        return new PostgresBackend(row.GetInt32(0), row.GetDateTime(1));
    }
}
