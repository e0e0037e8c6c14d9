// What a user costs who stays in memory of the process.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Resident memory of a node with this many users.</summary>
internal sealed record Residents(string What, int Users, long Bytes);

/// <summary>Memory of resident users.</summary>
internal sealed class MemoryCase(Bench bench)
{
    private readonly List<(LogKind Store, int Users, double Percent)> idle = [];

    public async Task Run(Report report)
    {
        var all = new List<Residents>();
        foreach (var store in Suite.Stores)
        {
            all.AddRange(await Measure(store));
        }

        report.Section("Memory of resident users", """
            Users signed in on 2 devices each and stayed in memory. Resident memory of the process (VmRSS) after full collections, which
            its runtime is asked for from outside; the difference to the row before, by user. The first users are there to warm the
            process up and count for nothing.
            """);
        report.Table(["what", "resident users", "resident memory, MiB", "KiB a user, over the row before"], Differences(all).Select(pair =>
            (string[])[
                pair.Now.What, $"{pair.Now.Users:N0}", Statistics.Text(pair.Now.Bytes / 1048576.0, "0"),
                pair.Before is null ? "" : Statistics.Text(Kibibytes(pair.Before, pair.Now), "0.00")]));
        report.Measured(Aims.Memory, Differences(all).Where(pair => pair.Before is not null && pair.Now.What == nameof(LogKind.Sqlite))
            .Select(pair => Kibibytes(pair.Before!, pair.Now)));
        report.Note(
            "While nobody calls: " + string.Join("; ", idle.Select(
                one => $"{one.Store}, {one.Users:N0} resident users, {Statistics.Text(one.Percent, "0.0")} % of a core")) + ".");
        report.Measured(Aims.Idle, idle.Where(one => one.Store == LogKind.Sqlite).Select(one => one.Percent));
        report.Plot.Add(Panel.Lines("Memory by resident users", "users with 2 devices", "MiB resident", all.GroupBy(one => one.What).Select(
            group => new Curve(group.Key, [.. group.Select(one => ($"{one.Users:N0}", one.Bytes / 1048576.0))]))));
    }

    /// <summary>A node's memory as its users become more.</summary>
    private async Task<IReadOnlyList<Residents>> Measure(LogKind store)
    {
        var service = await bench.Serve(new ServiceSetup(store));
        var runner = new Runner(bench);
        var all = new List<Residents>();
        var users = 0;
        foreach (var more in bench.Options.IsTrial ? [1_000, 1_000] : new[] { 10_000, 50_000, 50_000, 50_000 })
        {
            var group = bench.NewUsers(more);
            await runner.SendAll(service.Management, group.SignIns(mode: 1, device: 0), ExpectedAnswer.Recorded);
            await runner.SendAll(service.Management, group.SignIns(mode: 1, device: 1), ExpectedAnswer.Recorded);
            users += more;
            all.Add(new Residents($"{store}", users, await HeapOf.Resident(service.Nodes[0].Id)));
            Bench.Say($"  {store}, {users:N0} users: {all[^1].Bytes / 1048576.0:0} MiB");
        }

        idle.Add((store, users, await Idle(service.Nodes[0].Id)));
        bench.End(service);
        return all;
    }

    // The first minute after the load still collects garbage and writes snapshots.
    private async Task<double> Idle(int process)
    {
        await Task.Delay(TimeSpan.FromSeconds(bench.Options.Size(60, 1)), TimeProvider.System);
        var (before, began) = (Costs.Of(process), TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(bench.Options.Size(60, 1)), TimeProvider.System);
        var percent = Costs.Of(process).Since(before).Processor / TimeProvider.System.GetElapsedTime(began) * 100;
        Bench.Say($"  idle: {percent:0.0} % of a core");
        return percent;
    }

    /// <summary>Each measurement with the one before it of the same kind.</summary>
    private static IEnumerable<(Residents? Before, Residents Now)> Differences(List<Residents> all) =>
        all.Select((one, i) => (i > 0 && all[i - 1].What == one.What ? all[i - 1] : null, one));

    private static double Kibibytes(Residents before, Residents now) => (now.Bytes - before.Bytes) / 1024.0 / (now.Users - before.Users);
}
