// What callers hand to the SQLite writer's thread.
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>A write that waits for its batch.</summary>
/// <param name="write">What it does to the tables.</param>
internal sealed class SqliteJob(Func<SqliteWrites, AppendOutcome> write) : WaitingWrite
{
    /// <summary>Does it, inside the batch's transaction.</summary>
    public void Write(SqliteWrites tables) => Ends(write(tables));
}
