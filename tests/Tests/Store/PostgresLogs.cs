// A log of its own on the tests' server, that is removed afterwards; any number of stores may share it.
using BankEzy.Sessions.Silo.Store;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace BankEzy.Sessions.Tests.Store;

internal sealed class PostgresLogs(PostgresServer server) : IDisposable
{
    private readonly List<PostgresStore> stores = [];

    public string ConnectionString { get; } = server.CreateSchema();

    public PostgresStore Open(Func<string, PostgresStoreOptions>? options = null)
    {
        stores.Add(Open(options?.Invoke(ConnectionString) ?? new PostgresStoreOptions { ConnectionString = ConnectionString }));
        return stores[^1];
    }

    public static PostgresStore Open(PostgresStoreOptions options) => PostgresStore.Open(options, NullLogger<PostgresStore>.Instance);

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
