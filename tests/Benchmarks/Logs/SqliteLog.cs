// Whether what was answered with 200 is in the log: read from the file itself, past the service.
using Microsoft.Data.Sqlite;

namespace BankEzy.Sessions.Benchmarks.Logs;

/// <summary>Reads the service's SQLite log.</summary>
internal sealed class SqliteLog(string path) : ILog
{
    private readonly string connectionString =
        new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString();

    public long End() => Scalar("SELECT coalesce(max(position), 0) FROM events");

    public long Count() => Scalar("SELECT count(*) FROM events");

    public IEnumerable<(string Stream, string Name)> After(long end)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT s.name, e.name FROM events e JOIN streams s ON s.id = e.stream WHERE e.position > $after";
        command.Parameters.AddWithValue("$after", end);
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            yield return (rows.GetString(0), rows.GetString(1));
        }
    }

    public long Bytes() => new FileInfo(path).Length;

    private long Scalar(string sql)
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Our own text.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }
}
