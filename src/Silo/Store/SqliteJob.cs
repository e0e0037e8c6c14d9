// What callers hand to the writer's thread, and wait for.
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>
/// A write that waits for its batch. Its task ends after the batch's commit, and continues away from the writer's thread.
/// </summary>
/// <param name="write">What it does to the tables.</param>
internal sealed class SqliteJob(Func<SqliteWrites, AppendOutcome> write)
    : TaskCompletionSource<AppendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private AppendOutcome outcome;

    /// <summary>Does it, inside the batch's transaction.</summary>
    public void Write(SqliteWrites tables) => outcome = write(tables);

    /// <summary>The batch is committed: what came out is true.</summary>
    public void Committed() => SetResult(outcome);
}
