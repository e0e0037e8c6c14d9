// How long it takes to find one of a million users.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Searches by one kind of question.</summary>
internal sealed record Searches(LogKind Store, string By, Latencies Latencies);

/// <summary>Latencies of searches, of users who are not in memory.</summary>
internal sealed class SearchCase(Bench bench)
{
    private const double PerSecond = 100;
    private static readonly string[] Questions = ["account", "sessionId", "deviceId"];

    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        var all = new List<Searches>();
        foreach (var store in Suite.Stores)
        {
            all.AddRange(await Measure(store));
        }

        report.Section($"Search, {Users:N0} users in the log", $"""
            Users whose one session began and ended, two events each, appended through the store with the keys of its index. After a
            restart of the service, {PerSecond:0} searches a second, each for another user, who is not in memory. Milliseconds from the time
            at which the search was due.
            """);
        report.Table(["store", "by", "searches", "p50", "p99", "worst"], all.Select(one => (string[])[
            $"{one.Store}", one.By, $"{one.Latencies.Count}", .. new[] { 0.5, 0.99, 1 }.Select(quantile =>
                Statistics.Text(one.Latencies.Milliseconds(quantile), "0.0"))]), texts: 2);
        report.Measured(Aims.Search, all.Select(one => one.Latencies.Milliseconds(0.99)));
    }

    private int Users => options.Size(1_000_000, 2_000);

    private async Task<IReadOnlyList<Searches>> Measure(LogKind store)
    {
        var service = await bench.Prepare(new ServiceSetup(store));
        Bench.Say($"  making a log of {Users:N0} users in {store}");
        const int Group = 100_000;
        var groups = new List<MadeUpUsers>();
        for (var made = 0; made < Users; made += Group)
        {
            groups.Add(bench.NewUsers(Math.Min(Group, Users - made)));
            await MadeUpLog.Fill(service, groups[^1]);
        }

        await service.Start();
        var warmUp = bench.NewUsers(200);
        var runner = new Runner(bench);
        await runner.SendAll(service.Management, warmUp.SignIns(mode: 1), ExpectedAnswer.Recorded);
        await runner.SendAll(service.Management, warmUp.Searches("sessionId"), ExpectedAnswer.Found);
        var all = new List<Searches>();
        foreach (var by in Questions)
        {
            // Of the users in the middle of the log: neither those that were appended last nor those whose pages were read before.
            var paced = await runner.Open(
                $"search by {by}, {store}", service.Management, groups[groups.Count / 2].Searches(by), ExpectedAnswer.Found, PerSecond,
                options.Time * 5);
            all.Add(new Searches(store, by, paced.Latencies));
        }

        bench.End(service);
        return all;
    }
}
