using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>A store that takes everything and keeps nothing, so that all memory that grows belongs to the grains.</summary>
internal sealed class ForgetfulStore : IEventStore
{
    public bool IsShared => false;

    public ValueTask<AppendOutcome> Append(Append append) => ValueTask.FromResult(AppendOutcome.Appended);

    public ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation) =>
        ValueTask.FromResult(new StreamHistory(null, []));

    public ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<DueStream>>([]);

    public ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask CheckHealth(CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<StoredEvent>>([]);

    public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => ValueTask.FromResult(FeedCursor.Start);

    public Task NextAppend() => Task.CompletedTask;

    public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(
        string stream, long afterVersion, int max, CancellationToken cancellation) =>
        ValueTask.FromResult<IReadOnlyList<StoredEvent>>([]);
}
