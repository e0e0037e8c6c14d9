// From the start of the process to its first 200, by the number of events in the log.
using System.Diagnostics;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Starts of one kind.</summary>
internal sealed record Starts(LogKind Store, int Events, string After, IReadOnlyList<double> Seconds);

/// <summary>Measures starts.</summary>
internal sealed class StartupCase(Bench bench)
{
    private const string Terminated = "SIGTERM";
    private const string Killed = "kill -9";
    private const int Million = 1_000_000;

    private readonly Options options = bench.Options;

    public static IReadOnlyList<int> EventCounts(Options options) => options.IsTrial ? [0, 2_000] : [0, 100_000, Million];

    public async Task Run(Report report)
    {
        var ceiling = await MeasureCeiling();
        var all = new List<Starts>();
        foreach (var store in Suite.Stores)
        {
            foreach (var events in EventCounts(options))
            {
                all.AddRange(await Measure(bench, store, events));
            }
        }

        report.Section("Start-up", $"""
            Seconds from the start of the process (`dotnet BankEzy.Sessions.Silo.dll`) to the first 200 of a logout that is in the log
            then, {options.Runs} starts each, files in the page cache. The process was ended before by SIGTERM, or by kill -9 in the
            middle of load. Bare Kestrel, started in the same way: {Statistics.Spread(ceiling, "0.00")} s.
            """);
        report.Table(
            ["log", "events in the log", "ended before by", "first 200 after, s"],
            all.Select(starts => (string[])[
                $"{starts.Store}", $"{starts.Events:N0}", starts.After, Statistics.Spread(starts.Seconds, "0.00")]),
            texts: 3);
        var sqlite = all.Where(starts => starts.Store == LogKind.Sqlite).ToList();
        report.Measured(Aims.FirstAnswer, sqlite.Where(starts => starts.Events == 0).SelectMany(starts => starts.Seconds));
        if (!options.IsTrial)
        {
            report.Measured(
                Aims.FirstAnswerOfMillion, sqlite.Where(starts => starts.Events == Million).SelectMany(starts => starts.Seconds));
        }

        report.Plot.Add(Panel.Lines(
            "Start-up by events in the log", "events", "s to the first 200",
            all.GroupBy(starts => (starts.Store, IsCrash: starts.After == Killed)).Select(group => new Curve(
                $"{group.Key.Store}, {(group.Key.IsCrash ? "after kill -9" : "after SIGTERM or new")}",
                [.. group.Select(starts => ($"{starts.Events:N0}", Statistics.Median(starts.Seconds)))]))));
    }

    /// <summary>Starts of a service with a log of this size.</summary>
    private static async Task<IReadOnlyList<Starts>> Measure(Bench bench, LogKind store, int events)
    {
        if (events == 0)
        {
            return [new Starts(store, 0, "nothing: a new log", await MeasureNew(bench, store))];
        }

        var service = await PreparedLogs.Get(bench, store, events);
        var (clean, crashed) = (new List<double>(), new List<double>());
        await Start(bench, service); // once for the page cache
        for (var run = 0; run < bench.Options.Runs; run++)
        {
            await service.Terminate();
            clean.Add(await Start(bench, service));
            await Crash(bench, service);
            crashed.Add(await Start(bench, service));
        }

        await service.Terminate();
        Bench.Say(
            $"  {store}, {events:N0} events: {Statistics.Spread(clean, "0.00")} s, {Statistics.Spread(crashed, "0.00")} s after a crash");
        return [new Starts(store, events, Terminated, clean), new Starts(store, events, Killed, crashed)];
    }

    private static async Task<IReadOnlyList<double>> MeasureNew(Bench bench, LogKind store)
    {
        var seconds = new List<double>();
        for (var run = 0; run <= bench.Options.Runs; run++)
        {
            var service = await bench.Prepare(new ServiceSetup(store));
            seconds.Add(await Start(bench, service));
            bench.End(service);
        }

        seconds.RemoveAt(0); // it read the program into the page cache
        Bench.Say($"  {store}, new log: {Statistics.Spread(seconds, "0.00")} s");
        return seconds;
    }

    private static async Task<double> Start(Bench bench, Service service)
    {
        var logout = bench.NewUsers(1).Logouts(mode: 1);
        var begin = Stopwatch.GetTimestamp();
        var node = service.StartNode();
        return (await FirstAnswer.After(begin, node.PublicPort, logout[0].ToArray())).TotalSeconds;
    }

    private static async Task Crash(Bench bench, Service service)
    {
        var logouts = bench.NewUsers(bench.Options.Size(2_000, 500)).Logouts(mode: 1);
        await new Runner(bench).SendAll(service.Public, logouts, ExpectedAnswer.Success);
        service.Kill();
    }

    private async Task<IReadOnlyList<double>> MeasureCeiling()
    {
        var logout = bench.NewUsers(1).Logouts(mode: 1);
        var seconds = new List<double>();
        for (var run = 0; run < options.Runs; run++)
        {
            var begin = Stopwatch.GetTimestamp();
            var ceiling = bench.StartCeiling();
            seconds.Add((await FirstAnswer.After(begin, ceiling.PublicPort, logout[0].ToArray())).TotalSeconds);
            bench.End(ceiling);
        }

        return seconds;
    }
}
