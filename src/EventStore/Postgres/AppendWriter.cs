// Group commit: a thread takes all appends that wait, stores them with one round trip and one commit, and lets them go.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>A connection that only appends, on a thread of its own.</summary>
internal sealed class AppendWriter : IDisposable
{
    private readonly PostgresOptions options;
    private readonly ConnectionSources connections;
    private readonly AppendNotifications signal;
    private readonly ILogger logger;
    private readonly AppendQueue queue;
    private readonly ManualResetEvent stop = new(initialState: false);
    private readonly Thread thread;
    private readonly List<AppendSession> unanswered = [];
    private AppendSession? session;
    private long taken;

    /// <summary>Connects and starts the thread.</summary>
    /// <exception cref="StoreUnavailableException">The server cannot be used.</exception>
    public AppendWriter(PostgresOptions options, ConnectionSources connections, AppendNotifications signal, ILogger logger)
    {
        this.options = options;
        this.connections = connections;
        this.signal = signal;
        this.logger = logger;
        queue = new AppendQueue(options);
        if (!TryConnect())
        {
            throw queue.Fault!;
        }

        (ServerTime, HadNoEvents) = (session!.ServerTime, session.HadNoEvents);
        thread = new Thread(Run) { Name = "PostgreSQL writer", IsBackground = true };
        thread.Start();
    }

    /// <summary>What the server's clock said when this connected.</summary>
    public DateTimeOffset ServerTime { get; }

    /// <summary>Whether the log had no events then.</summary>
    public bool HadNoEvents { get; }

    /// <summary>True after a failure, until the server can be used again.</summary>
    public bool IsFaulty => queue.Fault is not null;

    /// <summary>Queues an append, or null to have the server tried.</summary>
    /// <exception cref="StoreUnavailableException">Too many wait, or the server could not be used a moment ago.</exception>
    public ValueTask<AppendOutcome> Enqueue(Append? append) => queue.Enqueue(new AppendJob(append));

    /// <summary>Stores what waits, then closes the connection.</summary>
    public void Dispose()
    {
        queue.Close();
        stop.Set();
        thread.Join();
        queue.Dispose();
        stop.Dispose();
    }

    private void Run()
    {
        var batch = new List<AppendJob>(options.BatchMax);
        while (queue.Take(batch, Timeout.InfiniteTimeSpan))
        {
            StoreOrRefuse(batch);
            batch.Clear();
        }

        Abandon();
    }

    private TimeSpan Left => options.Patience - TimeProvider.System.GetElapsedTime(taken);

    // Connecting, storing and reading back share the time that a caller waits.
    private void StoreOrRefuse(List<AppendJob> batch)
    {
        taken = TimeProvider.System.GetTimestamp();
        if ((session is not null && !connections.Guard.IsOutdated) || TryConnect())
        {
            Store(batch);
        }
        else
        {
            PendingWriteRelease.Fail(batch, queue.Fault!);
            PendingWriteRelease.Fail(queue.TakeAll(), queue.Fault!);
        }
    }

    private void Store(List<AppendJob> batch)
    {
        var asked = batch.FindAll(static job => job.Append is null);
        if (asked.Count > 0)
        {
            PendingWriteRelease.Start(asked); // Nothing was stored, so there is nothing to signal.
            batch.RemoveAll(static job => job.Append is null);
        }

        if (batch.Count == 0)
        {
            return;
        }

        if (Left < options.Patience / 2)
        {
            PendingWriteRelease.Fail(batch, new StoreUnavailableException( // The next ones find the connection.
                $"Connecting to PostgreSQL at {connections.Server} took so long that nothing was stored. Ask again."));
            return;
        }

        AppendOutcome[] outcomes;
        using var commit = LogTelemetry.BeginCommit(batch);
        try
        {
            outcomes = session!.Store(batch, Left / 2);
        }
        catch (Exception failure)
        {
            Recover(batch, failure);
            return;
        }

        End(batch, outcomes);
    }

    private void End(List<AppendJob> batch, AppendOutcome[] outcomes)
    {
        signal.Raise(batch);
        for (var number = 0; number < batch.Count; number++)
        {
            batch[number].Ends(outcomes[number]);
        }

        LogTelemetry.Committed(batch);
        PendingWriteRelease.Start(batch);
    }

    private void Recover(List<AppendJob> batch, Exception failure)
    {
        var explained = ErrorTranslation.Explain(failure, connections.Server);
        if (!ErrorTranslation.IsSurelyRolledBack(failure))
        {
            Log.AnswerLost(logger, batch.Count, explained);
            Resolve(batch, explained);
        }
        else if (batch.Count > 1 && ErrorTranslation.IsCausedByContent(failure))
        {
            StoreOneByOne(batch);
        }
        else
        {
            Log.BatchRefused(logger, batch.Count, explained);
            Abandon();
            PendingWriteRelease.Fail(batch, explained);
        }
    }

    // What cannot be stored must not take its neighbours with it.
    private void StoreOneByOne(List<AppendJob> batch)
    {
        foreach (var job in batch.ToArray())
        {
            StoreOrRefuse([job]);
        }
    }

    // Nobody else waits for this: who has not been sent yet is refused, and who comes meanwhile is refused at once.
    private void Resolve(List<AppendJob> batch, StoreUnavailableException why)
    {
        queue.RefuseUntilFurtherNotice(why);
        PendingWriteRelease.Fail(queue.TakeAll(), why);
        var lost = session!.Backend;
        Abandon();
        new CommitResolver(connections, stop, logger).Resolve(batch, lost, why, Left);
        signal.Raise(); // Some may be in the log.
        queue.Accept();
    }

    private bool TryConnect()
    {
        try
        {
            Abandon();
            if (queue.Fault is { } known)
            {
                queue.RefuseUntilFurtherNotice(known); // One waits for the try; nobody else has to.
            }

            session = OpenInTime();
            queue.Accept();
            Log.Opened(logger, session.Version, connections.Server);
            return true;
        }
        catch (Exception failure)
        {
            var explained = ErrorTranslation.Explain(failure, connections.Server);
            queue.RefuseForAMoment(explained);
            Log.CannotConnect(logger, explained);
            return false;
        }
    }

    private AppendSession OpenInTime()
    {
        unanswered.RemoveAll(static earlier => !earlier.IsUnanswered);
        AppendSession[] earlier = [.. unanswered];
        var opening = Blocking.Run(() => AppendSession.Open(options, connections, earlier, logger));
#pragma warning disable VSTHRD002, VSTHRD104 // The writer's own thread, or the start.
        if (Task.WaitAny([opening], options.Patience) == 0)
        {
            return opening.GetAwaiter().GetResult();
        }
#pragma warning restore VSTHRD002, VSTHRD104

        _ = opening.ContinueWith(
            static late =>
            {
                if (late.Exception is null)
                {
                    late.GetAwaiter().GetResult().Dispose();
                }
            },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        throw new TimeoutException($"No connection within {options.Patience.TotalSeconds} s.");
    }

    private void Abandon()
    {
        session?.Dispose();
        if (session is { IsUnanswered: true })
        {
            unanswered.Add(session);
        }

        session = null;
    }
}
