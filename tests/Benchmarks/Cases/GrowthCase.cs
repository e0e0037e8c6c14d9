// What grows with the log: its bytes, the time of a logout, and what a user with a long past costs.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Cost curves by events.</summary>
internal sealed class GrowthCase(Bench bench)
{
    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        await AddBytes(report);
        await AddRates(report);
    }

    private async Task AddBytes(Report report)
    {
        var users = options.Size(50_000, 1_000);
        report.Section("Bytes of an event", $"""
            {users:N0} sessions from their report to their logout, two events each, indexes and due times included; SQLite's file after it
            was closed in good order. Large groups share pages of the write-ahead log, so at a lower rate it grows by more.
            """);
        var rows = new List<string[]>();
        foreach (var store in Suite.Stores)
        {
            var service = await bench.Serve(new ServiceSetup(store));
            var empty = store == LogKind.Postgres ? service.Log.Bytes() : 0;
            var walBefore = (service.Log as PostgresLog)?.WalBytes();
            var group = bench.NewUsers(users);
            var runner = new Runner(bench);
            await runner.SendAll(service.Management, group.SignIns(mode: 1), ExpectedAnswer.Recorded);
            await runner.SendAll(service.Public, group.Logouts(mode: 1), ExpectedAnswer.Success);
            var wal = (service.Log as PostgresLog)?.WalBytes() - walBefore;
            await service.Terminate();
            var events = service.Log.Count();
            rows.Add([
                $"{store}", $"{events:N0}", Statistics.Text((double)(service.Log.Bytes() - empty) / events, "0"),
                wal is { } bytes ? Statistics.Text((double)bytes / events, "0") : "copied back into the file"]);
            bench.End(service);
        }

        report.Table(["store", "events", "bytes an event", "of it for a time: write-ahead log, bytes an event"], rows);
    }

    private async Task AddRates(Report report)
    {
        var all = new List<(LogKind Store, int Events, Measurement Run)>();
        foreach (var store in Suite.Stores)
        {
            foreach (var events in StartupCase.EventCounts(options))
            {
                Bench.Say($"{store}, {events:N0} events in the log");
                all.AddRange((await MeasureRate(store, events)).Select(run => (store, events, run)));
            }
        }

        var groups = all.GroupBy(one => (one.Store, one.Events)).ToList();
        report.Section("Rate by events in the log", $"""
            Logouts of warm users on a log that held so many events of others before; {options.FewRuns} × {options.Time.TotalSeconds} s,
            each after a run of the ceiling, each 200 found in the log.
            """);
        string[] headers = ["store", "events before", "logouts/s", "ratio to the ceiling", "µs of processor a logout"];
        report.Table(headers, groups.Select(group => (string[])[
            $"{group.Key.Store}", $"{group.Key.Events:N0}",
            Statistics.Spread(group.Select(one => one.Run.Load.PerSecond), "N0"),
            Statistics.Spread(group.Select(one => one.Run.Ratio), "0.00"),
            Statistics.Spread(group.Select(one => one.Run.Microseconds), "0.0")]));
        report.Plot.Add(Panel.Lines("Rate by events in the log", "events before", "of the ceiling's rate", groups
            .GroupBy(group => group.Key.Store).Select(curve => new Curve($"{curve.Key}", [.. curve.Select(group => (
                $"{group.Key.Events:N0}", Statistics.Median(group.Select(one => one.Run.Ratio ?? double.NaN))))]))));
    }

    private async Task<IReadOnlyList<Measurement>> MeasureRate(LogKind store, int events)
    {
        var service = await PreparedLogs.Get(bench, store, events);
        await service.Start();
        var runner = new Runner(bench);
        for (var round = 0; round <= options.FewRuns; round++)
        {
            await runner.PairOfLogouts(LogoutCase.Logout, service, service.Public);
            if (round == 0)
            {
                runner.Measurements.Clear(); // warm-up
            }
        }

        await service.Terminate();
        return [.. runner.Measurements.Where(run => run.Ceiling is not null)];
    }
}
