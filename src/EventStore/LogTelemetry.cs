// What a store says to the meter and the traces: how long an append takes until it is durable, and how many events share a commit.
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace BankEzy.Sessions.EventStore;

/// <summary>The names of the stores in metrics, as the semantic conventions of OpenTelemetry have them (<c>db.system.name</c>).</summary>
internal static class StoreNames
{
    public const string Sqlite = "sqlite";

    public const string Postgres = "postgresql";
}

internal static class LogTelemetry
{
    private static readonly InstrumentAdvice<long> Sizes =
        new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048] };

    private static readonly Histogram<double> Appends =
        Telemetry.Duration("log.append.duration", "Time to durable: from an append's arrival at the store until its commit has returned.");

    private static readonly Histogram<long> Batches = Telemetry.Meter.CreateHistogram(
        Telemetry.Prefix + "log.batch.size", "{event}", "Events that were stored by one commit.", tags: null, Sizes);

    /// <summary>When an append began; 0 where nobody measures.</summary>
    public static long Begin() => Appends.Enabled ? TimeProvider.System.GetTimestamp() : 0;

    /// <summary>Measures an append that has ended.</summary>
    /// <param name="startedAt">What <see cref="Begin"/> said.</param>
    /// <param name="system">One of <see cref="StoreNames"/>.</param>
    /// <param name="outcome">How it ended; null when it failed, and nothing was stored.</param>
    public static void End(long startedAt, string system, AppendOutcome? outcome) => Appends.Record(
        TimeProvider.System.GetElapsedTime(startedAt).TotalSeconds,
        Telemetry.Tag("db.system.name", system),
        Telemetry.Tag("bankezy.sessions.outcome", outcome is { } known ? AppendOutcomes.NameOf(known) : "failed"));

    /// <summary>Begins the activity of a commit: in the trace of the first recorded append that it stores, with a link to each
    /// other.</summary>
    public static Activity? BeginCommit(IReadOnlyList<PendingWrite> batch)
    {
        if (!Telemetry.Activities.HasListeners())
        {
            return null;
        }

        var callers = batch.Select(write => write.Caller).OfType<Activity>().ToList();
        var links = callers.Skip(1).Select(other => new ActivityLink(other.Context));
        return callers.Count == 0
            ? null
            : Telemetry.Activities.StartActivity("log commit", ActivityKind.Internal, callers[0].Context, links: links);
    }

    /// <summary>Counts a commit's events.</summary>
    public static void Committed(IReadOnlyList<PendingWrite> batch)
    {
        if (Batches.Enabled && batch.Sum(static write => write.Stored) is > 0 and var events)
        {
            Batches.Record(events);
        }
    }

    /// <summary>The gauge of the room that a file's disk has.</summary>
    public static void ObserveSpace(Meter meter, string path)
    {
        var drive = new DriveInfo(Path.GetFullPath(path));
        meter.CreateObservableGauge(
            Telemetry.Prefix + "log.free_space", () => drive.AvailableFreeSpace, "By", "Room on the disk that holds the log.");
    }

    /// <summary>The gauge of how far this node's clock is ahead of the store's.</summary>
    public static void ObserveClock(Meter meter, TimeProvider clock, StoreClock store) => meter.CreateObservableGauge(
        Telemetry.Prefix + "clock.offset", () => (clock.GetUtcNow() - store.Time.Now).TotalSeconds, "s",
        "How far this node's clock is ahead of the log's; negative: behind.");
}
