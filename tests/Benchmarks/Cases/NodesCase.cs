// How the rate grows with nodes on one log. On one machine all nodes share the processors with the database, so it can hardly grow:
// what is seen is the price of another node.
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>1, 2 and 3 nodes on one PostgreSQL.</summary>
internal sealed class NodesCase(Bench bench)
{
    private const string Same = "each user at the node that knows it";
    private const string Other = "each user at another node than before";

    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        var all = new Dictionary<int, List<Measurement>>();
        foreach (var nodes in new[] { 1, 2, 3 })
        {
            all[nodes] = await Measure(nodes);
        }

        report.Section("Nodes", $"""
            Closed loop as above, {options.FewRuns} × {options.Time.TotalSeconds} s. Users signed in before at the node that is asked, or at
            another one of the nodes (as behind a balancer that does not care). All nodes, PostgreSQL and the sender share this machine's
            processors, so more nodes cannot give more here; the table shows what they cost. Every logout was found once in the log.
            """);
        report.Table(
            ["nodes", "what", "requests/s", "ratio to the ceiling", "service, µs of processor", "database, µs"],
            all.SelectMany(pair => pair.Value.GroupBy(run => run.Case).Select(runs => (string[])[
                $"{pair.Key}", runs.Key,
                Statistics.Spread(runs.Select(run => run.Load.PerSecond), "N0"),
                Statistics.Spread(runs.Select(run => run.Ratio), "0.00"),
                Statistics.Spread(runs.Select(run => run.Server.Processor.TotalMicroseconds / run.Load.Answered), "0.0"),
                Statistics.Spread(runs.Select(run => run.Database.TotalMicroseconds / run.Load.Answered), "0.0")])),
            texts: 2);
        report.Plot.Add(Panel.Lines("Nodes on one machine", "nodes", "logouts/s, PostgreSQL", new[] { Same, Other }.Select(what =>
            new Curve(what, [.. all.Select(pair => (
                $"{pair.Key}",
                Statistics.Median(pair.Value.Where(run => run.Case == what).Select(run => run.Load.PerSecond))))]))));
    }

    private async Task<List<Measurement>> Measure(int nodes)
    {
        var runner = new Runner(bench);
        var service = await bench.Serve(new ServiceSetup(LogKind.Postgres, nodes));
        for (var round = 0; round <= options.FewRuns; round++)
        {
            Bench.Say($"{nodes} nodes, {(round == 0 ? "warm-up" : $"round {round} of {options.FewRuns}")}");
            await runner.PairOfLogouts(Same, service, service.Public);
            if (nodes > 1)
            {
                await runner.PairOfLogouts(Other, service, service.PublicElsewhere);
            }

            if (round == 0)
            {
                runner.Measurements.Clear();
            }
        }

        bench.End(service);
        return [.. runner.Measurements.Where(run => run.Ceiling is not null)];
    }
}
