// What callers hand to a writer's thread, and how a batch lets them go.
using System.Diagnostics;
using System.Threading.Tasks.Sources;

namespace BankEzy.Sessions.EventStore;

/// <summary>
/// A write that waits for its batch. It ends after the batch's commit, and its caller continues on a thread pool thread
/// (<see cref="PendingWriteRelease"/>), never on the writer's.
/// </summary>
/// <param name="append">What it appends; null for other writes.</param>
/// <param name="system">The store's name, for measurements.</param>
internal abstract class PendingWrite(Append? append, string system) : IValueTaskSource<AppendOutcome>
{
    private readonly long startedAt = append is null ? 0 : LogTelemetry.Begin();
    private ManualResetValueTaskSourceCore<AppendOutcome> source;
    private AppendOutcome outcome;
    private StoreUnavailableException? failure;

    /// <summary>The append.</summary>
    public Append? Append => append;

    /// <summary>How many events it has stored.</summary>
    public int Stored => outcome == AppendOutcome.Appended ? append?.Events.Count ?? 0 : 0;

    /// <summary>The activity of its caller, where one is recorded.</summary>
    public Activity? Caller { get; } = append is not null && Activity.Current is { Recorded: true } caller ? caller : null;

    /// <summary>What its caller awaits, once.</summary>
    public ValueTask<AppendOutcome> Outcome => new(this, source.Version);

    /// <summary>What came out; true once the batch is committed.</summary>
    public void Ends(AppendOutcome with) => outcome = with;

    /// <summary>What came out instead, when the batch did not go through: an outcome that nobody knows, or a failure.</summary>
    public void Fails(StoreUnavailableException? why) => (outcome, failure) = (AppendOutcome.Unknown, why);

    /// <summary>Lets the caller go on, on this thread.</summary>
    public void Release()
    {
        if (startedAt != 0)
        {
            LogTelemetry.End(startedAt, system, failure is null ? outcome : null);
        }

        if (failure is null)
        {
            source.SetResult(outcome);
        }
        else
        {
            source.SetException(failure);
        }
    }

    AppendOutcome IValueTaskSource<AppendOutcome>.GetResult(short token) => source.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<AppendOutcome>.GetStatus(short token) => source.GetStatus(token);

    void IValueTaskSource<AppendOutcome>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);
}

/// <summary>
/// Lets the callers of a part of a batch go on, one after another. Waking the thread pool once for each of them costs more
/// than what they have left to do.
/// </summary>
internal sealed class PendingWriteRelease(PendingWrite[] jobs) : IThreadPoolWorkItem
{
    private const int PartMin = 8;
    private static readonly int PartsMax = 2 * Environment.ProcessorCount;

    /// <summary>Lets a whole batch go.</summary>
    public static void Start(IReadOnlyList<PendingWrite> batch)
    {
        var parts = Math.Clamp(batch.Count / PartMin, 1, PartsMax);
        for (var part = 0; part < parts; part++)
        {
            var (from, to) = (batch.Count * part / parts, batch.Count * (part + 1) / parts);
            ThreadPool.UnsafeQueueUserWorkItem(new PendingWriteRelease([.. batch.Skip(from).Take(to - from)]), preferLocal: false);
        }
    }

    /// <summary>Lets a whole batch go that did not go through: with the reason, or without one where nobody knows what came out.</summary>
    public static void Fail(IReadOnlyList<PendingWrite> batch, StoreUnavailableException? why)
    {
        foreach (var job in batch)
        {
            job.Fails(why is null ? null : new StoreUnavailableException(why.Message, why)); // Each caller throws one of its own.
        }

        Start(batch);
    }

    void IThreadPoolWorkItem.Execute()
    {
        foreach (var job in jobs)
        {
            job.Release();
        }
    }
}
