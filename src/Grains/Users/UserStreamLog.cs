// What a user's stream reports: the name of the stream and never more of the user.
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Users;

internal static partial class UserStreamLog
{
    [LoggerMessage(1101, LogLevel.Warning, "A snapshot could not be written; the next activation of this user reads more events.")]
    public static partial void SnapshotLost(ILogger logger, Exception exception);

    [LoggerMessage(1102, LogLevel.Error,
        "evt=snapshot.refused stream={Stream} version={Version}: the snapshot was not sealed by this service or does not fit the log. It "
        + "is left aside and the events are read instead. Somebody may have changed the database.")]
    public static partial void SnapshotRefused(ILogger logger, string stream, long version);

    [LoggerMessage(1103, LogLevel.Critical,
        "evt=contradiction stream={Stream} version={Version}: the log has a command whose effect its events do not show. The request was "
        + "answered 503 and the session counts as ended.")]
    public static partial void Contradiction(ILogger logger, string stream, long version);
}
