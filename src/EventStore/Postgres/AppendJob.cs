// What callers hand to the PostgreSQL writer's thread.
namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>An append that waits for its batch.</summary>
/// <param name="append">The append; null to ask for nothing but a server that can be used.</param>
internal sealed class AppendJob(Append? append) : PendingWrite(append, StoreNames.Postgres);
