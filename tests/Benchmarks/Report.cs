// The figures as a page for people: on the console, and as a file that is committed.
using System.Globalization;
using System.Text;

namespace BankEzy.Sessions.Benchmarks;

/// <summary>Collects results and writes the page.</summary>
internal sealed class Report(Options options)
{
    private static readonly string[] ThreadKinds = ["TP Worker", "SQLite writer", "Sockets", "GC", "Tiered"];

    private readonly string load = Machine.Load();
    private readonly StringBuilder text = new();

    /// <summary>The root of the working tree.</summary>
    public static string Root { get; } = FindRoot();

    public void Add(LoadResults results)
    {
        var cases = results.Measurements.GroupBy(measured => measured.Case).ToList();
        Section("Saturation", $"""
            The built service (Release, Production), the ceiling and the sender run on the same machine. Every answer was checked, and every
            logout that was answered 200 was found in the log.

            Closed loop: {options.Connections} keep-alive connections from one thread, {options.Runs} × {options.Time.TotalSeconds} s each.
            Each run of a case comes right after a run of the ceiling with the same requests; the ratio is between these two.
            Median (least – most). The ratio by processor time is the ceiling's time per request to the case's, server and sender together:
            it is what the ratio would be if neither ever waited for the disk or for another process on the machine.
            """);
        Row("case", "requests/s", "ratio to the ceiling", "ratio by processor time", "cores busy with it", "requests a run");
        Row(["---", .. Enumerable.Repeat("--:", 5)]);
        foreach (var runs in cases)
        {
            Row(
                runs.Key,
                Spread(runs, measured => measured.Load.PerSecond, "N0"),
                Spread(runs, measured => measured.Ratio, "0.00"),
                Spread(runs, measured => measured.Ceiling?.Microseconds / measured.Microseconds, "0.00"),
                Number(runs, measured => (measured.Server.Processor + measured.Sender.Processor) / measured.Load.Elapsed, "0.0"),
                Number(runs, measured => measured.Load.Answered, "N0"));
        }

        Section("Where the time goes, seen from outside", """
            Microseconds of processor time per request, by process and, for the server, by kind of thread. Both processes share the
            machine's cores, so the sender's part is lost for the server. Flushes are the disk's: those of other processes are counted too.
            """);
        Row(["case", "server", "sender", .. ThreadKinds.Select(kind => $"of server: {kind}"), "events per flush", "flushes/s"]);
        Row(["---", .. Enumerable.Repeat("--:", ThreadKinds.Length + 4)]);
        foreach (var runs in cases)
        {
            Row([runs.Key,
                Number(runs, PerRequest(measured => measured.Server.Processor), "0.0"),
                Number(runs, PerRequest(measured => measured.Sender.Processor), "0.0"),
                .. ThreadKinds.Select(kind => Number(runs, PerRequest(measured => measured.Server.OfThreads(kind)), "0.0")),
                Number(runs, measured => measured.Events > 0 ? measured.Events / (double?)measured.Flushes : null, "0"),
                Number(runs, measured => measured.Flushes / measured.Load.Elapsed.TotalSeconds, "0")]);
        }

        Add(results.Paced);
    }

    public void Add(IReadOnlyList<Part> parts)
    {
        Section("Where the time goes, step by step", """
            Each step alone, in the benchmark's process: median of several series, microseconds for one. Time on the clock is more than
            processor time where the disk is waited for.
            """);
        Row("step", "µs", "µs of processor", "bytes allocated");
        Row("---", "--:", "--:", "--:");
        foreach (var part in parts)
        {
            Row(part.Name, Text(part.Microseconds, "0.00"), Text(part.Processor, "0.00"), Text(part.Bytes, "N0"));
        }
    }

    /// <summary>Prints the page and, unless this was a trial, keeps it.</summary>
    public void Write()
    {
        var now = TimeProvider.System.GetUtcNow();
        var page = $"""
            # {(options.Command == "parts" ? "Steps of a logout" : "Logout under load")}, {now:yyyy-MM-dd}

            {Machine.Describe()}. Load of the machine before the run: {load}.
            SQLite is on a disk ({new DriveInfo(options.Disk).DriveFormat}), with an fsync for each group of appends.

            Again: `dotnet run -c Release --project tests/Benchmarks -- {options.Arguments}`
            {text}
            """.TrimEnd() + "\n";
        Console.WriteLine(page);
        if (!options.IsTrial)
        {
            var folder = Directory.CreateDirectory(Path.Combine(Root, "tests", "Benchmarks", "results")).FullName;
            var name = options.Command == "parts" ? "parts" : "logout";
            File.WriteAllText(Path.Combine(folder, $"{now:yyyy-MM-dd}-{name}.md"), page);
        }
    }

    private void Add(IReadOnlyList<Paced> paced)
    {
        Section("Latency at half of the saturation rate", """
            Open loop: requests are due at a steady rate, and a latency counts from the time at which the request was due. Milliseconds.
            """);
        Row("case", "asked/s", "reached/s", "p50", "p99", "p99.9", "max");
        Row(["---", .. Enumerable.Repeat("--:", 6)]);
        foreach (var (name, asked, latencies) in paced)
        {
            Row([name, Text(asked, "N0"), Text(latencies.PerSecond, "N0"),
                .. new[] { 0.5, 0.99, 0.999, 1 }.Select(quantile => Text(latencies.Milliseconds(quantile), "0.00"))]);
        }
    }

    private static Func<Measurement, double?> PerRequest(Func<Measurement, TimeSpan> time) =>
        measured => time(measured).TotalMicroseconds / measured.Load.Answered;

    private static string Number(IEnumerable<Measurement> runs, Func<Measurement, double?> value, string format) =>
        runs.Select(value).OfType<double>().ToList() is { Count: > 0 } values
            ? Text(Statistics.Median(values), format)
            : "";

    private static string Spread(IEnumerable<Measurement> runs, Func<Measurement, double?> value, string format) =>
        runs.Select(value).OfType<double>().ToList() is { Count: > 0 } values
            ? $"{Text(Statistics.Median(values), format)} ({Text(values.Min(), format)} – {Text(values.Max(), format)})"
            : "";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private void Section(string title, string introduction) =>
        text.Append("\n## ").Append(title).Append("\n\n").Append(introduction).Append("\n\n");

    private void Row(params IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "BankEzy.Sessions.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new BenchmarkException("Run the benchmarks from a checkout of the repository.");
        }

        return folder;
    }
}
