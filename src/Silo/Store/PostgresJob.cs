// What callers hand to a writer's thread, and wait for.
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Silo.Store;

/// <summary>An append that waits for its batch; its task ends after the batch's commit and continues away from the writer's thread.</summary>
/// <param name="append">The append; null to ask for nothing but a server that can be used.</param>
internal sealed class PostgresJob(Append? append)
    : TaskCompletionSource<AppendOutcome>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>The append.</summary>
    public Append? Append { get; } = append;
}
