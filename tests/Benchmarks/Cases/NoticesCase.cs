// How soon a phone hears that another one was signed out: by the number of phones that listen, on the same node and on another.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>One run with many open streams.</summary>
internal sealed record NoticeRun(string Where, int Devices, NoticeTimes Times, double KibibytesEach);

/// <summary>Fan-out of notices.</summary>
internal sealed class NoticesCase(Bench bench)
{
    private const string Settings = "Sessions__Notices__PerNodeMax";
    private const double PerSecond = 50;
    private static readonly double[] Quantiles = [0.5, 0.99];
    private static readonly double[] QuantilesAndWorst = [0.5, 0.99, 1];

    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        var runs = new List<NoticeRun>();
        foreach (var devices in options.IsTrial ? [20, 100] : new[] { 100, 1_000, 10_000 })
        {
            runs.Add(await Measure(LogKind.Sqlite, nodes: 1, devices));
            if (Suite.Stores.Contains(LogKind.Postgres))
            {
                runs.Add(await Measure(LogKind.Postgres, nodes: 1, devices));
                runs.Add(await Measure(LogKind.Postgres, nodes: 2, devices));
            }
        }

        report.Section("Notices", $"""
            Each listening phone is the second device of a user of its own, with one open stream of notices. The machine is idle but for
            {PerSecond} sign-outs (mode 2) a second of the users' first devices, open loop, {Most} of them at most. Times are
            taken by one thread that holds all streams and all callers: from the 200 of the sign-out to the notice (below zero where the
            phone heard it first), and from the time at which the sign-out was due. On another node: signed out at one node, heard at the
            other, each of them asking PostgreSQL. Memory is the difference of the node's resident memory before and after the streams
            were opened, each after a full collection. `{Settings}` was raised to 20000. Milliseconds.
            """);
        report.Table(
            ["where", "connected devices", "p50 after the 200", "p99 after the 200", "max after the 200", "p50 after the request was due",
                "p99 after the request was due", "memory of a stream, KiB"],
            runs.Select(run => (string[])[
                run.Where, $"{run.Devices:N0}",
                .. QuantilesAndWorst.Select(quantile => Statistics.Text(run.Times.AfterAnswer.Milliseconds(quantile), "0.0")),
                .. Quantiles.Select(quantile => Statistics.Text(run.Times.AfterRequest.Milliseconds(quantile), "0.0")),
                Statistics.Text(run.KibibytesEach, "0.0")]));
        report.Measured(
            Aims.NoticeElsewhere, runs.Where(run => run.Where.Contains("another", StringComparison.Ordinal))
                .Select(run => run.Times.AfterAnswer.Milliseconds(0.99)));
        report.Plot.Add(Panel.Lines(
            "Notice by connected devices", "connected devices", "ms after the sign-out was due", runs.GroupBy(run => run.Where).SelectMany(
                where => Quantiles.Select(quantile => new Curve(
                    $"{where.Key}, p{quantile * 100:0}",
                    [.. where.Select(run => ($"{run.Devices:N0}", run.Times.AfterRequest.Milliseconds(quantile)))])))));
    }

    private int Most => options.Size(500, 20);

    private async Task<NoticeRun> Measure(LogKind store, int nodes, int devices)
    {
        var where = $"{(store == LogKind.Sqlite ? "SQLite" : "PostgreSQL")}, {(nodes == 1 ? "the same node" : "another node")}";
        Bench.Say($"{devices:N0} devices, {where}");
        var runner = new Runner(bench);
        var service = await bench.Serve(new ServiceSetup(store, nodes, [(Settings, "20000")]));
        var users = bench.NewUsers(devices);
        var listening = service.Nodes[^1]; // sign-outs go to the first node
        var heard = service.Management with { Ports = [listening.ManagementPort] };
        await runner.SendAll(heard, users.SignIns(mode: 1, device: 0), ExpectedAnswer.Recorded);
        await runner.SendAll(heard, users.SignIns(mode: 1, device: 1), ExpectedAnswer.Recorded);
        var before = await HeapOf.Resident(listening.Id);
        using var clients = NoticeClients.Open(listening.PublicPort, users.Notices(device: 1));
        var after = await HeapOf.Resident(listening.Id);
        var logouts = users.Logouts(mode: 2, device: 0);
        var warmUp = Math.Min(devices / 2, options.Size(100, 10));
        clients.SignOut(service.Nodes[0].PublicPort, logouts, PerSecond, first: 0, warmUp);
        var count = Math.Min(devices - warmUp, Most);
        var times = clients.SignOut(service.Nodes[0].PublicPort, logouts, PerSecond, first: warmUp, count);
        Bench.Say($"  p50 {times.AfterAnswer.Milliseconds(0.5):0.0} ms, p99 {times.AfterAnswer.Milliseconds(0.99):0.0} ms after the 200");
        bench.End(service);
        return new NoticeRun(where, devices, times, (after - before) / 1024.0 / devices);
    }
}
