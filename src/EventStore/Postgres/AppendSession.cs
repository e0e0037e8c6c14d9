// A writer's connection, checked before it is used.
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>A server process, named so that nobody else's can be taken for it.</summary>
/// <param name="Id">Its process id.</param>
/// <param name="Started">When it started.</param>
internal readonly record struct Backend(int Id, DateTime Started);

/// <summary>A connection that appends.</summary>
internal sealed class AppendSession : IDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly AppendBatch _appends;
    private readonly CancellationTokenSource _abort = new();
    private Task? _late;

    private AppendSession(NpgsqlConnection connection, string version)
    {
        Version = version;
        _connection = connection;
        (Backend, ServerTime, HadNoEvents) = ReadBackend(connection);
        _appends = new AppendBatch(connection);
    }

    /// <summary>The server's version.</summary>
    public string Version { get; }

    /// <summary>What serves the connection.</summary>
    public Backend Backend { get; }

    /// <summary>What the server's clock said when this was opened.</summary>
    public DateTimeOffset ServerTime { get; }

    /// <summary>Whether the log had no events when this was opened.</summary>
    public bool HadNoEvents { get; }

    /// <summary>Whether a batch was not answered in time and the server's answer has not come since.</summary>
    public bool IsUnanswered => _late is { IsCompleted: false };

    /// <summary>Connects and checks the server.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used; the message says why and what to do.</exception>
    public static AppendSession Open(
        PostgresOptions options, ConnectionSources connections, IReadOnlyList<AppendSession> unanswered, ILogger logger)
    {
        var opened = connections.Appends.OpenConnection();
        try
        {
            var version = DurabilityCheck.Check(opened, connections.Server);
            UnansweredCommits.Check(opened, connections.Server, unanswered);
            ServerChange.Accept(options, connections, opened, logger);
            return new AppendSession(opened, version);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Stores a batch. The calling thread waits.</summary>
    /// <exception cref="TimeoutException">No answer in time. The session ends by itself when the server answers, or with
    /// <see cref="Abort"/>.</exception>
    public AppendOutcome[] Store(IReadOnlyList<AppendJob> jobs, TimeSpan timeout)
    {
        var answer = _appends.Run(jobs, _abort.Token);
#pragma warning disable VSTHRD002, VSTHRD104 // The writer's own thread, which has nothing else to do.
        if (Task.WaitAny([answer], timeout) == 0)
        {
            return answer.GetAwaiter().GetResult();
        }
#pragma warning restore VSTHRD002, VSTHRD104

        _late = answer.ContinueWith(
            late =>
            {
                _ = late.Exception; // Whatever it is, nobody waits for it any more.
                Close();
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        throw new TimeoutException($"No answer to a commit within {timeout.TotalSeconds} s.");
    }

    /// <summary>Stops waiting for an answer that cannot come: the server process that owed it is gone.</summary>
    public void Abort() => _ = Blocking.Run(_abort.Cancel); // The driver first asks the server to cancel, which may take a while.

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_late is null)
        {
            Close();
        }
    }

    private void Close()
    {
        _appends.Dispose();
        _connection.Dispose();
    }

    private static (Backend Backend, DateTimeOffset Time, bool HadNoEvents) ReadBackend(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            "SELECT pid, backend_start, clock_timestamp(), NOT EXISTS (SELECT FROM events) FROM pg_stat_activity "
            + "WHERE pid = pg_backend_pid()", connection);
        using var row = command.ExecuteReader();
        row.Read();
        return (new Backend(row.GetInt32(0), row.GetDateTime(1)), row.GetFieldValue<DateTimeOffset>(2), row.GetBoolean(3));
    }
}
