// More than the service can do: what is refused is refused quickly, and what can be done is still done.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>One flood.</summary>
/// <param name="Store">Where the log is.</param>
/// <param name="Factor">The offered rate as a multiple of the saturation.</param>
/// <param name="Asked">The offered rate.</param>
/// <param name="Result">What came of it.</param>
/// <param name="SenderCores">The processors that the sender took from the service.</param>
internal sealed record Overload(LogKind Store, double Factor, double Asked, FloodResult Result, double SenderCores);

/// <summary>Offered rates up to three times of the saturation.</summary>
internal sealed class OverloadCase(Bench bench)
{
    private const int Connections = 4_000; // a node takes 4,096, and 2,048 requests at once
    private static readonly double[] Factors = [1, 1.5, 2, 3];

    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        var all = new List<Overload>();
        var peaks = new Dictionary<LogKind, double>();
        foreach (var store in Suite.Stores)
        {
            var (saturation, floods) = await Measure(store);
            all.AddRange(floods);
            peaks[store] = floods.Select(flood => AcceptedPerSecond(flood.Result)).Append(saturation).Max();
            report.Measured(Aims.Overload, floods.Select(flood => AcceptedPerSecond(flood.Result) / peaks[store]));
        }

        report.Section("Overload", $"""
            Open loop over {options.Size(Connections, 400):N0} connections from one thread; rates as multiples of what a closed loop over
            {options.Connections} connections reached just before. Settings are the service's own, refusals are logged to a file, one
            line a second. A request that
            finds no free connection when it is due is not sent: with every connection waiting, that is the callers' own
            limit. Each 200 was found in the log, and no answer was anything but 200, 503 or 429. Latencies count from the time at which
            the request was due; with the sender on the same processors, they hold its own lateness too, and what it takes of them the
            service cannot have. Milliseconds.
            """);
        report.Table(
            ["store", "offered/s, × of saturation", "200/s", "of the peak", "refused/s", "not sent/s", "200: p50", "200: p99",
                "refused: p50", "refused: p99", "sender, cores"],
            all.Select(flood => (string[])[
                $"{flood.Store}", $"{flood.Asked:N0} (× {flood.Factor})",
                Statistics.Text(AcceptedPerSecond(flood.Result), "N0"),
                Statistics.Text(AcceptedPerSecond(flood.Result) / peaks[flood.Store], "0.00"),
                Statistics.Text(flood.Result.Refused.Count / flood.Result.Elapsed.TotalSeconds, "N0"),
                Statistics.Text(flood.Result.Unsent / flood.Result.Elapsed.TotalSeconds, "N0"),
                Statistics.Text(flood.Result.Accepted.Milliseconds(0.5), "0.0"),
                Statistics.Text(flood.Result.Accepted.Milliseconds(0.99), "0.0"),
                flood.Result.Refused.Count == 0 ? "" : Statistics.Text(flood.Result.Refused.Milliseconds(0.5), "0.0"),
                flood.Result.Refused.Count == 0 ? "" : Statistics.Text(flood.Result.Refused.Milliseconds(0.99), "0.0"),
                Statistics.Text(flood.SenderCores, "0.00")]));
        var curves = all.GroupBy(flood => flood.Store);
        report.Plot.Add(Panel.Lines("Overload", "offered, × of saturation", "200/s", curves.Select(group => new Curve(
            $"{group.Key}", [.. group.Select(flood => ($"{flood.Factor}", AcceptedPerSecond(flood.Result)))]))));
    }

    private static double AcceptedPerSecond(FloodResult result) => result.AcceptedInTime / result.Elapsed.TotalSeconds;

    private async Task<(double Saturation, IReadOnlyList<Overload> Floods)> Measure(LogKind store)
    {
        var service = await bench.Serve(new ServiceSetup(store, options.Engine) { LogsRefusals = true });
        var runner = new Runner(bench);
        for (var round = 0; round < 3; round++) // the last one counts, the others warm up
        {
            runner.Measurements.Clear();
            var users = await SignedIn(runner, service, (int)(30_000 * options.Time.TotalSeconds));
            await runner.Closed(
                LogoutCase.Logout, service.Public, users.Logouts(mode: 1), ExpectedAnswer.Success, options.Time, again: false);
        }

        var saturation = runner.Rate(LogoutCase.Logout);
        var floods = new List<Overload>();
        foreach (var factor in Factors)
        {
            var rate = saturation * factor;
            var users = await SignedIn(runner, service, (int)(rate * options.Time.TotalSeconds));
            var end = service.Log.End();
            using var flood = new Flood(service.Public.Ports[0], options.Size(Connections, 400));
            var logouts = users.Logouts(mode: 1);
            var sender = Costs.Of(Environment.ProcessId);
            var result = flood.Run(logouts, rate, options.Time);
            var senderCores = Costs.Of(Environment.ProcessId).Since(sender).Processor / result.Elapsed;
            Check(result);
            service.Log.Verify(end, "session-signed-out.v1", result.AcceptedIndexes.Select(users.StreamOf), mayHaveMore: true);
            Bench.Say($"  × {factor}: offered {rate:N0}/s, 200 {AcceptedPerSecond(result):N0}/s, refused {result.Refused.Count:N0}, "
                + $"not sent {result.Unsent:N0}");
            floods.Add(new Overload(store, factor, rate, result, senderCores));
        }

        bench.End(service);
        return (saturation, floods);
    }

    private async Task<MadeUpUsers> SignedIn(Runner runner, Service service, int count)
    {
        var users = bench.NewUsers(Math.Min(count, options.Users * 2));
        await runner.SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
        return users;
    }

    private static void Check(FloodResult result)
    {
        var others = result.Statuses.Where(status => status.Key is not (200 or 503 or 429)).ToList();
        if (others.Count > 0)
        {
            throw new BenchmarkException(
                $"Under overload the service answered {string.Join(", ", others.Select(status => $"{status.Value} × {status.Key}"))}.");
        }
    }
}
