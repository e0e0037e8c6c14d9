// Copies the write-ahead log into the file while the writer continues: alone it would stand still for 0.05 to 0.1 s each time.
// Two connections that checkpoint and write at once need SQLite 3.51.3 (docs/decisions/0003-sqlite-store.md).
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A connection that checkpoints, on a thread of its own while there is something to copy. The writer's thread calls it.</summary>
internal sealed class Checkpointer(string path) : IDisposable
{
    private const string Pragmas = """
        PRAGMA busy_timeout = 2000; PRAGMA synchronous = FULL; PRAGMA query_only = ON; PRAGMA trusted_schema = OFF;
        PRAGMA wal_autocheckpoint = 0
        """;

    // A pass leaves what was written while it ran, so the passes become shorter. What is left after the last one stops the writer.
    private const int PassesMax = 4;
    private const int LittlePages = 200;

    private Task? passes;
    private Connection? database;

    /// <summary>Whether nothing is copied, and nothing was since <see cref="End"/>.</summary>
    public bool IsIdle => passes is null;

    /// <summary>Whether the passes are over: the writer copies the rest and calls <see cref="End"/>.</summary>
    public bool HasEnded => passes is { IsCompleted: true };

    /// <summary>Starts to copy.</summary>
    public void Begin() =>
        passes = Task.Factory.StartNew(Copy, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Ends what <see cref="Begin"/> started; waits for it where it must.</summary>
    /// <exception cref="SqliteFailure">It failed; the write-ahead log still has everything.</exception>
    public void End()
    {
        var ended = passes;
        passes = null;
#pragma warning disable VSTHRD002 // its thread waits for nobody
        ended?.GetAwaiter().GetResult();
#pragma warning restore VSTHRD002
    }

    /// <summary>Waits for the passes and closes the connection.</summary>
    public void Dispose()
    {
        try
        {
            End();
        }
        catch (SqliteFailure)
        {
            // The next one to close reads or empties the write-ahead log, and finds what is wrong with it.
        }

        database?.Dispose();
        database = null;
    }

    private void Copy()
    {
        database ??= Connection.Open(path, writer: true, Pragmas);
        var before = database.CheckpointPassively();
        for (var pass = 1; pass < PassesMax; pass++)
        {
            var pages = database.CheckpointPassively();
            if (pages - before < LittlePages)
            {
                return;
            }

            before = pages;
        }
    }
}
