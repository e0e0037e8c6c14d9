// A connection to SQLite below ADO.NET: an append's CPU goes into SQLite and not into command objects.
using System.Globalization;
using SQLitePCL;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A connection. One thread uses it at a time.</summary>
internal sealed class Connection : IDisposable
{
    private const int DbStatusCacheWrite = 9;
    private const int CheckpointPassive = 0;
    private const int CheckpointTruncate = 3;

    private readonly sqlite3 handle;
    private readonly List<Statement> statements = [];

    static Connection() => Batteries_V2.Init();

    private Connection(sqlite3 handle) => this.handle = handle;

    /// <summary>The connection itself, for tests that plant faults.</summary>
    public sqlite3 Handle => handle;

    /// <summary>The version of SQLite in this process.</summary>
    public static string Version => raw.sqlite3_libversion().utf8_to_string();

    /// <summary>Opens a file; a writer creates it.</summary>
    public static Connection Open(string path, bool writer, string pragmas)
    {
        var flags = raw.SQLITE_OPEN_NOMUTEX | (writer ? raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE : raw.SQLITE_OPEN_READONLY);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        var database = new Connection(handle);
        try
        {
            database.Check(code);
            database.Check(raw.sqlite3_extended_result_codes(handle, 1));
            database.Execute(pragmas);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>Prepares a statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var prepared));
        var statement = new Statement(this, prepared);
        statements.Add(statement);
        return statement;
    }

    /// <summary>Runs statements that return nothing.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(handle, sql));

    /// <summary>Takes back what was not committed, if there is anything.</summary>
    public void EndTransaction()
    {
        if (raw.sqlite3_get_autocommit(handle) == 0)
        {
            Execute("ROLLBACK");
        }
    }

    /// <summary>The first column of the first row, as text.</summary>
    public string ReadText(string sql)
    {
        Check(raw.sqlite3_prepare_v2(handle, sql, out var prepared));
        using var statement = new Statement(this, prepared);
        return statement.Step() ? statement.Text(0) : "";
    }

    /// <summary>The first column of the first row, as a number.</summary>
    public long ReadNumber(string sql) => long.Parse(ReadText(sql), CultureInfo.InvariantCulture);

    /// <summary>The rows that the last statement changed.</summary>
    public int Changes() => raw.sqlite3_changes(handle);

    /// <summary>The pages that were written to the write-ahead log since the last call.</summary>
    public int TakePagesWritten()
    {
        Check(raw.sqlite3_db_status(handle, DbStatusCacheWrite, out var pages, out _, 1));
        return pages;
    }

    /// <summary>Copies what it can of the write-ahead log into the file, without waiting for readers.</summary>
    /// <returns>The pages in the write-ahead log.</returns>
    public int CheckpointPassively()
    {
        Check(raw.sqlite3_wal_checkpoint_v2(handle, null, CheckpointPassive, out var pages, out _));
        return pages;
    }

    /// <summary>Copies the whole write-ahead log into the file and empties it, or fails.</summary>
    public void CheckpointAndTruncate() => Check(raw.sqlite3_wal_checkpoint_v2(handle, null, CheckpointTruncate, out _, out _));

    /// <summary>Throws unless the code says that all went well.</summary>
    public void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new SqliteFailure(code, raw.sqlite3_errmsg(handle).utf8_to_string());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        statements.ForEach(statement => statement.Dispose());
        handle.Dispose();
    }
}

/// <summary>SQLite said no.</summary>
/// <param name="code">The extended result code.</param>
/// <param name="message">SQLite's text.</param>
internal sealed class SqliteFailure(int code, string message) : Exception($"SQLite {code}: {message}")
{
    /// <summary>What it means for the store, and what the operator can do.</summary>
    public StoreUnavailableException Explain(string path) => new($"{Advice(path)} ({Message})", this);

    private string Advice(string path) => (code & 0xff) switch
    {
        raw.SQLITE_FULL => $"The disk that holds {path} is full: free space there; the store then goes on by itself.",
        raw.SQLITE_IOERR => $"Reading or writing {path} failed: check the disk and the kernel's log; the store retries by itself.",
        raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB =>
            $"{path} is damaged: stop the service, keep a copy of the file and restore it from a backup.",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            $"Another program holds a lock on {path}: find it and end it; only the service may write there.",
        raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_READONLY =>
            $"{path} cannot be opened for writing: check that the folder exists and that the service's user may write to it.",
        _ => $"{path} cannot be used now.",
    };
}
