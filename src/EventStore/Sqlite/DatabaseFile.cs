// How the file is opened: with which settings, and what is checked before anything is served.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>Opening of the file.</summary>
internal static class DatabaseFile
{
    /// <summary>Larger files are not read through at start: that takes seconds. Who reads events there checks their hash chain.</summary>
    private const long QuickCheckBytesMax = 64 * 1024 * 1024;

    // FULL: the fsync before the answer. Checkpoints come at a moment of the writer's choice. Its cache is small on purpose:
    // after a commit that split a page SQLite walks the whole cache, and with 64 MiB that alone was a tenth of the CPU.
    private const string WriterPragmas = """
        PRAGMA busy_timeout = 2000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF;
        PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -4096;
        PRAGMA journal_size_limit = 134217728
        """;

    // Readers never checkpoint: nobody who asks waits for the disk's sync.
    private const string ReaderPragmas = """
        PRAGMA busy_timeout = 2000; PRAGMA query_only = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;
        PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -2048
        """;

    /// <summary>Opens the writer's connection, brings the schema up to date and empties the write-ahead log into the file.</summary>
    public static Connection OpenWriter(SqliteOptions options, ILogger logger)
    {
        options.BeforeOpen?.Invoke();
        var database = Connection.Open(options.Path, writer: true, WriterPragmas);
        try
        {
            CheckSettings(database, options.Path);
            database.CheckpointAndTruncate();
            Schema.Migrate(database, options.Path);
            CheckContent(database, options.Path);
            Log.Opened(logger, options.Path, Connection.Version);
            options.WriterOpened?.Invoke(database.Handle);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Opens a connection that only reads.</summary>
    public static Connection OpenReader(string path) => Connection.Open(path, writer: false, ReaderPragmas);

    // A pragma that does not take effect says nothing, and without these two a 200 would be a lie.
    private static void CheckSettings(Connection database, string path)
    {
        if (database.ReadText("PRAGMA journal_mode") != "wal" || database.ReadNumber("PRAGMA synchronous") != 2)
        {
            throw new StoreUnavailableException(
                $"{path} cannot be used with a write-ahead log: put it on a local disk, not on a network share.");
        }
    }

    private static void CheckContent(Connection database, string path)
    {
        if (new FileInfo(path).Length > QuickCheckBytesMax)
        {
            return;
        }

        var found = database.ReadText("PRAGMA quick_check(1)");
        if (found != "ok")
        {
            throw new StoreUnavailableException($"{path} is damaged: keep a copy and restore it from a backup. ({found})");
        }
    }
}
