// How fast the operator's tool verifies a whole log over HTTP: the service reads and writes pages, the tool recomputes every hash, both on
// this machine's processors.
using System.Diagnostics;
using System.Text.Json;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Measures <c>sessions verify</c>.</summary>
internal sealed class VerifyCase(Bench bench)
{
    public async Task Run(Report report)
    {
        var rows = new List<string[]>();
        var events = bench.Options.Size(1_000_000, 20_000);
        foreach (var store in Suite.Stores)
        {
            var service = await PreparedLogs.Get(bench, store, events);
            var node = service.StartNode();
            await node.WaitUntilReady(node.ManagementPort, "/health/ready", TimeSpan.FromSeconds(60));
            var runs = new List<Verified>();
            for (var run = 0; run <= bench.Options.FewRuns; run++)
            {
                runs.Add(await Verify(node, events));
            }

            runs.RemoveAt(0); // It warmed the service and the page cache.
            var rates = runs.ConvertAll(run => run.Rate);
            await service.Terminate();
            rows.Add([
                $"{store}", $"{events:N0}", Statistics.Spread(rates, "0"), Spread(run => run.ToolMicroseconds),
                    Spread(run => run.ServiceMicroseconds),
                $"{runs.Max(run => run.Memory) / 1024 / 1024}",
            ]);
            Bench.Say($"  {string.Join(", ", rows[^1])}");

            string Spread(Converter<Verified, double> value) => Statistics.Spread(runs.ConvertAll(value), "0.0");

            if (store == LogKind.Sqlite && !bench.Options.IsTrial)
            {
                report.Measured(Aims.Verify, rates);
            }
        }

        report.Section("Verifying the log", $"""
            Events a second that `sessions verify` checks, by its own clock from the first request to the result,
            {bench.Options.FewRuns} runs: the tool and the service share the machine's processors. Memory is the most that the tool had
            resident.
            """);
        report.Table(["log", "events", "events/s", "processor of the tool, µs/event", "of the service, µs/event",
            "memory of the tool, MiB"], rows, texts: 1);
    }

    private async Task<Verified> Verify(Target node, int events)
    {
        var before = Costs.Of(node.Id);
        var start = new ProcessStartInfo("dotnet", [bench.ToolProgram, "verify", "--json", "--url",
            $"http://127.0.0.1:{node.ManagementPort}"])
        {
            UseShellExecute = false, RedirectStandardOutput = true,
        };
        start.Environment["SESSIONS_KEY"] = bench.Secrets.ManagementKey;
        using var tool = Process.Start(start)!;
        var (memory, processor, output) = (0L, TimeSpan.Zero, tool.StandardOutput.ReadToEndAsync());
        while (!tool.WaitForExit(TimeSpan.FromMilliseconds(20)))
        {
            tool.Refresh();
            try
            {
                (memory, processor) = (Math.Max(memory, tool.WorkingSet64), tool.TotalProcessorTime);
            }
            catch (InvalidOperationException)
            {
                break; // It has ended meanwhile, and what it had used was read before.
            }
        }

        using var said = JsonDocument.Parse(await output);
        var (isWhole, found) = (said.RootElement.GetProperty("ok").GetBoolean(), said.RootElement.GetProperty("events").GetInt64());
        return isWhole && found >= events
            ? new Verified(
                said.RootElement.GetProperty("eventsPerSecond").GetDouble(), processor.TotalMicroseconds / found,
                Costs.Of(node.Id).Since(before).Processor.TotalMicroseconds / found, memory)
            : throw new BenchmarkException($"The log was not found whole: {said.RootElement}");
    }

    private sealed record Verified(double Rate, double ToolMicroseconds, double ServiceMicroseconds, long Memory);
}
