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

    private readonly SqliteOptions options;
    private readonly OwnedFiles files;
    private readonly ILogger logger;
    private readonly WriteQueue queue;
    private readonly Thread thread;
    private Connection? database;
    private WriteStatements? tables;
    private Checkpointer? checkpoints;
    private int pagesSinceCheckpoint;

    /// <summary>Opens the file, brings its schema up to date and starts the thread.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be opened.</exception>
    public Writer(SqliteOptions options, OwnedFiles files, ILogger logger)
    {
        this.options = options;
        this.files = files;
        this.logger = logger;
        queue = new WriteQueue(options);
        if (!TryOpen())
        {
            throw queue.Fault!;
        }

        thread = new Thread(Run) { Name = "SQLite writer", IsBackground = true };
        thread.Start();
    }

    /// <summary>Raised after every commit.</summary>
    public AppendSignal Committed { get; } = new();

    /// <summary>True after a failure, until the file could be reopened.</summary>
    public bool IsFaulty => queue.Fault is not null;

    /// <summary>Queues a write.</summary>
    /// <exception cref="StoreUnavailableException">Too many wait, or the file could not be reopened a moment ago.</exception>
    public ValueTask<AppendOutcome> Enqueue(Func<WriteStatements, AppendOutcome> write) => queue.Enqueue(new WriteJob(write));

    /// <summary>Queues an append.</summary>
    /// <exception cref="StoreUnavailableException">As above.</exception>
    public ValueTask<AppendOutcome> Enqueue(Append append) =>
        queue.Enqueue(new WriteJob(tables => tables.Append(append), append));

    /// <summary>Stores what waits, then closes the file.</summary>
    public void Dispose()
    {
        queue.Close();
        thread.Join();
        queue.Dispose();
    }

    private void Run()
    {
        var batch = new List<WriteJob>(options.BatchMax);
        while (queue.Take(batch, Idle))
        {
            if (batch.Count == 0)
            {
                CheckIdle();
                CheckpointIdle();
            }
            else if (database is not null || TryOpen())
            {
                Store(batch);
            }
            else
            {
                PendingWriteRelease.Fail(batch, queue.Fault!);
            }

            batch.Clear();
        }

        Close();
    }

    private void Store(List<WriteJob> batch)
    {
        var committing = false;
        using var commit = LogTelemetry.BeginCommit(batch);
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
            files.Check();
        }
        catch (Exception failure)
        {
            Recover(batch, failure, committing);
            return;
        }

        LogTelemetry.Committed(batch);
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
        if (files.Lost is { } lost)
        {
            GiveUp(lost);
        }
        else
        {
            _ = TryOpen();
        }

        PendingWriteRelease.Fail(batch, committing ? null : explained);
    }

    // Nothing is opened again: there may be another file in its place, or none. This connection still has the files that it opened: where
    // the file still has a name, it gets what only the write-ahead log has; else all of it is copied into a new file.
    private void GiveUp(StoreUnavailableException lost)
    {
        queue.RefuseForAMoment(lost);
        Close();
    }

    // When nobody writes, nobody else would notice.
    private void CheckIdle()
    {
        try
        {
            files.Check();
        }
        catch (StoreUnavailableException lost) when (database is not null)
        {
            Log.FilesLost(logger, lost);
            GiveUp(lost);
        }
        catch (StoreUnavailableException)
        {
            // Said before.
        }
    }

    private bool TryOpen()
    {
        try
        {
            files.Check();
            files.ForgetLog(); // The last connection that closes removes it.
            Abandon();
            database = DatabaseFile.OpenWriter(options, logger);
            files.NoteLog();
            tables = new WriteStatements(database);
            checkpoints = new Checkpointer(options.Path);
            queue.Accept();
            return true;
        }
        catch (StoreUnavailableException lost) when (files.Lost is not null)
        {
            Log.FilesLost(logger, lost);
            GiveUp(lost); // with the connection that there was: nobody else has the files any more
            return false;
        }
        catch (Exception failure)
        {
            Abandon();
            var explained = Explain(failure);
            queue.RefuseForAMoment(explained);
            Log.CannotOpen(logger, explained);
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

    private void Rescue(Connection open)
    {
        try
        {
            Log.Rescued(logger, RescueCopy.Write(open, files.Path));
        }
        catch (Exception failure) when (failure is SqliteFailure or IOException or UnauthorizedAccessException)
        {
            Log.RescueFailed(logger, failure is SqliteFailure sqlite ? sqlite.Explain(files.Path) : failure);
        }
    }

    private void Close()
    {
        if (database is not null)
        {
            checkpoints!.Dispose();
            if (files.IsNameless)
            {
                Rescue(database);
            }
            else
            {
                Checkpoint(database.CheckpointAndTruncate);
            }
        }

        Abandon();
    }
}
