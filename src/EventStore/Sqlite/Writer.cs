// Group commit: one thread takes all writes that wait, stores them in one transaction with one fsync, and lets them go.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>The only connection that writes, on a thread of its own.</summary>
internal sealed class Writer : IDisposable
{
    // Copying the write-ahead log back takes about 0.1 s, however long the log is, because the same pages are written again: so it is done
    // rarely under load, and when nobody writes anyway.
    private const int IdleCheckpointPages = 1_000;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReopenPause = TimeSpan.FromSeconds(1);

    private readonly SqliteOptions options;
    private readonly ILogger logger;
    private readonly Lock gate = new();
    private readonly Queue<WriteJob> waiting = new();
    private readonly AutoResetEvent wake = new(initialState: false);
    private readonly Thread thread;
    private Connection? database;
    private WriteStatements? tables;
    private Checkpointer? checkpoints;
    private int pagesSinceCheckpoint;
    private StoreUnavailableException? fault;
    private long faultAt;
    private bool stopping;

    /// <summary>Opens the file, brings its schema up to date and starts the thread.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be opened.</exception>
    public Writer(SqliteOptions options, ILogger logger)
    {
        this.options = options;
        this.logger = logger;
        if (!TryOpen())
        {
            throw fault!;
        }

        thread = new Thread(Run) { Name = "SQLite writer", IsBackground = true };
        thread.Start();
    }

    /// <summary>Raised after every commit.</summary>
    public AppendSignal Committed { get; } = new();

    /// <summary>True after a failure, until the file could be reopened.</summary>
    public bool IsFaulty => Volatile.Read(ref fault) is not null;

    /// <summary>Queues a write.</summary>
    /// <exception cref="StoreUnavailableException">Too many wait, or the file could not be reopened a moment ago.</exception>
    public ValueTask<AppendOutcome> Enqueue(Func<WriteStatements, AppendOutcome> write)
    {
        var job = new WriteJob(write);
        lock (gate)
        {
            ThrowIfRefusing();
            waiting.Enqueue(job);
            if (waiting.Count == 1)
            {
                wake.Set();
            }
        }

        return job.Outcome;
    }

    /// <summary>Stores what waits, then closes the file.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping = true;
            wake.Set();
        }

        thread.Join();
        wake.Dispose();
    }

    private void ThrowIfRefusing()
    {
        if (stopping)
        {
            throw new StoreUnavailableException("The store is shutting down: ask another node, or again after the restart.");
        }

        if (waiting.Count >= options.QueueMax)
        {
            throw new StoreUnavailableException($"The store is busy: {options.QueueMax} writes wait already. Ask again in a moment.");
        }

        if (fault is { } known && options.Clock.GetElapsedTime(faultAt) < ReopenPause)
        {
            throw new StoreUnavailableException(known.Message, known);
        }
    }

    private void Run()
    {
        var batch = new List<WriteJob>(options.BatchMax);
        while (Take(batch))
        {
            if (database is not null || TryOpen())
            {
                Store(batch);
            }
            else
            {
                Fail(batch, fault!);
            }

            batch.Clear();
        }

        Close();
    }

    // Waits for nothing but a first write: what arrives while a batch is committed is the next batch.
    private bool Take(List<WriteJob> batch)
    {
        while (true)
        {
            lock (gate)
            {
                while (batch.Count < options.BatchMax && waiting.TryDequeue(out var job))
                {
                    batch.Add(job);
                }

                if (batch.Count > 0 || stopping)
                {
                    return batch.Count > 0;
                }
            }

            if (!wake.WaitOne(Idle))
            {
                CheckpointIdle();
            }
        }
    }

    private void Store(List<WriteJob> batch)
    {
        var committing = false;
        try
        {
            tables!.Begin();
            foreach (var job in batch)
            {
                job.Write(tables);
            }

            committing = true;
            options.BeforeCommit?.Invoke();
            tables.Commit();
        }
        catch (Exception failure)
        {
            Recover(batch, failure, committing);
            return;
        }

        PendingWriteRelease.Start(batch);

        Committed.Raise();

        // Only now, so that nobody of this batch waits for it.
        pagesSinceCheckpoint += database!.TakePagesWritten();
        CheckpointUnderLoad();
    }

    // Closing rolls back. The waiters learn of it only after the reopening, so that what they read back is what stays: a commit
    // whose fsync failed leaves frames that a recovery could still find, and emptying the write-ahead log removes them.
    private void Recover(List<WriteJob> batch, Exception failure, bool committing)
    {
        var explained = Explain(failure);
        Log.BatchFailed(logger, batch.Count, committing, explained);
        _ = TryOpen();
        Fail(batch, committing ? null : explained);
    }

    // Without a reason: nobody knows what came out.
    private static void Fail(List<WriteJob> batch, StoreUnavailableException? why)
    {
        foreach (var job in batch)
        {
            job.Fails(why is null ? null : new StoreUnavailableException(why.Message, why));
        }

        PendingWriteRelease.Start(batch);
    }

    private bool TryOpen()
    {
        try
        {
            Abandon();
            database = DatabaseFile.OpenWriter(options, logger);
            tables = new WriteStatements(database);
            checkpoints = new Checkpointer(options.Path);
            Volatile.Write(ref fault, null);
            return true;
        }
        catch (Exception failure)
        {
            Abandon();
            lock (gate)
            {
                fault = Explain(failure);
                faultAt = options.Clock.GetTimestamp();
            }

            Log.CannotOpen(logger, fault);
            return false;
        }
    }

    private StoreUnavailableException Explain(Exception failure) => failure switch
    {
        StoreUnavailableException explained => explained,
        SqliteFailure sqlite => sqlite.Explain(options.Path),
        _ => new StoreUnavailableException($"Writing to {options.Path} failed: {failure.Message}", failure),
    };

    private void Abandon()
    {
        checkpoints?.Dispose();
        checkpoints = null;
        database?.Dispose();
        database = null;
        tables = null;
        pagesSinceCheckpoint = 0;
    }

    // Only when all of the write-ahead log is in the file does the next write start it again from its beginning; another connection
    // alone never gets there, as long as somebody writes. So the writer does the last part.
    private void CheckpointUnderLoad()
    {
        if (checkpoints!.HasEnded)
        {
            CheckpointRest();
        }
        else if (checkpoints.IsIdle && pagesSinceCheckpoint >= options.CheckpointPages)
        {
            checkpoints.Begin();
        }
    }

    private void CheckpointIdle()
    {
        if (database is not null && pagesSinceCheckpoint >= IdleCheckpointPages && (checkpoints!.IsIdle || checkpoints.HasEnded))
        {
            CheckpointRest();
        }
    }

    private void CheckpointRest() => Checkpoint(() =>
    {
        checkpoints!.End();
        database!.CheckpointPassively();
    });

    // A failure costs no event: the write-ahead log keeps everything until a checkpoint succeeds.
    private void Checkpoint(Action checkpoint)
    {
        pagesSinceCheckpoint = 0;
        try
        {
            checkpoint();
        }
        catch (SqliteFailure failure)
        {
            Log.CheckpointFailed(logger, failure.Explain(options.Path));
        }
    }

    private void Close()
    {
        if (database is not null)
        {
            checkpoints!.Dispose();
            Checkpoint(database.CheckpointAndTruncate);
        }

        Abandon();
    }
}
