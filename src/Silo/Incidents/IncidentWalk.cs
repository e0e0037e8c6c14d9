// Through all users of a program who have a live session, in the order of the times at which these end: the log keeps that list already,
// for expiry. Each user who is called ends the sessions by the gate itself, whatever the call asks, and ends none twice.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Silo.Incidents;

/// <summary>Counts an incident's sessions and lets them get their own events.</summary>
/// <param name="store">The log.</param>
/// <param name="gates">The programs' gates.</param>
/// <param name="streams">The users' streams.</param>
/// <param name="grains">Finds the users.</param>
/// <param name="oldest">Knows whether another silo does it now.</param>
/// <param name="settings">How many users within a second.</param>
/// <param name="time">The clock of the limits.</param>
/// <param name="logger">Where failures are logged.</param>
internal sealed partial class IncidentWalk(
    IEventStore store, ProgramGates gates, UserStreams streams, UserGrains grains, OldestSilo oldest, Settings settings,
    TimeProvider time, ILogger<IncidentWalk> logger)
{
    private const int PageMax = 1_000;
    private const int UsersAtOnce = 16; // as many share one commit of the log
    private const int TriesMax = 10; // of users whose silo has just died
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Counts the sessions that an incident would end now. It reads the log and calls nobody.</summary>
    public async Task Count(int program, Incident incident, CancellationToken cancellation)
    {
        var (found, seen) = (new Found(), new HashSet<string>(StringComparer.Ordinal));
        DueStream? after = null;
        while (await Page(after, cancellation) is { Count: > 0 } page && oldest.IsThisOne())
        {
            // A user may stand in the list several times.
            var users = page.Where(row => IsOf(row, program) && seen.Add(row.Stream)).Select(row => row.Stream).ToList();
            await ForEach(users, async stream => found.Add((await Matching(stream, incident)).Length), cancellation);
            after = page[^1];
        }

        if (oldest.IsThisOne())
        {
            await gates.Execute(program, new ReportCount(time.GetUtcNow(), incident.Id, found.Sessions, found.Users));
        }
    }

    /// <summary>Ends an incident's sessions, from where the last call was.</summary>
    public async Task End(int program, Incident incident, CancellationToken cancellation)
    {
        await gates.UntilEverySiloKnows(); // From then on no session begins that has not seen the closed gate.
        var tally = await IncidentTally.Begin(store, gates.Of(program).Stream, incident, cancellation);
        var (after, seen) = incident.Progress is { } progress
            ? (new DueStream(progress.Stream, progress.Due), progress.Seen)
            : ((DueStream?)null, 0L);
        var (pace, failed) = (new Pace(settings.Incidents.PerSecond, TimeProvider.System), new List<string>());
        while (await Page(after, cancellation) is { Count: > 0 } page)
        {
            failed.AddRange(await Call([.. page.Where(row => IsOf(row, program)).Select(row => row.Stream)], incident, pace, cancellation));
            (after, seen) = (page[^1], seen + page.Count);
            await tally.ReadOn(cancellation);
            if (!await Report(program, incident.Id, after.Value, seen, tally.Ended))
            {
                return; // It was paused, or another silo does it now.
            }
        }

        for (var tries = 1; failed.Count > 0 && tries < TriesMax; tries++)
        {
            await Task.Delay(Pause, TimeProvider.System, cancellation);
            failed = await Call(failed, incident, pace, cancellation);
        }

        await Finish(program, incident.Id, after, seen, failed.Count, tally, cancellation);
    }

    // The last report stands in the feed behind everything that was ended before it.
    private async Task Finish(
        int program, Guid incident, DueStream? after, long seen, int left, IncidentTally tally, CancellationToken cancellation)
    {
        var last = after ?? new DueStream(gates.Of(program).Stream, time.GetUtcNow());
        if (!await Report(program, incident, last, seen, tally.Ended))
        {
            return;
        }

        await tally.ReadUpTo((await gates.Of(program).Read()).Head.Version, cancellation);
        var reply = await gates.Execute(program, new ReportEnd(time.GetUtcNow(), incident, seen, tally.Ended, left));
        if (reply.Outcome == GateOutcome.Done)
        {
            LogFinished(logger, incident, tally.Ended, left);
        }
    }

    private async Task<bool> Report(int program, Guid incident, DueStream last, long seen, long ended)
    {
        await gates.Execute(program, new ReportProgress(time.GetUtcNow(), incident, last.Due, last.Stream, seen, ended));
        return oldest.IsThisOne() && (await gates.Of(program).Read()).State.Find(incident)?.Phase == IncidentPhase.Running;
    }

    private ValueTask<IReadOnlyList<DueStream>> Page(DueStream? after, CancellationToken cancellation) =>
        store.ReadWaiting(after, PageMax, cancellation);

    private static bool IsOf(DueStream row, int program) =>
        row.Stream.StartsWith(UserId.Prefix, StringComparison.Ordinal) && new UserId(row.Stream).Program == program;

    // Those who could not be called: they must not keep the others waiting.
    private async Task<List<string>> Call(IReadOnlyList<string> users, Incident incident, Pace pace, CancellationToken cancellation)
    {
        var failed = new List<string>();
        await ForEach(users, async stream =>
        {
            try
            {
                // Of an incident of a few devices most users have nothing: they are read, and not brought to life.
                if (incident.Filter.IsWholeProgram || !(await Matching(stream, incident)).IsEmpty)
                {
                    await pace.Wait(cancellation);
                    await grains.Find(stream).ExpireDue(new ExpireDue(time.GetUtcNow()));
                }
            }
            catch (Exception e) when (!cancellation.IsCancellationRequested)
            {
                lock (failed)
                {
                    failed.Add(stream);
                    if (failed.Count == 1)
                    {
                        LogFailed(logger, incident.Id, e);
                    }
                }
            }
        }, cancellation);
        return failed;
    }

    private async ValueTask<System.Collections.Immutable.ImmutableArray<SessionOnDevice>> Matching(string stream, Incident incident)
    {
        var user = streams.Of(stream);
        await user.Load(CancellationToken.None);
        return GateRules.Matching(user.State, incident, time.GetUtcNow());
    }

    private static Task ForEach(IEnumerable<string> users, Func<string, ValueTask> act, CancellationToken cancellation) =>
        Parallel.ForEachAsync(
            users, new ParallelOptions { MaxDegreeOfParallelism = UsersAtOnce, CancellationToken = cancellation },
            (stream, _) => act(stream));

    private sealed class Found
    {
        private long _sessions;
        private long _users;

        public long Sessions => _sessions;

        public long Users => _users;

        public void Add(int sessions)
        {
            Interlocked.Add(ref _sessions, sessions);
            Interlocked.Add(ref _users, sessions > 0 ? 1 : 0);
        }
    }

    [LoggerMessage(1204, LogLevel.Warning,
        "A user could not be called for incident {Incident}, and others may follow; they are called again. The gate refuses their "
        + "sessions all the same.")]
    private static partial void LogFailed(ILogger logger, Guid incident, Exception exception);

    [LoggerMessage(1205, LogLevel.Warning,
        "evt=incident.finished incident={Incident} ended={Ended} left={Left}: every session has its own event; those of users whose "
        + "stream cannot be read are refused by the gate.")]
    private static partial void LogFinished(ILogger logger, Guid incident, long ended, int left);
}
