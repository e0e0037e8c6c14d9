// The embedded store's log lines. No stream is named.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Sqlite;

internal static partial class Log
{
    [LoggerMessage(3001, LogLevel.Information, "The log is in {Path} (SQLite {Version}).")]
    public static partial void Opened(ILogger logger, string path, string version);

    [LoggerMessage(3002, LogLevel.Error, "A batch of {Count} writes failed (while committing: {Committing}); the file is reopened.")]
    public static partial void BatchFailed(ILogger logger, int count, bool committing, Exception failure);

    [LoggerMessage(3003, LogLevel.Error, "The log's file cannot be opened; writes are refused until it can.")]
    public static partial void CannotOpen(ILogger logger, Exception failure);

    [LoggerMessage(3005, LogLevel.Error, "The log's files are not those that were opened; writes are refused until a restart.")]
    public static partial void FilesLost(ILogger logger, Exception failure);

    [LoggerMessage(3006, LogLevel.Critical,
        "The log's file has no name any more; all that was acknowledged is in {Copy}. Stop the service, put that file in the place of the "
        + "log's, remove its -wal and -shm, and start the service.")]
    public static partial void Rescued(ILogger logger, string copy);

    [LoggerMessage(3007, LogLevel.Critical,
        "The log's file has no name any more and could not be copied: restore a backup. What was acknowledged since is lost.")]
    public static partial void RescueFailed(ILogger logger, Exception failure);

    [LoggerMessage(3004, LogLevel.Warning, "The write-ahead log could not be copied into the file; it grows until that succeeds.")]
    public static partial void CheckpointFailed(ILogger logger, Exception failure);
}
