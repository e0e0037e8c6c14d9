// The tables of the load run.
using BankEzy.Sessions.Benchmarks.Cases;
using BankEzy.Sessions.Benchmarks.Processes;

namespace BankEzy.Sessions.Benchmarks.Reporting;

internal static class LogoutTables
{
    private static readonly string[] ThreadKinds = ["TP Worker", "SQLite writer", "PostgreSQL", "Sockets", "GC"];

    public static void Add(
        Report report, LogKind store, Options options, IReadOnlyList<Measurement> measurements, IReadOnlyList<Paced> paced)
    {
        var name = store == LogKind.Sqlite ? "SQLite" : "PostgreSQL";
        report.Section($"Saturation, {name}", $"""
            The built service (Release, Production), the ceiling and the sender run on the same machine. Every answer was checked, and
            every logout that was answered 200 was found in the log.

            Closed loop: {options.Connections} keep-alive connections from one thread, which keeps to the last processor; {options.Runs} ×
            {options.Time.TotalSeconds} s each. Each run of a case comes right after a run of the ceiling with the same requests; the
            ratio is between these two. The ratio by processor time is the ceiling's time per request to the case's, of server, database
            and sender together: what the ratio would be if neither ever waited for the disk or for another process on the machine.
            """);
        var cases = measurements.GroupBy(measured => measured.Case).ToList();
        report.Table(
            ["case", "requests/s", "ratio to the ceiling", "ratio by processor time", "cores busy with it", "requests a run"],
            cases.Select(runs => new[]
            {
                runs.Key,
                Statistics.Spread(runs.Select(measured => measured.Load.PerSecond), "N0"),
                Statistics.Spread(runs.Select(measured => measured.Ratio), "0.00"),
                Statistics.Spread(runs.Select(measured => measured.Ceiling?.Microseconds / measured.Microseconds), "0.00"),
                Median(runs, measured => measured.Processor / measured.Load.Elapsed, "0.0"),
                Median(runs, measured => measured.Load.Answered, "N0"),
            }));
        AddCosts(report, name, cases);
        AddLatencies(report, name, paced);
        AddVerdicts(report, store, measurements, paced);
        report.Plot.Add(Panel.Bars(
            $"Ratio to the ceiling, {name}", "of the ceiling's rate",
            cases.Where(runs => runs.First().Ceiling is not null)
                .Select(runs => (runs.Key, Statistics.Median(runs.Select(measured => measured.Ratio ?? double.NaN))))));
    }

    private static void AddCosts(Report report, string name, IReadOnlyList<IGrouping<string, Measurement>> cases)
    {
        report.Section($"Where the time goes, seen from outside, {name}", """
            Microseconds of processor time per request, by process and, for the server, by kind of thread. All processes share the
            machine's cores, so the sender's part is lost for the server: that is what the sender costs. Above 0.95 of its own processor the
            sender itself would be the limit. Flushes are the disk's: those of other processes are counted too.
            """);
        report.Table(
            ["case", "server", "database", "sender", "sender, of its processor", .. ThreadKinds.Select(kind => $"of server: {kind}"),
                "events per flush", "flushes/s"],
            cases.Select(runs => (string[])[
                runs.Key,
                Median(runs, PerRequest(measured => measured.Server.Processor), "0.0"),
                Median(runs, PerRequest(measured => measured.Database), "0.0"),
                Median(runs, PerRequest(measured => measured.Sender.Processor), "0.0"),
                Median(runs, measured => measured.Sender.Processor / measured.Load.Elapsed, "0.00"),
                .. ThreadKinds.Select(kind => Median(runs, PerRequest(measured => measured.Server.OfThreads(kind)), "0.0")),
                Median(runs, measured => measured.Events > 0 ? measured.Events / (double?)measured.Flushes : null, "0"),
                Median(runs, measured => measured.Flushes / measured.Load.Elapsed.TotalSeconds, "0")]));
    }

    private static void AddLatencies(Report report, string name, IReadOnlyList<Paced> paced)
    {
        report.Section($"Latency at half of the saturation rate, {name}", """
            Open loop: requests are due at a steady rate whatever the service does, and a latency counts from the time at which the request
            was due, so that a stall is felt by all that fell into it. Milliseconds.
            """);
        var quantiles = new[] { 0.5, 0.99, 0.999, 1 };
        string[] headers = ["case", "asked/s", "reached/s", "p50", "p99", "p99.9", "max"];
        report.Table(headers, paced.GroupBy(run => run.Case).Select(runs => (string[])[
            runs.Key,
            Statistics.Text(Statistics.Median(runs.Select(run => run.Asked)), "N0"),
            Statistics.Text(Statistics.Median(runs.Select(run => run.Latencies.PerSecond)), "N0"),
            .. quantiles.Select(quantile => Statistics.Spread(runs.Select(run => run.Latencies.Milliseconds(quantile)), "0.00"))]));
        report.Plot.Add(Panel.Lines(
            $"Latency at half of the saturation rate, {name}", "quantile", "ms", paced.GroupBy(run => run.Case).Select(runs => new Curve(
                runs.Key,
                [.. new[] { 0.5, 0.9, 0.99, 0.999, 1 }.Select(quantile =>
                    ($"{quantile}", Statistics.Median(runs.Select(run => run.Latencies.Milliseconds(quantile)))))]))));
    }

    private static void AddVerdicts(Report report, LogKind store, IReadOnlyList<Measurement> measurements, IReadOnlyList<Paced> paced)
    {
        IEnumerable<double> Ratios(string name) =>
            measurements.Where(measured => measured.Case == name).Select(measured => measured.Ratio ?? double.NaN);
        if (store == LogKind.Postgres)
        {
            report.Measured(Aims.LogoutOnPostgres, Ratios(LogoutCase.Logout));
            return;
        }

        var warm = Statistics.Median(Ratios(LogoutCase.Logout));
        report.Measured(Aims.Logout, Ratios(LogoutCase.Logout));
        report.Measured(Aims.Introspection, Ratios(LogoutCase.Introspection));
        report.Measured(Aims.Cold, Ratios(LogoutCase.Cold).Select(cold => cold / warm)); // each beside its own ceiling
        report.Measured(
            Aims.Latency,
            paced.Where(run => run.Case == LogoutCase.Logout).Select(run => run.Latencies.Milliseconds(0.99)));
    }

    private static Func<Measurement, double?> PerRequest(Func<Measurement, TimeSpan> time) =>
        measured => time(measured).TotalMicroseconds / measured.Load.Answered;

    private static string Median(IEnumerable<Measurement> runs, Func<Measurement, double?> value, string format) =>
        runs.Select(value).OfType<double>().ToList() is { Count: > 0 } values ? Statistics.Text(Statistics.Median(values), format) : "";
}
