// A stopwatch around many calls, several times over.
using System.Diagnostics;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>A measured step.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Microseconds">The time of one call: median of the series.</param>
/// <param name="Processor">The processor time of one call, of all threads, in microseconds.</param>
/// <param name="Bytes">Memory allocated by one call.</param>
internal sealed record Part(string Name, double Microseconds, double Processor, double Bytes);

internal static class Series
{
    /// <summary>How often the calls are made: a step gets indexes from 0 to <c>calls * Count - 1</c>.</summary>
    public const int Count = WarmUps + Measured;

    private const int WarmUps = 4;
    private const int Measured = 7;
    private static readonly TimeSpan ForTheCompiler = TimeSpan.FromMilliseconds(150);

    /// <summary>Measures a step.</summary>
    /// <param name="name">What it does.</param>
    /// <param name="calls">The calls of one series.</param>
    /// <param name="step">Makes the n-th call.</param>
    /// <param name="each">How many things one call does; the figures are for one of them.</param>
    public static async Task<Part> Measure(string name, int calls, Func<int, ValueTask> step, int each)
    {
        var next = 0;
        for (var warmUp = 0; warmUp < WarmUps; warmUp++)
        {
            next = await Run(step, next, calls);
            await Task.Delay(ForTheCompiler, TimeProvider.System); // which replaces what has become hot, in the background
        }

        var series = new List<(double Time, double Processor, double Bytes)>();
        for (var i = 0; i < Measured; i++)
        {
            var bytes = GC.GetTotalAllocatedBytes(precise: true);
            var (begin, processor) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
            next = await Run(step, next, calls);
            series.Add((
                Stopwatch.GetElapsedTime(begin).TotalMicroseconds / calls / each,
                (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / calls / each,
                (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / calls / each));
        }

        return new Part(
            name,
            Statistics.Median(series.Select(run => run.Time)),
            Statistics.Median(series.Select(run => run.Processor)),
            Statistics.Median(series.Select(run => run.Bytes)));
    }

    private static async ValueTask<int> Run(Func<int, ValueTask> step, int first, int calls)
    {
        for (var index = first; index < first + calls; index++)
        {
            await step(index);
        }

        return first + calls;
    }
}
