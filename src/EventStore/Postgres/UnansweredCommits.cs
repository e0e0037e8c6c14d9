// Commits whose answer did not come in time. A server that still works on many of them is not given more.
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Counts what is outstanding now: the server is asked, as a lost answer may never come.</summary>
internal static class UnansweredCommits
{
    private const int Max = 8;

    private const string Sql = """
        SELECT a.number::integer - 1,
            coalesce((SELECT s.state FROM pg_stat_activity s WHERE s.pid = a.pid AND s.backend_start = a.started), 'gone')
        FROM unnest($1::integer[], $2::timestamptz[]) WITH ORDINALITY AS a (pid, started, number)
        """;

    /// <summary>Aborts the sessions that the server has ended, and returns when it may be given another one.</summary>
    /// <exception cref="StoreUnavailableException">It still works on too many.</exception>
    public static void Check(NpgsqlConnection connection, string server, IReadOnlyList<AppendSession> unanswered)
    {
        if (unanswered.Count == 0)
        {
            return;
        }

        var working = 0;
        using var command = new NpgsqlCommand(Sql, connection)
        {
            Parameters =
            {
                new() { Value = unanswered.Select(session => session.Backend.Id).ToArray() },
                new() { Value = unanswered.Select(session => session.Backend.Started).ToArray() },
            },
        };
        using (var rows = command.ExecuteReader())
        {
            while (rows.Read())
            {
                switch (rows.GetString(1))
                {
                    case "gone":
                        unanswered[rows.GetInt32(0)].Abort();
                        break;
                    case "active":
                        working++;
                        break;
                }
            }
        }

        if (working >= Max)
        {
            throw new StoreUnavailableException(
                $"PostgreSQL at {server} has not answered {working} commits and still works on them: it may wait for a synchronous standby "
                + "that is away, or for a disk that hangs.");
        }
    }
}
