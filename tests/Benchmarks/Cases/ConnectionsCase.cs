// How the rate grows with those who ask at once. A logout waits for a commit, and a commit is for all that wait: with few of them the
// processors wait as well, with many a commit costs each of them less.
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Logouts over few and over many connections.</summary>
internal sealed class ConnectionsCase(Bench bench)
{
    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        int[] counts = options.IsTrial ? [16, 64] : [16, 64, 256, 1_000, 4_000];
        var all = new List<(LogKind Store, int Connections, Measurement Run)>();
        foreach (var store in Suite.Stores)
        {
            all.AddRange(await Measure(store, counts));
        }

        var groups = all.GroupBy(one => (one.Store, one.Connections)).OrderBy(group => group.Key).ToList();
        report.Section("Rate by connections", $"""
            Logouts of warm users, closed loop, each connection with one request under way; {options.FewRuns} ×
            {options.Time.TotalSeconds} s, each after a run of the ceiling over as many connections, each 200 found in the log.
            """);
        report.Table(
            [
                "store", "connections", "ceiling/s", "logouts/s", "ratio to the ceiling", "ratio by processor time", "events per flush",
            ],
            groups.Select(group => (string[])[
                $"{group.Key.Store}", $"{group.Key.Connections:N0}",
                Statistics.Spread(group.Select(one => one.Run.Ceiling!.Load.PerSecond), "N0"),
                Statistics.Spread(group.Select(one => one.Run.Load.PerSecond), "N0"),
                Statistics.Spread(group.Select(one => one.Run.Ratio), "0.00"),
                Statistics.Spread(group.Select(one => one.Run.Ceiling!.Microseconds / one.Run.Microseconds), "0.00"),
                Statistics.Spread(group.Select(one => (double?)one.Run.Load.Answered / one.Run.Flushes), "0")]));
        report.Plot.Add(Panel.Lines("Rate by connections", "connections", "of the ceiling's rate", groups
            .GroupBy(group => group.Key.Store).Select(curve => new Curve($"{curve.Key}", [.. curve.Select(group => (
                $"{group.Key.Connections:N0}", Statistics.Median(group.Select(one => one.Run.Ratio ?? double.NaN))))]))));
    }

    private async Task<List<(LogKind Store, int Connections, Measurement Run)>> Measure(LogKind store, int[] counts)
    {
        var measured = new List<(LogKind, int, Measurement)>();
        var service = await bench.Serve(new ServiceSetup(store));
        for (var round = 0; round <= options.FewRuns; round++)
        {
            Bench.Say($"{store}, {(round == 0 ? "warm-up" : $"round {round} of {options.FewRuns}")}");
            foreach (var count in counts)
            {
                var runner = new Runner(bench) { Connections = count };
                var run = await runner.PairOfLogouts($"{LogoutCase.Logout}, {count:N0} connections", service, service.Public);
                if (round > 0)
                {
                    measured.Add((store, count, run));
                }
            }
        }

        bench.End(service);
        return measured;
    }
}
