// Our own statements on the database server, each on a connection of its own that is closed afterwards.
using Npgsql;

namespace BankEzy.Sessions.Benchmarks.Processes;

internal static class Sql
{
    private const int PatienceSeconds = 300;

    public static void Execute(string connectionString, string sql)
    {
        using var connection = Open(connectionString);
        using var command = Command(connection, sql);
        command.ExecuteNonQuery();
    }

    public static long Number(string connectionString, string sql)
    {
        using var connection = Open(connectionString);
        using var command = Command(connection, sql);
        return (long)command.ExecuteScalar()!;
    }

    /// <summary>The rows of a query; its only parameter is a number.</summary>
    public static IEnumerable<T> Rows<T>(string connectionString, string sql, Func<NpgsqlDataReader, T> read, long parameter = 0)
    {
        using var connection = Open(connectionString);
        using var command = Command(connection, sql);
        if (sql.Contains("$1", StringComparison.Ordinal))
        {
            command.Parameters.AddWithValue(parameter);
        }

        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            yield return read(rows);
        }
    }

    private static NpgsqlConnection Open(string connectionString)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = PatienceSeconds }.ConnectionString);
        connection.Open();
        return connection;
    }

#pragma warning disable CA2100 // Our own text.
    private static NpgsqlCommand Command(NpgsqlConnection connection, string sql) => new(sql, connection);
#pragma warning restore CA2100
}
