// Whether what was answered with 200 is in the log: read from the file itself, past the service.
using BankEzy.Sessions.Benchmarks.Load;
using Microsoft.Data.Sqlite;

namespace BankEzy.Sessions.Benchmarks;

/// <summary>Reads the service's log.</summary>
internal sealed class LogCheck(string path)
{
    private readonly string connectionString =
        new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString();

    /// <summary>The position of the last event.</summary>
    public long End()
    {
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT coalesce(max(position), 0) FROM events";
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>Throws unless the log has, after a position, exactly one event of this name for each of these users.</summary>
    /// <returns>How many events of any name were added.</returns>
    public int Verify(long after, string name, MadeUpUsers users, int answered)
    {
        var expected = Enumerable.Range(0, answered).Select(users.StreamOf).ToHashSet();
        var (added, surplus) = (0, 0);
        using var connection = new SqliteConnection(connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT s.name, e.name FROM events e JOIN streams s ON s.id = e.stream WHERE e.position > $after";
        command.Parameters.AddWithValue("$after", after);
        using var rows = command.ExecuteReader();
        for (; rows.Read(); added++)
        {
            surplus += rows.GetString(1) == name && !expected.Remove(rows.GetString(0)) ? 1 : 0;
        }

        return expected.Count == 0 && surplus == 0
            ? added
            : throw new BenchmarkException(
                $"Of {answered} answers with 200, {expected.Count} have no {name} in the log, and {surplus} such events are too many.");
    }
}
