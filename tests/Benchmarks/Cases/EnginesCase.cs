// Every built engine beside the others: the same grains, hosted differently.
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Embedded and Orleans.</summary>
internal sealed class EnginesCase(Bench bench)
{
    private static readonly string[] Engines = ["Embedded", "Orleans"];

    private readonly Options options = bench.Options;
    private readonly Dictionary<string, List<Measurement>> runs = [];

    public async Task Run(Report report)
    {
        var built = Engines.Where(engine => File.Exists(bench.ServiceProgram(engine))).ToList();
        foreach (var engine in Engines.Except(built))
        {
            Suite.LeaveOut(bench, $"engines: {engine} is not built (dotnet build -c Release -p:Engine={engine} src/Silo).");
        }

        if (built.Count < 2 && options.Commands.Count > 1)
        {
            return; // Alone it is measured by the other cases.
        }

        await MeasureRates(built);
        var starts = new List<(string Engine, Starts Starts)>();
        var memory = new List<(string Engine, IReadOnlyList<Residents> Residents)>();
        foreach (var engine in built)
        {
            foreach (var store in Suite.Stores)
            {
                Bench.Say($"{engine}, {store}: start-up and memory");
                starts.AddRange((await StartupCase.Measure(bench, store, engine, events: 0)).Select(one => (engine, one)));
                memory.Add((engine, await MemoryCase.Measure(bench, store, engine)));
            }
        }

        report.Section("Engines", $"""
            The same grains hosted by each engine, closed loop, {options.FewRuns} × {options.Time.TotalSeconds} s, all services running
            and taken in turn, each run after one of the ceiling. Start-up: seconds from the start of the process to the first 200 on a
            new log.
            """);
        string[] headers = ["what", "logouts/s", "ratio to the ceiling", "service, µs of processor", "database, µs"];
        report.Table(headers, runs.Select(pair => (string[])[
            pair.Key,
            Statistics.Spread(pair.Value.Select(run => run.Load.PerSecond), "N0"),
            Statistics.Spread(pair.Value.Select(run => run.Ratio), "0.00"),
            Statistics.Spread(pair.Value.Select(run => run.Server.Processor.TotalMicroseconds / run.Load.Answered), "0.0"),
            Statistics.Spread(pair.Value.Select(run => run.Database.TotalMicroseconds / run.Load.Answered), "0.0")]));
        report.Note("");
        headers = ["engine and log", "start-up, s", "memory with the first users, MiB", "memory of a further user with 2 devices, KiB"];
        report.Table(headers, starts.Zip(memory).Select(pair => (string[])[
                $"{pair.First.Engine}, {pair.First.Starts.Store}", Statistics.Spread(pair.First.Starts.Seconds, "0.00"),
                Statistics.Text(pair.Second.Residents[0].Bytes / 1048576.0, "0"),
                Statistics.Spread(MemoryCase.Differences(pair.Second.Residents).Where(two => two.Before is not null)
                    .Select(two => MemoryCase.Kibibytes(two.Before!, two.Now)), "0.00")]));
        report.Plot.Add(Panel.Bars("Engines", "of the ceiling's rate", runs.Select(pair => (
            pair.Key, Statistics.Median(pair.Value.Select(run => run.Ratio ?? double.NaN))))));
    }

    private async Task MeasureRates(IReadOnlyList<string> built)
    {
        var services = new List<(string Name, Service Service)>();
        foreach (var engine in built)
        {
            foreach (var (store, nodes) in new[] { (LogKind.Sqlite, 1), (LogKind.Postgres, 1), (LogKind.Postgres, 2) })
            {
                if (Suite.Stores.Contains(store))
                {
                    services.Add(($"{engine}, {store}, {nodes} node(s)", await bench.Serve(new ServiceSetup(store, engine, nodes))));
                }
            }
        }

        var runner = new Runner(bench);
        for (var round = 0; round <= options.FewRuns; round++)
        {
            foreach (var (name, service) in services)
            {
                var measured = await runner.PairOfLogouts(name, service, service.Public);
                if (round > 0) // the first one warms up
                {
                    runs.TryAdd(name, []);
                    runs[name].Add(measured);
                }
            }
        }

        services.ForEach(one => bench.End(one.Service));
    }
}
