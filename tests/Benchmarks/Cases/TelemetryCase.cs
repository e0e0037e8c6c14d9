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
    private const string Metrics = "metrics, for Prometheus and sent by OTLP";
    private const string Sampled = "metrics, and traces of 1 in 100";
    private const string Traced = "metrics, and all traces";

    private const int RoundsPerRun = 4; // short and many, because the machine's own pace changes
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private readonly Runner runner = new(bench);

    /// <summary>Runs it.</summary>
    public async Task Run(Report report)
    {
        var collector = bench.StartCeiling(); // it takes every request and answers 200, as a collector does
        await collector.WaitUntilReady(collector.ManagementPort, "/", StartMax);
        var services = new List<(string Name, Service Service)>();
        foreach (var (name, more) in Setups($"http://127.0.0.1:{collector.PublicPort}"))
        {
            services.Add((name, await bench.Serve(new ServiceSetup(LogKind.Sqlite, More: more))));
        }

        var users = bench.NewUsers(bench.Options.Size(20_000, 500));
        var logouts = users.Logouts(mode: 1);
        foreach (var (_, service) in services)
        {
            await runner.SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
            await runner.SendAll(service.Public, logouts, ExpectedAnswer.Success);
        }

        for (var round = 0; round <= Rounds; round++)
        {
            Bench.Say(round == 0 ? "warm-up" : $"round {round} of {Rounds}");
            foreach (var (name, service) in services.Skip(round % services.Count).Concat(services.Take(round % services.Count)))
            {
                await runner.Closed(name, service.Public, logouts, ExpectedAnswer.Success, bench.Options.Time, again: true);
            }

            if (round == 0)
            {
                runner.Measurements.Clear();
            }
        }

        services.ForEach(one => bench.End(one.Service));
        bench.End(collector);
        Describe(report);
    }

    private static IEnumerable<(string Name, (string, string)[] More)> Setups(string collector)
    {
        (string, string)[] off = [("Sessions__Metrics", "false")];
        (string, string)[] metrics =
        [
            ("Sessions__Metrics", "true"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), ("OTEL_METRIC_EXPORT_INTERVAL", "1000"),
        ];
        const string endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
        yield return (Off, off);
        yield return (Metrics, [.. metrics, ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", collector + "/v1/metrics")]);
        yield return (Sampled,
            [.. metrics, (endpoint, collector), ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.01")]);
        yield return (Traced, [.. metrics, (endpoint, collector)]);
    }

    private void Describe(Report report)
    {
        report.Section("Metrics and traces", $"""
            Repeated logouts (200, nothing is written), SQLite, closed loop over {bench.Options.Connections} connections, {Rounds} rounds;
            in each round every service is measured once, in another order. The exporters send to a process that takes everything. "More" is
            against the service without telemetry in the same round. A durable logout costs half as much again, so it is less of that.
            """);
        var off = Runs(Off);
        report.Table(
            ["telemetry", "logouts/s", "µs of the service's processor", "more, %"],
            runner.Measurements.GroupBy(run => run.Case).Select(runs => (string[])[
                runs.Key,
                Statistics.Spread(runs.Select(run => run.Load.PerSecond), "N0"),
                Statistics.Spread(runs.Select(Microseconds), "0.0"),
                Statistics.Spread(More(off, runs), "0.0")]));
        report.Measured(Aims.Telemetry, More(off, Runs(Metrics)));
    }

    private int Rounds => bench.Options.Runs * RoundsPerRun;

    private List<Measurement> Runs(string name) => runner.Measurements.FindAll(run => run.Case == name);

    private static double Microseconds(Measurement run) => run.Server.Processor.TotalMicroseconds / run.Load.Answered;

    private static IEnumerable<double> More(IEnumerable<Measurement> off, IEnumerable<Measurement> on) =>
        off.Zip(on, (without, with) => ((Microseconds(with) / Microseconds(without)) - 1) * 100);
}
