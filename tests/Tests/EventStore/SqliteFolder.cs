// A SQLite store in a folder of its own that is removed afterwards.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Sqlite;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Tests.EventStore;

internal sealed class SqliteFolder : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("bankezy-store-").FullName;
    private SqliteEventStore store;

    public SqliteFolder(Func<string, SqliteOptions>? options = null)
    {
        var path = Path.Combine(folder, "data", "sessions.db");
        Options = options?.Invoke(path) ?? new SqliteOptions { Path = path };
        store = SqliteEventStore.Open(Options, new LoggerFactory([Lines]).CreateLogger<SqliteEventStore>());
    }

    public CapturedLog Lines { get; } = new();

    public SqliteOptions Options { get; }

    public IEventStore Store => store;

    public static SqliteEventStore Open(SqliteOptions options) => SqliteEventStore.Open(options, NullLogger<SqliteEventStore>.Instance);

    public IEventStore Restart()
    {
        store.Dispose();
        return store = Open(Options);
    }

    public void Close() => store.Dispose();

    // Another program that reaches past the service.
    public string Sql(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Options.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }

    public void Dispose()
    {
        store.Dispose();
        Directory.Delete(folder, recursive: true);
    }
}
