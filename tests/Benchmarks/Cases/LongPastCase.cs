// A user with thousands of past sessions: what a logout costs when the user is not in memory, and when it is.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;
using Microsoft.Data.Sqlite;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Latencies of logouts of users with long pasts.</summary>
internal sealed record LongPast(LogKind Store, int Sessions, Latencies Replayed, Latencies Warm, Latencies FromSnapshot)
{
    /// <summary>How the user stands, after another restart.</summary>
    public required Latencies User { get; init; }

    /// <summary>The newest 50 events.</summary>
    public required Latencies Timeline { get; init; }
}

/// <summary>Replay and snapshots, seen from outside.</summary>
internal sealed class LongPastCase(Bench bench)
{
    private const int Long = 10_000;
    private const int NewestEvents = 50;

    // One after the other: a request must not be due before the one before it is answered.
    private static double PerSecond(int sessions) => sessions < Long ? 20 : 2;

    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        var all = new List<LongPast>();
        foreach (var store in Suite.Stores)
        {
            all.AddRange(await Measure(store));
        }

        report.Section("Users with a long past", """
            Users who have signed in and out so many times (two events each), the last time two days ago. One logout at a time, of a new
            session that the log does not know: the first one replays the user from the log, the next one finds the user in memory, and
            the last one comes after a restart and finds the snapshot that the first one left behind (users with 100 events and more have
            one). Each waits for its own fsync. After another restart the support desk looks: first how the user stands, then the newest
            50 events. Milliseconds, median and worst of the users.
            """);
        static string Times(Latencies latencies) =>
            $"{Statistics.Text(latencies.Milliseconds(0.5), "0.0")} / {Statistics.Text(latencies.Milliseconds(1), "0.0")}";
        report.Table(
            ["store", "past sessions", "users", "replayed from the log", "in memory", "from a snapshot", "support: the user",
                "newest events"],
            all.Select(past => (string[])[
                $"{past.Store}", $"{past.Sessions:N0}", $"{past.Warm.Count}",
                Times(past.Replayed), Times(past.Warm), Times(past.FromSnapshot), Times(past.User), Times(past.Timeline)]));
        report.Measured(Aims.LongPast, all.Where(past => past.Sessions == all.Max(one => one.Sessions))
            .Select(past => past.User.Milliseconds(1) + past.Timeline.Milliseconds(1)));
        report.Plot.Add(Panel.Lines("A logout by the user's past", "past sessions", "ms, median", all
            .GroupBy(past => past.Store).SelectMany(group => new (string Name, Func<LongPast, Latencies> Of)[]
            {
                ("replayed", past => past.Replayed), ("in memory", past => past.Warm), ("from a snapshot", past => past.FromSnapshot),
            }.Select(kind => new Curve(
                $"{group.Key}, {kind.Name}",
                [.. group.Select(past => ($"{past.Sessions:N0}", kind.Of(past).Milliseconds(0.5)))])))));
    }

    private async Task<IReadOnlyList<LongPast>> Measure(LogKind store)
    {
        var service = await bench.Prepare(new ServiceSetup(store));
        var groups = new List<(int Sessions, MadeUpUsers Users)>();
        foreach (var sessions in options.IsTrial ? [1, 100] : new[] { 1, 10, 100, 1_000, Long })
        {
            groups.Add((sessions, bench.NewUsers(options.IsTrial ? 3 : sessions > 1_000 ? 10 : 40)));
            await MadeUpLog.FillPast(service, groups[^1].Users, sessions);
        }

        await service.Start();
        await WarmUp(service);
        var replayed = groups.ConvertAll(group => Logouts(service, group, device: 0));
        var warm = groups.ConvertAll(group => Logouts(service, group, device: 1));
        await service.Restart();
        await WarmUp(service);
        var fromSnapshot = groups.ConvertAll(group => Logouts(service, group, device: 2));
        CheckSnapshots(service, groups.Where(group => group.Sessions >= 100).Sum(group => group.Users.Count));
        await service.Restart();
        await WarmUp(service);
        await new Runner(bench).SendAll(service.Management, bench.NewUsers(200).Looks("user"), ExpectedAnswer.Shown);
        var user = groups.ConvertAll(group => Looks(service, group, group.Users.Looks("user")));
        var timeline = groups.ConvertAll(group =>
            Looks(service, group, group.Users.Looks("timeline", Math.Max(0, (2 * group.Sessions) - NewestEvents))));
        bench.End(service);
        return [.. groups.Select((group, i) => new LongPast(store, group.Sessions, replayed[i], warm[i], fromSnapshot[i])
        {
            User = user[i], Timeline = timeline[i],
        })];
    }

    private async Task WarmUp(Service service)
    {
        var users = bench.NewUsers(options.Size(5_000, 500));
        await new Runner(bench).SendAll(service.Public, users.Logouts(mode: 1), ExpectedAnswer.Success);
    }

    private static Latencies Logouts(Service service, (int Sessions, MadeUpUsers Users) group, int device)
    {
        using var generator = new LoadGenerator(service.Public.Ports, 1, ExpectedAnswer.Success);
        return generator.Pace(group.Users.Logouts(mode: 1, device), PerSecond(group.Sessions), TimeSpan.FromHours(1));
    }

    private static Latencies Looks(Service service, (int Sessions, MadeUpUsers Users) group, RequestBook book)
    {
        using var generator = new LoadGenerator(service.Management.Ports, 1, ExpectedAnswer.Shown);
        return generator.Pace(book, PerSecond(group.Sessions), TimeSpan.FromHours(1));
    }

    // A snapshot is written behind the answer, and may be lost: then the last column would say something else than its head.
    private static void CheckSnapshots(Service service, int expected)
    {
        if (service.Store != LogKind.Sqlite)
        {
            return;
        }

        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = service.LogFile, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM snapshots";
        if ((long)command.ExecuteScalar()! < expected)
        {
            throw new BenchmarkException($"{expected} users should have a snapshot, and {command.ExecuteScalar()} have one.");
        }
    }
}
