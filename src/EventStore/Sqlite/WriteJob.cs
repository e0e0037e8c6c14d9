// What callers hand to the SQLite writer's thread.
namespace BankEzy.Sessions.EventStore.Sqlite;

/// <summary>A write that waits for its batch.</summary>
/// <param name="write">What it does to the tables.</param>
/// <param name="append">The append that it does; null for other writes.</param>
internal sealed class WriteJob(Func<WriteStatements, AppendOutcome> write, Append? append = null)
    : PendingWrite(append, StoreNames.Sqlite)
{
    /// <summary>Does it, inside the batch's transaction.</summary>
    public void Write(WriteStatements tables) => Ends(write(tables));
}

/// <summary>The writes that wait. They are done one after the other, so any of them may share a batch.</summary>
internal sealed class WriteQueue(SqliteOptions options) : GroupCommitQueue<WriteJob>(options.BatchMax, options.QueueMax, options.Clock)
{
    /// <inheritdoc/>
    protected override void BeginBatch()
    {
    }

    /// <inheritdoc/>
    protected override bool Fits(WriteJob job) => true;
}
