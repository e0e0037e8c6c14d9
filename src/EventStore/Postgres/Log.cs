// The PostgreSQL store's log lines. No stream is named.
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

    [LoggerMessage(3111, LogLevel.Warning,
        "PostgreSQL at {Server} is another server or has another history now: system identifier {OldSystem}, timeline {OldTimeline} "
        + "before, {System}, {Timeline} now. Sign-outs of the old one that the new one lacks are lost.")]
    public static partial void ServerChanged(
        ILogger logger, string server, long oldSystem, string oldTimeline, long system, string timeline);

    [LoggerMessage(3112, LogLevel.Warning, "The log cannot be opened yet (try {Attempt}); next try in {Pause} s, last one in {Left} s.")]
    public static partial void NotYet(ILogger logger, int attempt, double pause, double left, Exception failure);

    [LoggerMessage(3113, LogLevel.Error, "Appends are refused: the server's settings have changed.")]
    public static partial void Weakened(ILogger logger, Exception failure);

    [LoggerMessage(3114, LogLevel.Information, "Appends are taken again: the server's settings are right.")]
    public static partial void Strengthened(ILogger logger);

    [LoggerMessage(3115, LogLevel.Warning,
        "The feed and the notices wait for an append that has been open for {Seconds} s (server process {Pid}): its node hangs, or "
        + "the commit waits for a standby. Sign-outs and introspection do not wait. Look at pg_stat_activity; ending that process frees "
        + "the feed.")]
    public static partial void FeedHeld(ILogger logger, int pid, double seconds);

    [LoggerMessage(3109, LogLevel.Warning, "Other nodes' appends are not heard of at once, but by a look a second, until LISTEN works.")]
    public static partial void Deaf(ILogger logger, Exception failure);
}
