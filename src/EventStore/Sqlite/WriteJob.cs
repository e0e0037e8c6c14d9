// What callers hand to the SQLite writer's thread.
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A write that waits for its batch.</summary>
/// <param name="write">What it does to the tables.</param>
internal sealed class WriteJob(Func<WriteStatements, AppendOutcome> write) : PendingWrite
{
    /// <summary>Does it, inside the batch's transaction.</summary>
    public void Write(WriteStatements tables) => Ends(write(tables));
}
