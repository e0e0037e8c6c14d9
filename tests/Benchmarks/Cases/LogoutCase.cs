// The load run: every case beside a run of the ceiling just before it, several rounds, then latencies at half of the rate.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Measures logouts and what belongs to them, on one node.</summary>
internal sealed class LogoutCase(Bench bench, LogKind store)
{
    public const string SignIn = "sign-in report";
    public const string Introspection = "introspection";
    public const string Logout = "logout";
    public const string Cold = "logout, user not in memory";
    public const string Repeat = "repeated logout";
    public const string Adopted = "logout of an unknown session";
    public const string DeviceLogout = "logout of a device (mode 2)";
    public const string Unpinned = "ceiling, sender on any processor";

    private const double WarmUpRate = 30_000;
    private static readonly TimeSpan WarmUpMax = TimeSpan.FromSeconds(2);

    private readonly Options options = bench.Options;
    private readonly Runner runner = new(bench);
    private readonly List<Paced> paced = [];
    private Service service = null!;
    private TimeSpan time;

    /// <summary>Runs all of it.</summary>
    public async Task Run(Report report)
    {
        service = await bench.Serve(new ServiceSetup(store));
        Bench.Say("warm-up");
        time = options.Time < WarmUpMax ? options.Time : WarmUpMax;
        await Round(WarmUpRate);
        var rate = runner.Rate(Logout);
        runner.Measurements.Clear();
        time = options.Time;
        for (var round = 1; round <= options.Runs; round++)
        {
            Bench.Say($"round {round} of {options.Runs}");
            await Round(rate);
            rate = runner.Rate(Logout);
        }

        await ColdRounds(rate);
        Bench.Say("latencies at half of the rate");
        for (var round = 1; round <= options.FewRuns; round++)
        {
            await Pace(rate / 2, runner.Rate(Introspection) / 2);
        }

        bench.End(service);
        LogoutTables.Add(report, store, options, runner.Measurements, paced);
    }

    private async Task Round(double rate)
    {
        var users = NewUsers(rate);
        await runner.Closed(SignIn, service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded, TimeSpan.MaxValue, again: false);
        var introspections = users.Introspections();
        await runner.Pair(
            Introspection, isPublic: false, service.Management, introspections, ExpectedAnswer.Active, time, again: true);
        var logouts = users.Logouts(mode: 1);
        await runner.Closed(
            Unpinned, await bench.CeilingAt(isPublic: true), logouts, ExpectedAnswer.Success, time / 2, again: true, isPinned: false);
        var done = await Verified(Logout, logouts, users, "session-signed-out.v1");
        await Repeated(logouts.First(done));

        users = NewUsers(rate);
        await Verified(Adopted, users.Logouts(mode: 1), users, "session-signed-out.v1");

        users = NewUsers(rate);
        await runner.Closed(SignIn, service.Management, users.SignIns(mode: 2), ExpectedAnswer.Recorded, TimeSpan.MaxValue, again: false);
        await Verified(DeviceLogout, users.Logouts(mode: 2), users, "device-signed-out.v1");
    }

    // Users whom the log knows and this process does not: they signed in before it was started.
    private async Task ColdRounds(double rate)
    {
        Bench.Say("users not in memory");
        var groups = Enumerable.Range(0, options.FewRuns + 1).Select(_ => NewUsers(rate)).ToList();
        foreach (var users in groups)
        {
            await runner.SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
        }

        await service.Restart();
        var measured = runner.Measurements.Count;
        await Verified(Cold, groups[0].Logouts(mode: 1), groups[0], "session-signed-out.v1");
        runner.Measurements.RemoveRange(measured, runner.Measurements.Count - measured); // the new process was not warm yet
        foreach (var users in groups.Skip(1))
        {
            await Verified(Cold, users.Logouts(mode: 1), users, "session-signed-out.v1");
        }
    }

    private async Task<int> Verified(string name, RequestBook book, MadeUpUsers users, string fact)
    {
        var end = service.Log.End();
        var measured = await runner.Pair(name, isPublic: true, service.Public, book, ExpectedAnswer.Success, time, again: false);
        var events = service.Log.Verify(end, fact, measured.Load.Indexes.Select(users.StreamOf));
        runner.Measurements[^1] = measured with { Events = events };
        return measured.Load.Answered;
    }

    private async Task Repeated(RequestBook book)
    {
        var end = service.Log.End();
        await runner.Pair(Repeat, isPublic: true, service.Public, book, ExpectedAnswer.Success, time, again: true);
        if (service.Log.End() != end)
        {
            throw new BenchmarkException("Repeated logouts wrote events.");
        }
    }

    private async Task Pace(double rate, double introspectionRate)
    {
        var users = NewUsers(rate);
        await runner.SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
        var introspections = users.Introspections();
        paced.Add(await runner.Open(
            Runner.CeilingOfIntrospection, await bench.CeilingAt(isPublic: false), introspections, ExpectedAnswer.Active,
            introspectionRate, time));
        paced.Add(await runner.Open(
            Introspection, service.Management, introspections, ExpectedAnswer.Active, introspectionRate, time));
        var logouts = users.Logouts(mode: 1);
        paced.Add(await runner.Open(
            Runner.Ceiling, await bench.CeilingAt(isPublic: true), logouts, ExpectedAnswer.Success, rate, time));
        var end = service.Log.End();
        paced.Add(await runner.Open(Logout, service.Public, logouts, ExpectedAnswer.Success, rate, time));
        service.Log.Verify(end, "session-signed-out.v1", Enumerable.Range(0, paced[^1].Latencies.Count).Select(users.StreamOf));
    }

    // Half as many more than the last round needed: a run that has no user left ends early.
    private MadeUpUsers NewUsers(double rate) =>
        bench.NewUsers(Math.Min(options.Users, (int)(rate * time.TotalSeconds * 1.5) + options.Connections));
}
