// An answer to a commit was lost: the log itself says what happened.
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Reads back appends whose commit was not answered.</summary>
internal sealed class CommitResolver(ConnectionSources connections, ManualResetEvent stop, ILogger logger)
{
    private const string IsGone =
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2)";

    private const string ReadFound = """
        SELECT a.number::integer - 1 FROM unnest($1::text[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS a (stream, version, hash, number)
        WHERE EXISTS (SELECT FROM events e WHERE e.stream = a.stream AND e.version = a.version AND e.hash = a.hash)
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Ends all jobs within a time: found means appended; not found, and the process that had the commit is gone, means not stored;
    /// anything else is unknown. The process is not killed: one that waits for a standby would then pretend success.
    /// </summary>
    public void Resolve(IReadOnlyList<AppendJob> jobs, Backend lost, StoreUnavailableException why, TimeSpan within)
    {
        var open = jobs.ToList();
        var started = TimeProvider.System.GetTimestamp();
        var gone = false;
        while (open.Count > 0 && !gone && TimeProvider.System.GetElapsedTime(started) is var passed && passed < within)
        {
            gone = Look(open, lost, within - passed);
            if (stop.WaitOne(open.Count > 0 && !gone ? Pause : TimeSpan.Zero))
            {
                break;
            }
        }

        Log.ReadBack(logger, jobs.Count, jobs.Count - open.Count, gone ? "not stored" : "unknown");
        PendingWriteRelease.Fail(open, gone ? why : null);
    }

    // A server that hangs must not be waited for longer than the callers have time: what it says later is of no use.
    private bool Look(List<AppendJob> open, Backend lost, TimeSpan within)
    {
        try
        {
            var asked = open.ToArray();
            var reading = Blocking.Run(() => Read(asked, lost));
#pragma warning disable VSTHRD002, VSTHRD104 // The writer's own thread, which has nothing else to do.
            if (Task.WaitAny([reading], within) != 0)
            {
                _ = reading.ContinueWith(
                    static late => _ = late.Exception, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                return false;
            }

            var (gone, found) = reading.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002, VSTHRD104
            foreach (var job in found)
            {
                job.Ends(AppendOutcome.Appended);
                open.Remove(job);
            }

            PendingWriteRelease.Start(found);
            return gone;
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException or StoreUnavailableException)
        {
            Log.CannotReadBack(logger, ErrorTranslation.Explain(failure, connections.Server));
            return false;
        }
    }

    // In this order: a commit that happened before the process was gone is seen by the statement after it.
    private (bool Gone, List<AppendJob> Found) Read(AppendJob[] open, Backend lost)
    {
        using var connection = connections.Appends.OpenConnection();
        connections.Guard.Identify(connection);
        using var isGone = new NpgsqlCommand(IsGone, connection)
        {
            Parameters = { new() { Value = lost.Id }, new() { Value = lost.Started } },
        };
        var gone = (bool)isGone.ExecuteScalar()!;
        using var readFound = new NpgsqlCommand(ReadFound, connection)
        {
            Parameters =
            {
                new() { Value = open.Select(job => job.Append!.Stream).ToArray() },
                new() { Value = open.Select(job => job.Append!.ExpectedVersion + 1).ToArray() },
                new() { Value = open.Select(job => job.Append!.Events[0].Hash.ToArray()).ToArray() },
            },
        };
        var found = new List<AppendJob>();
        using var rows = readFound.ExecuteReader();
        while (rows.Read())
        {
            found.Add(open[rows.GetInt32(0)]);
        }

        return (gone, found);
    }
}
