// The PostgreSQL store's log lines. No stream is named: its name holds an account number.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.EventStore.Postgres;

internal static partial class Log
{
    [LoggerMessage(3101, LogLevel.Information, "The log is in PostgreSQL {Version} at {Server}.")]
    public static partial void Opened(ILogger logger, string version, string server);

    [LoggerMessage(3102, LogLevel.Information, "The schema of the log was brought from step {From} to step {To}.")]
    public static partial void Migrated(ILogger logger, int from, int to);

    [LoggerMessage(3103, LogLevel.Error, "A batch of {Count} appends was refused; surely nothing of it was stored.")]
    public static partial void BatchRefused(ILogger logger, int count, Exception failure);

    [LoggerMessage(3104, LogLevel.Error, "The answer to a commit of {Count} appends was lost; they are read back.")]
    public static partial void AnswerLost(ILogger logger, int count, Exception failure);

    [LoggerMessage(3105, LogLevel.Warning, "Of {Count} appends without an answer {Found} are in the log; the others are {Others}.")]
    public static partial void ReadBack(ILogger logger, int count, int found, string others);

    [LoggerMessage(3106, LogLevel.Error, "The server cannot be used; appends are refused until it can.")]
    public static partial void CannotConnect(ILogger logger, Exception failure);

    [LoggerMessage(3107, LogLevel.Warning, "Appends without an answer could not be read back; they are unknown.")]
    public static partial void CannotReadBack(ILogger logger, Exception failure);

    [LoggerMessage(3108, LogLevel.Warning, "The log was restored into another server: {Added} is added to transaction ids from now on.")]
    public static partial void Restored(ILogger logger, long added);

    [LoggerMessage(3110, LogLevel.Debug, "The server's clock could not be read; the last reading is carried forward.")]
    public static partial void CannotLook(ILogger logger, Exception failure);

    [LoggerMessage(3109, LogLevel.Warning, "Other nodes' appends are not heard of at once, but by a look a second, until LISTEN works.")]
    public static partial void Deaf(ILogger logger, Exception failure);
}
