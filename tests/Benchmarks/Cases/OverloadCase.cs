// More than the service can do: what is refused is refused quickly, and what can be done is still done.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>The floods of one rate.</summary>
/// <param name="Store">Where the log is.</param>
/// <param name="Factor">The offered rate as a multiple of the saturation.</param>
/// <param name="Asked">The offered rate.</param>
/// <param name="Saturation">What a closed loop reached before, over fewer connections.</param>
internal sealed record Overload(LogKind Store, double Factor, double Asked, double Saturation)
{
    public List<FloodResult> Results { get; } = [];

    /// <summary>The processors that the sender took from the service.</summary>
    public List<double> SenderCores { get; } = [];

    /// <summary>What was reached in each round, of the mean of its rates from 1 on: the log grows from round to round.</summary>
    public List<double> OfItsRound { get; } = [];

    public double Share => Statistics.Median(OfItsRound);

    public double AcceptedPerSecond => Statistics.Median(Results.Select(result => result.AcceptedPerSecond));
}

/// <summary>Offered rates up to three times of the saturation.</summary>
internal sealed class OverloadCase(Bench bench)
{
    private static readonly double[] Factors = [0.75, 1, 1.5, 2, 3];

    private readonly Options options = bench.Options;

    private readonly int connections = bench.Options.Size(full: 4_000, trial: 400); // a node takes 4,096

    // A single run is off by 7 % either way on a small machine, and what is looked for is a loss of 10 %.
    private readonly int rounds = bench.Options.Size(full: 7, trial: 1);

    private readonly TimeSpan time = bench.Options.Time * 1.5;

    public async Task Run(Report report)
    {
        var all = new List<Overload>();
        var peaks = new Dictionary<LogKind, double>();
        foreach (var store in Suite.Stores)
        {
            var floods = await Measure(store);
            all.AddRange(floods);
            peaks[store] = floods.Max(flood => flood.Share);
            report.Measured(Aims.Overload, floods.Where(flood => flood.Factor >= 1).Select(flood => flood.Share / peaks[store]));
        }

        report.Section("Overload", $"""
            Open loop over {connections:N0} connections from one thread, {rounds} ×
            {time.TotalSeconds:0.#} s each, the rates one after the other, each round beginning with another one; medians. Answers
            count from half of that time on, when the connections are full. Rates are multiples of what a closed loop over
            {options.Connections} connections reached just before. For the peak, each run is set against its round's mean of the
            rates from 1 on, as the log grows from round to round; the peak is the best median of these. Settings are the service's
            own, refusals are logged to a file, one line a second. A request that finds no free connection when it is due is not
            sent: with every connection waiting, that is the callers' own limit. Each 200 was found in the log, and no answer was
            anything but 200, 503 or 429. Latencies count from the time at which the request was due; with the sender on the same
            processors, they hold its own lateness too, and what it takes of them the service cannot have. Milliseconds.
            """);
        report.Table(
            ["store", "offered/s, × of saturation", "200/s", "of the peak", "of the closed loop", "refused/s", "not sent/s", "200: p50",
                "200: p99", "refused: p50", "refused: p99", "sender, cores"],
            all.Select(flood => Row(flood, peaks[flood.Store])));
        var curves = all.GroupBy(flood => flood.Store);
        report.Plot.Add(Panel.Lines("Overload", "offered, × of saturation", "200/s", curves.Select(group => new Curve(
            $"{group.Key}", [.. group.Select(flood => ($"{flood.Factor}", flood.AcceptedPerSecond))]))));
    }

    private static string[] Row(Overload flood, double peak)
    {
        string Text(string format, Func<FloodResult, double> figure) =>
            Statistics.Text(Statistics.Median(flood.Results.Select(figure)), format);
        var hasRefusals = flood.Results.TrueForAll(result => result.Refused.Count > 0);
        return
        [
            $"{flood.Store}", $"{flood.Asked:N0} (× {flood.Factor})",
            Statistics.Spread(flood.Results.Select(result => result.AcceptedPerSecond), "N0"),
            Statistics.Text(flood.Share / peak, "0.00"), Statistics.Text(flood.AcceptedPerSecond / flood.Saturation, "0.00"),
            Text("N0", result => result.Refused.Count / result.Elapsed.TotalSeconds),
            Text("N0", result => result.Unsent / result.Elapsed.TotalSeconds),
            Text("0.0", result => result.Accepted.Milliseconds(0.5)), Text("0.0", result => result.Accepted.Milliseconds(0.99)),
            hasRefusals ? Text("0.0", result => result.Refused.Milliseconds(0.5)) : "",
            hasRefusals ? Text("0.0", result => result.Refused.Milliseconds(0.99)) : "",
            Statistics.Text(Statistics.Median(flood.SenderCores), "0.00"),
        ];
    }

    private async Task<IReadOnlyList<Overload>> Measure(LogKind store)
    {
        var service = await bench.Serve(new ServiceSetup(store) { LogsToFile = true });
        var runner = new Runner(bench);
        for (var round = 0; round < 3; round++) // the last one counts, the others warm up
        {
            runner.Measurements.Clear();
            var users = await SignedIn(runner, service, (int)(30_000 * options.Time.TotalSeconds));
            await runner.Closed(
                LogoutCase.Logout, service.Public, users.Logouts(mode: 1), ExpectedAnswer.Success, options.Time, again: false);
        }

        var saturation = runner.Rate(LogoutCase.Logout);
        var floods = Factors.Select(factor => new Overload(store, factor, saturation * factor, saturation)).ToList();
        for (var round = 1; round <= rounds; round++)
        {
            // Each round begins with another rate: later runs have more events in the log, which makes every logout a little dearer.
            for (var turn = 0; turn < floods.Count; turn++)
            {
                await Run(runner, service, floods[(turn + (2 * (round - 1))) % floods.Count]);
            }

            var mean = floods.Where(flood => flood.Factor >= 1).Average(flood => flood.Results[^1].AcceptedPerSecond);
            floods.ForEach(flood => flood.OfItsRound.Add(flood.Results[^1].AcceptedPerSecond / mean));
        }

        bench.End(service);
        return floods;
    }

    private async Task Run(Runner runner, Service service, Overload overload)
    {
        // As many for each rate, and no more than could be answered: the log and the collector are still busy with them afterwards.
        var users = await SignedIn(runner, service, (int)(overload.Saturation * time.TotalSeconds) + connections);
        await Task.Delay(Runner.Settling, TimeProvider.System);
        var end = service.Log.End();
        using var flood = new Flood(service.Public.Ports[0], connections);
        var logouts = users.Logouts(mode: 1);
        var sender = Costs.Of(Environment.ProcessId);
        var result = flood.Run(logouts, overload.Asked, time);
        overload.SenderCores.Add(Costs.Of(Environment.ProcessId).Since(sender).Processor / result.Elapsed);
        Check(result);
        service.Log.Verify(end, "session-signed-out.v1", result.AcceptedIndexes.Select(users.StreamOf), mayHaveMore: true);
        Bench.Say($"  × {overload.Factor}: offered {overload.Asked:N0}/s, 200 {result.AcceptedPerSecond:N0}/s, refused "
            + $"{result.Refused.Count:N0}, not sent {result.Unsent:N0}");
        overload.Results.Add(result);
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
