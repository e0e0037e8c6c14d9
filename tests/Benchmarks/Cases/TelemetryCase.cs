// What metrics and traces cost while somebody gets them.
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Logouts with telemetry off and on, one service after the other in each round.</summary>
internal sealed class TelemetryCase(Bench bench)
{
    private const string Off = "off";
    private const string Metrics = "metrics, for Prometheus and sent by OTLP";
    private const string Sampled = "metrics, and traces of 1 in 100";
    private const string Traced = "metrics, and all traces";

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

        for (var round = 0; round <= bench.Options.Runs; round++)
        {
            Bench.Say(round == 0 ? "warm-up" : $"round {round} of {bench.Options.Runs}");
            foreach (var (name, service) in services.Skip(round % services.Count).Concat(services.Take(round % services.Count)))
            {
                await runner.PairOfLogouts(name, service, service.Public);
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
            Logouts, SQLite, closed loop over {bench.Options.Connections} connections, {bench.Options.Runs} rounds; in each round every
            service is measured once, in another order. The exporters send to a process that takes everything. "More" is against the service
            without telemetry in the same round.
            """);
        var off = Runs(Off);
        report.Table(
            ["telemetry", "logouts/s", "ratio to the ceiling", "µs of the service's processor", "more, %"],
            runner.Measurements.Where(run => run.Ceiling is not null).GroupBy(run => run.Case).Select(runs => (string[])[
                runs.Key,
                Statistics.Spread(runs.Select(run => run.Load.PerSecond), "N0"),
                Statistics.Spread(runs.Select(run => run.Ratio), "0.00"),
                Statistics.Spread(runs.Select(Microseconds), "0.0"),
                Statistics.Spread(More(off, runs), "0.0")]));
        report.Measured(Aims.Telemetry, More(off, Runs(Metrics)));
    }

    private List<Measurement> Runs(string name) => runner.Measurements.FindAll(run => run.Case == name);

    private static double Microseconds(Measurement run) => run.Server.Processor.TotalMicroseconds / run.Load.Answered;

    private static IEnumerable<double> More(IEnumerable<Measurement> off, IEnumerable<Measurement> on) =>
        off.Zip(on, (without, with) => ((Microseconds(with) / Microseconds(without)) - 1) * 100);
}
