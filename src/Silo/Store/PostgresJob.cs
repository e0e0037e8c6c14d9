// What callers hand to the PostgreSQL writer's thread.
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>An append that waits for its batch.</summary>
/// <param name="append">The append; null to ask for nothing but a server that can be used.</param>
internal sealed class PostgresJob(Append? append) : WaitingWrite
{
    /// <summary>The append.</summary>
    public Append? Append { get; } = append;
}
