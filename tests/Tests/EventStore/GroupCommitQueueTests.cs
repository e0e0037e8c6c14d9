// What a writer gets from its queue, and when it may take itself for idle.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Sqlite;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class GroupCommitQueueTests
{
    // A writer that is idle copies the write-ahead log, which stops it for a tenth of a second: never while callers come.
    [Fact]
    public void A_wake_for_what_was_taken_already_is_not_taken_for_idleness()
    {
        using var queue = new WriteQueue(new SqliteOptions { Path = "unused" });
        var batch = new List<WriteJob>();
        _ = queue.Enqueue(new WriteJob(static _ => AppendOutcome.Appended)).AsTask();
        Assert.True(queue.Take(batch, Timeout.InfiniteTimeSpan));
        Assert.Single(batch);
        batch.Clear();

        var idle = TimeSpan.FromMilliseconds(200);
        var started = TimeProvider.System.GetTimestamp();
        Assert.True(queue.Take(batch, idle));
        Assert.Empty(batch);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), idle * 0.9, TimeSpan.MaxValue);
    }
}
