// An answer to a commit was lost: the log itself says what happened.
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Reads back appends whose commit was not answered.</summary>
internal sealed class CommitResolver(
    PostgresOptions options, ConnectionSources connections, ManualResetEvent stop, ILogger logger)
{
    private const string IsGone =
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1 AND backend_start = $2)";

    private const string ReadFound = """
        SELECT a.number::integer - 1 FROM unnest($1::text[], $2::bigint[], $3::bytea[]) WITH ORDINALITY AS a (stream, version, hash, number)
        WHERE EXISTS (SELECT FROM events e WHERE e.stream = a.stream AND e.version = a.version AND e.hash = a.hash)
        """;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Ends all jobs within the store's patience: found means appended; not found, and the process that had the commit is gone, means
    /// surely not stored; anything else is unknown. The process is not killed: one that waits for a standby would then pretend success.
    /// </summary>
    public void Resolve(IReadOnlyList<AppendJob> jobs, Backend lost, StoreUnavailableException why)
    {
        var open = jobs.ToList();
        var started = TimeProvider.System.GetTimestamp();
        var gone = false;
        do
        {
            try
            {
                gone = Read(open, lost);
            }
            catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
            {
                Log.CannotReadBack(logger, ErrorTranslation.Explain(failure, connections.Server));
            }
        }
        while (open.Count > 0 && !gone && TimeProvider.System.GetElapsedTime(started) < options.Patience && !stop.WaitOne(Pause));

        Log.ReadBack(logger, jobs.Count, jobs.Count - open.Count, gone ? "surely not stored" : "unknown");
        foreach (var job in open)
        {
            job.Fails(gone ? new StoreUnavailableException(why.Message, why) : null);
        }

        PendingWriteRelease.Start(open);
    }

    // In this order: a commit that happened before the process was gone is seen by the statement after it.
    private bool Read(List<AppendJob> open, Backend lost)
    {
        using var connection = connections.Appends.OpenConnection();
        using var isGone = new NpgsqlCommand(IsGone, connection)
        {
            Parameters = { new() { Value = lost.Id }, new() { Value = lost.Started } },
        };
        var gone = (bool)isGone.ExecuteScalar()!;
        using var readFound = new NpgsqlCommand(ReadFound, connection)
        {
            Parameters =
            {
                new() { Value = open.Select(job => StoredText.Write(job.Append!.Stream)).ToArray() },
                new() { Value = open.Select(job => job.Append!.ExpectedVersion + 1).ToArray() },
                new() { Value = open.Select(job => job.Append!.Events[0].Hash.ToArray()).ToArray() },
            },
        };
        var found = new List<AppendJob>();
        using (var rows = readFound.ExecuteReader())
        {
            while (rows.Read())
            {
                found.Add(open[rows.GetInt32(0)]);
            }
        }

        foreach (var job in found)
        {
            job.Ends(AppendOutcome.Appended);
            open.Remove(job);
        }

        PendingWriteRelease.Start(found);

        return gone;
    }
}
