// A writer's connection, checked before it is used.
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>A server process, named so that nobody else's can be taken for it.</summary>
/// <param name="Id">Its process id.</param>
/// <param name="Started">When it started.</param>
internal readonly record struct Backend(int Id, DateTime Started);

/// <summary>A connection that appends.</summary>
internal sealed class AppendSession : IDisposable
{
    private const int AbandonedMax = 8;
    private static int abandoned;

    private readonly NpgsqlConnection connection;
    private readonly AppendBatch appends;
    private bool isAbandoned;

    private AppendSession(NpgsqlConnection connection, Backend backend, DateTimeOffset serverTime, string version)
    {
        Version = version;
        ServerTime = serverTime;
        this.connection = connection;
        Backend = backend;
        appends = new AppendBatch(connection);
    }

    /// <summary>The server's version.</summary>
    public string Version { get; }

    /// <summary>What the server's clock said when this was opened.</summary>
    public DateTimeOffset ServerTime { get; }

    /// <summary>What serves the connection.</summary>
    public Backend Backend { get; }

    /// <summary>Connects and checks the server's settings.</summary>
    /// <exception cref="StoreUnavailableException">They are wrong, or the server still works on too many earlier commits.</exception>
    public static AppendSession Open(ConnectionSources connections)
    {
        if (Volatile.Read(ref abandoned) >= AbandonedMax)
        {
            throw new StoreUnavailableException(
                $"PostgreSQL at {connections.Server} has not answered {AbandonedMax} commits: it may wait for a synchronous standby that "
                + "is away, or for a disk that hangs.");
        }

        var opened = connections.Appends.OpenConnection();
        try
        {
            var version = DurabilityCheck.Check(opened, connections.Server);
            var (backend, time) = ReadBackend(opened);
            return new AppendSession(opened, backend, time, version);
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Stores a batch. The calling thread waits.</summary>
    /// <exception cref="TimeoutException">The patience is over. The session ends by itself when the server answers.</exception>
    public AppendOutcome[] Store(IReadOnlyList<AppendJob> jobs, TimeSpan patience)
    {
        var answer = appends.Run(jobs);
#pragma warning disable VSTHRD002, VSTHRD104 // The writer's own thread, which has nothing else to do.
        if (Task.WaitAny([answer], patience) == 0)
        {
            return answer.GetAwaiter().GetResult();
        }
#pragma warning restore VSTHRD002, VSTHRD104

        isAbandoned = true;
        Interlocked.Increment(ref abandoned);
        CloseAfter(answer);
        throw new TimeoutException($"No answer to a commit within {patience.TotalSeconds} s.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!isAbandoned)
        {
            Close();
        }
    }

    private void Close()
    {
        appends.Dispose();
        connection.Dispose();
    }

    private void CloseAfter(Task answer) => _ = answer.ContinueWith(
        late =>
        {
            _ = late.Exception; // Whatever it is, it was told to nobody in time.
            Close();
            Interlocked.Decrement(ref abandoned);
        },
        CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

    private static (Backend Backend, DateTimeOffset Time) ReadBackend(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(
            "SELECT pid, backend_start, clock_timestamp() FROM pg_stat_activity WHERE pid = pg_backend_pid()", connection);
        using var row = command.ExecuteReader();
        row.Read();
        return (new Backend(row.GetInt32(0), row.GetDateTime(1)), row.GetFieldValue<DateTimeOffset>(2));
    }
}
