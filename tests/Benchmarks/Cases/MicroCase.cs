// BenchmarkDotNet over the single steps, in this process: nothing is generated or built for it.
using BankEzy.Sessions.Benchmarks.Micro;
using BankEzy.Sessions.Benchmarks.Reporting;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Perfolizer.Horology;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Runs the classes of the folder Micro.</summary>
internal static class MicroCase
{
    private static readonly Type[] Types =
        [typeof(TokenBenchmarks), typeof(RulesBenchmarks), typeof(GateBenchmarks), typeof(GroupCommitBenchmarks)];

    public static Task Run(Bench bench, Report report)
    {
        GroupCommitBenchmarks.Folder = bench.NewFolder("micro");
        var trial = bench.Options.IsTrial;
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithWarmupCount(trial ? 1 : 5).WithIterationCount(trial ? 1 : 10)
            .WithIterationTime(TimeInterval.FromMilliseconds(trial ? 20 : 250));
        var config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default).AddLogger(NullLogger.Instance)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .WithArtifactsPath(bench.NewFolder("micro-artifacts"));
        var rows = new List<string[]>();
        foreach (var type in Types)
        {
            Bench.Say($"  {type.Name}");
            var summary = BenchmarkRunner.Run(type, config);
            if (summary.HasCriticalValidationErrors || !summary.Reports.All(one => one.Success))
            {
                throw new BenchmarkException(
                    $"{type.Name} failed: {string.Join("; ", summary.ValidationErrors.Select(error => error.Message))}");
            }

            rows.AddRange(summary.Reports.Select(RowOf));
        }

        report.Section("Single steps", """
            BenchmarkDotNet, in the benchmark's own process. Median (least – most) of the iterations, microseconds for one operation, and
            the bytes that it allocates. A group commit counts for one append of the group: its fsync is shared.
            """);
        report.Table(["step", "µs", "bytes"], rows);
        return Task.CompletedTask;
    }

    private static string[] RowOf(BenchmarkReport one)
    {
        var statistics = one.ResultStatistics!;
        var name = one.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
        var parameters = one.BenchmarkCase.HasParameters ? $", {one.BenchmarkCase.Parameters.DisplayInfo.Trim('[', ']')}" : "";
        return [
            $"{name}{parameters}",
            $"{Text(statistics.Median)} ({Text(statistics.Min)} – {Text(statistics.Max)})",
            $"{one.GcStats.GetBytesAllocatedPerOperation(one.BenchmarkCase):N0}"];
    }

    private static string Text(double nanoseconds) => Statistics.Text(nanoseconds / 1_000, "0.000");
}
