// What metrics and traces cost while somebody gets them.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Repeated logouts with telemetry off and on, one service after the other in each round. Repeated ones, because a durable logout
/// leaves a new state behind, and how much of the collector's work falls into a run differs by more than what is measured here.</summary>
internal sealed class TelemetryCase(Bench bench)
{
    private const string Off = "off";
    private const string Metrics = "metrics, sent by OTLP";
    private const string Twice = "metrics, sent by OTLP and kept for Prometheus: two readers";
    private const string Sampled = "metrics, and traces of 1 in 100, sent by OTLP";
    private const string Traced = "metrics, and all traces, sent by OTLP";
    private const string Durable = "durable logout, off";

    // Many short ones, because the machine's own pace changes; and each run with new processes, as no two are compiled alike.
    private const int RoundsPerRun = 12;
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RoundMax = TimeSpan.FromSeconds(1);

    private readonly Runner runner = new(bench);

    /// <summary>Runs it.</summary>
    public async Task Run(Report report)
    {
        var collector = bench.StartCeiling(); // it takes every request and answers 200, as a collector does
        await collector.WaitUntilReady(collector.ManagementPort, "/", StartMax);
        for (var run = 1; run <= bench.Options.Runs; run++)
        {
            Bench.Say($"run {run} of {bench.Options.Runs}");
            await RunOnce($"http://127.0.0.1:{collector.PublicPort}");
        }

        bench.End(collector);
        Describe(report);
    }

    private async Task RunOnce(string collector)
    {
        var users = bench.NewUsers(bench.Options.Size(20_000, 500));
        var logouts = users.Logouts(mode: 1);
        var services = new List<(string Name, Service Service)>();
        foreach (var (name, more) in Setups(collector))
        {
            var service = await bench.Serve(new ServiceSetup(LogKind.Sqlite, More: more));
            services.Add((name, service));
            await runner.SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
            await runner.SendAll(service.Public, logouts, ExpectedAnswer.Success);
            await Measure(name, service, logouts, bench.Options.Time); // warm-up
            runner.Measurements.RemoveAt(runner.Measurements.Count - 1);
        }

        var time = bench.Options.Time < RoundMax ? bench.Options.Time : RoundMax;
        for (var round = 0; round < RoundsPerRun; round++)
        {
            foreach (var (name, service) in services.Skip(round % services.Count).Concat(services.Take(round % services.Count)))
            {
                await Measure(name, service, logouts, time);
            }
        }

        await runner.PairOfLogouts(Durable, services[0].Service, services[0].Service.Public);
        services.ForEach(one => bench.End(one.Service));
    }

    private Task<Measurement> Measure(string name, Service service, RequestBook logouts, TimeSpan time) =>
        runner.Closed(name, service.Public, logouts, ExpectedAnswer.Success, time, again: true);

    private static IEnumerable<(string Name, (string, string)[] More)> Setups(string collector)
    {
        var (no, kept) = (("Sessions__Metrics", "false"), ("Sessions__Metrics", "true"));
        (string, string)[] sent = [("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000")];
        var (all, metrics) = (
            ("OTEL_EXPORTER_OTLP_ENDPOINT", collector), ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", collector + "/v1/metrics"));
        yield return (Off, [no]);
        yield return (Metrics, [no, .. sent, metrics]);
        yield return (Twice, [kept, .. sent, metrics]);
        yield return (Sampled,
            [no, .. sent, all, ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.01")]);
        yield return (Traced, [no, .. sent, all]);
    }

    private void Describe(Report report)
    {
        report.Section("Metrics and traces", $"""
            Repeated logouts (200, nothing is written), SQLite, closed loop over {bench.Options.Connections} connections,
            {bench.Options.Runs * RoundsPerRun} rounds of a second, with new processes after each {RoundsPerRun};
            in each round every service is measured once, in another order. The exporters send to a process that takes everything. "More" is
            against the service without telemetry in the same round, and as a share of a durable logout, which costs
            {Statistics.Spread(Runs(Durable).Select(Microseconds), "0.0")} µs here. What an append alone measures
            (its time, and the end of the session) is not in it.
            """);
        var (off, durable) = (Runs(Off), Statistics.Median(Runs(Durable).Select(Microseconds)));
        double[] Shares(IEnumerable<Measurement> on) => [.. More(off, on).Select(more => more / durable * 100)];
        report.Table(
            ["telemetry", "logouts/s", "µs of the service's processor", "more, µs", "of a durable logout, %"],
            runner.Measurements.Where(run => run.Case is not (Durable or Runner.Ceiling)).GroupBy(run => run.Case)
                .Select(runs => (string[])[
                    runs.Key,
                    Statistics.Spread(runs.Select(run => run.Load.PerSecond), "N0"),
                    Statistics.Spread(runs.Select(Microseconds), "0.0"),
                    Statistics.Spread(More(off, runs), "0.0"), Statistics.Spread(Shares(runs), "0.0")]));
        report.Measured(Aims.Telemetry, Shares(Runs(Metrics)));
    }

    private List<Measurement> Runs(string name) => runner.Measurements.FindAll(run => run.Case == name);

    private static double Microseconds(Measurement run) => run.Server.Processor.TotalMicroseconds / run.Load.Answered;

    private static IEnumerable<double> More(IEnumerable<Measurement> off, IEnumerable<Measurement> on) =>
        off.Zip(on, (without, with) => Microseconds(with) - Microseconds(without));
}
