// What the embedded store can be set to.
using SQLitePCL;

namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>Settings of the embedded store.</summary>
internal sealed record SqliteOptions
{
    /// <summary>The file. Its folder is made, for the owner alone;
    /// <c>-wal</c> and <c>-shm</c> belong to it, <c>.lock</c> says that it is in use.</summary>
    public required string Path { get; init; }

    /// <summary>The most writes that share one commit.</summary>
    public int BatchMax { get; init; } = 512;

    /// <summary>The most writes that wait; beyond it an append is refused at once.</summary>
    public int QueueMax { get; init; } = 8_192;

    /// <summary>This machine's clock; it also measures the pause between two tries to reopen a file that failed.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Pages of 4 KiB in the write-ahead log from which it is copied into the file, so that it starts again.</summary>
    public int CheckpointPages { get; init; } = 32_000;

    /// <summary>For tests: a fault before the file is opened or reopened.</summary>
    internal Action? BeforeOpen { get; init; }

    /// <summary>For tests: a fault between the last statement of a batch and its COMMIT.</summary>
    internal Action? BeforeCommit { get; init; }

    /// <summary>For tests: a fault inside SQLite, planted in the writer's connection.</summary>
    internal Action<sqlite3>? WriterOpened { get; init; }
}
