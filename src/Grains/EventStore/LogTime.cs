// What a log knows of the time, and how far it may be relied on.
namespace BankEzy.Sessions.EventStore;

/// <summary>The time by a log's own clock.</summary>
/// <param name="Now">The time. What ends at a time that people chose ends by it, whichever node decides.</param>
/// <param name="IsSettled">Whether the clock has run evenly for 10 minutes since the log was opened. Before that nobody can say whether the
/// machine started with a right clock, so nothing is ended for good because its time has come; it is only refused.</param>
internal readonly record struct LogTime(DateTimeOffset Now, bool IsSettled);
