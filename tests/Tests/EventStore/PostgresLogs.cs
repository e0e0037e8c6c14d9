// A log of its own on the tests' server, that is removed afterwards; any number of stores may share it.
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

internal sealed class PostgresLogs(PostgresServer server) : IDisposable
{
    private readonly List<PostgresEventStore> stores = [];

    public string ConnectionString { get; } = server.CreateSchema();

    public CapturedLog Lines { get; } = new();

    public PostgresEventStore Open(Func<string, PostgresOptions>? options = null)
    {
        var wanted = options?.Invoke(ConnectionString)
            ?? new PostgresOptions { ConnectionString = ConnectionString, StartTimeout = TimeSpan.FromSeconds(30) };
        var opened = PostgresEventStore.Open(wanted, Logger());
        stores.Add(opened);
        return opened;
    }

    public ILogger<PostgresEventStore> Logger()
    {
        var factory = new LoggerFactory([Lines]);
        return factory.CreateLogger<PostgresEventStore>();
    }

    public static PostgresEventStore Open(PostgresOptions options) =>
        PostgresEventStore.Open(options, NullLogger<PostgresEventStore>.Instance);

    public object? Sql(string sql) => PostgresServer.Sql(ConnectionString, sql);

    public NpgsqlConnection Connect()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        return connection;
    }

    public void Dispose()
    {
        stores.ForEach(store => store.Dispose());
        server.DropSchema(ConnectionString);
    }
}
