// The load run: every case beside a run of the ceiling just before it, several rounds, then latencies at half of the rate.
using BankEzy.Sessions.Benchmarks.Load;

namespace BankEzy.Sessions.Benchmarks;

/// <summary>One run of one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Load">How many answers in which time.</param>
/// <param name="Server">What the server's process spent.</param>
/// <param name="Sender">What this process spent.</param>
/// <param name="Flushes">Flushes of the disk meanwhile.</param>
internal sealed record Measurement(string Case, LoadResult Load, Costs Server, Costs Sender, long? Flushes)
{
    /// <summary>The ceiling's run just before; null for the ceiling itself and where none was made.</summary>
    public Measurement? Ceiling { get; init; }

    /// <summary>Events that were found in the log.</summary>
    public int Events { get; init; }

    /// <summary>The processor time of one request, of server and sender together.</summary>
    public double Microseconds => (Server.Processor + Sender.Processor).TotalMicroseconds / Load.Answered;

    public double? Ratio => Ceiling is null ? null : Load.PerSecond / Ceiling.Load.PerSecond;
}

/// <summary>An open-loop run.</summary>
internal sealed record Paced(string Case, double Asked, Latencies Latencies);

/// <summary>All that was measured.</summary>
internal sealed record LoadResults(IReadOnlyList<Measurement> Measurements, IReadOnlyList<Paced> Paced);

/// <summary>Measures logouts and what belongs to them.</summary>
internal sealed class LogoutBenchmark(Options options, Stage stage, Secrets secrets)
{
    public const string Ceiling = "ceiling";
    public const string CeilingOfIntrospection = "ceiling of introspection";
    public const string SignIn = "sign-in report";
    public const string Introspection = "introspection";
    public const string Logout = "logout";
    public const string Cold = "logout, user not in memory";
    public const string Repeat = "repeated logout";
    public const string Adopted = "logout of an unknown session";
    public const string DeviceLogout = "logout of a device (mode 2)";

    private const double WarmUpRate = 30_000;
    private const int PacedRuns = 2; // as long as this many measurements
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan WarmUpMax = TimeSpan.FromSeconds(2);
    private static readonly ExpectedAnswer Success = new(200, CeilingServer.LogoutAnswer);
    private static readonly ExpectedAnswer Active = new(200, """{"active":true,""");
    private static readonly ExpectedAnswer Recorded = new(201, """{"sessionId":""");

    private readonly LogCheck log = new(stage.LogFile);
    private readonly Disk disk = Disk.Under(options.Disk);
    private readonly DateTimeOffset issuedAt = TimeProvider.System.GetUtcNow();
    private readonly List<Measurement> measurements = [];
    private TimeSpan time = options.Time < WarmUpMax ? options.Time : WarmUpMax;
    private long usersMade;

    /// <summary>Runs all of it.</summary>
    public async Task<LoadResults> Run()
    {
        Say("warm-up");
        await Round();
        var rate = Rate(Logout);
        measurements.Clear();
        time = options.Time;
        for (var round = 1; round <= options.Runs; round++)
        {
            Say($"round {round} of {options.Runs}");
            await Round(rate);
            rate = Rate(Logout);
        }

        await ColdRounds(rate);
        Say("latencies");
        return new LoadResults(measurements, await Paces());
    }

    private async Task Round(double? rate = null)
    {
        var users = NewUsers(rate);
        await Closed(SignIn, stage.Service, isPublic: false, users.SignIns(mode: 1), Recorded, TimeSpan.MaxValue);
        await Pair(Introspection, isPublic: false, users.Introspections(), Active, again: true);
        var logouts = users.Logouts(mode: 1);
        var done = await Verified(Logout, logouts, users, "session-signed-out.v1");
        await Repeated(logouts.First(done));

        users = NewUsers(rate);
        await Verified(Adopted, users.Logouts(mode: 1), users, "session-signed-out.v1");

        users = NewUsers(rate);
        await Closed(SignIn, stage.Service, isPublic: false, users.SignIns(mode: 2), Recorded, TimeSpan.MaxValue);
        await Verified(DeviceLogout, users.Logouts(mode: 2), users, "device-signed-out.v1");
    }

    // Users whom the log knows and this process does not: they signed in before it was started.
    private async Task ColdRounds(double rate)
    {
        Say("users not in memory");
        var groups = Enumerable.Range(0, options.Runs + 1).Select(_ => NewUsers(rate)).ToList();
        foreach (var users in groups)
        {
            await Closed(SignIn, stage.Service, isPublic: false, users.SignIns(mode: 1), Recorded, TimeSpan.MaxValue);
            measurements.RemoveAt(measurements.Count - 1);
        }

        await stage.RestartService();
        var measured = measurements.Count;
        await Verified(Cold, groups[0].Logouts(mode: 1), groups[0], "session-signed-out.v1");
        measurements.RemoveRange(measured, measurements.Count - measured); // the new process was not warm yet
        foreach (var users in groups.Skip(1))
        {
            await Verified(Cold, users.Logouts(mode: 1), users, "session-signed-out.v1");
        }
    }

    private async Task<int> Verified(string name, RequestBook book, MadeUpUsers users, string fact)
    {
        var before = log.End();
        var measured = await Pair(name, isPublic: true, book, Success, again: false);
        measurements[^1] = measured with { Events = log.Verify(before, fact, users, measured.Load.Answered) };
        return measured.Load.Answered;
    }

    private async Task Repeated(RequestBook book)
    {
        var before = log.End();
        await Pair(Repeat, isPublic: true, book, Success, again: true);
        if (log.End() != before)
        {
            throw new BenchmarkException($"Repeated logouts wrote {log.End() - before} events.");
        }
    }

    // The ceiling first, then the case: with the same requests, one right after the other.
    private async Task<Measurement> Pair(string name, bool isPublic, RequestBook book, ExpectedAnswer expected, bool again)
    {
        var ceiling = await Closed(isPublic ? Ceiling : CeilingOfIntrospection, stage.Ceiling, isPublic, book, expected, time, again: true);
        var measured = await Closed(name, stage.Service, isPublic, book, expected, time, again);
        return measurements[^1] = measured with { Ceiling = ceiling };
    }

    private async Task<Measurement> Closed(
        string name, Target target, bool isPublic, RequestBook book, ExpectedAnswer expected, TimeSpan atMost, bool again = false)
    {
        await Task.Delay(Settling, TimeProvider.System);
        using var generator = new LoadGenerator(isPublic ? target.PublicPort : target.ManagementPort, options.Connections, expected);
        var (server, sender, flushes) = (Costs.Of(target.Id), Costs.Of(Environment.ProcessId), disk.Flushes());
        var load = generator.Saturate(book, atMost, again);
        var measured = new Measurement(
            name, load, Costs.Of(target.Id).Since(server), Costs.Of(Environment.ProcessId).Since(sender), disk.Flushes() - flushes);
        measurements.Add(measured);
        Say($"  {name,-28} {load.PerSecond,9:N0}/s");
        return measured;
    }

    private async Task<IReadOnlyList<Paced>> Paces()
    {
        var rate = Rate(Logout) / 2;
        var introspectionRate = Rate(Introspection) / 2;
        var users = NewUsers(rate * PacedRuns);
        await Closed(SignIn, stage.Service, isPublic: false, users.SignIns(mode: 1), Recorded, TimeSpan.MaxValue);
        measurements.RemoveAt(measurements.Count - 1);
        var introspections = users.Introspections();
        var logouts = users.Logouts(mode: 1);
        var before = log.End();
        var paced = new[]
        {
            await Open(CeilingOfIntrospection, stage.Ceiling.ManagementPort, introspections, Active, introspectionRate),
            await Open(Introspection, stage.Service.ManagementPort, introspections, Active, introspectionRate),
            await Open(Ceiling, stage.Ceiling.PublicPort, logouts, Success, rate),
            await Open(Logout, stage.Service.PublicPort, logouts, Success, rate),
        };
        log.Verify(before, "session-signed-out.v1", users, paced[^1].Latencies.Count);
        return paced;
    }

    private async Task<Paced> Open(string name, int port, RequestBook book, ExpectedAnswer expected, double rate)
    {
        await Task.Delay(Settling, TimeProvider.System);
        using var generator = new LoadGenerator(port, options.Connections, expected);
        var latencies = generator.Pace(book, rate, time * PacedRuns);
        Say($"  {name,-28} {rate,9:N0}/s  p50 {latencies.Milliseconds(0.5):0.00} ms  p99 {latencies.Milliseconds(0.99):0.00} ms");
        return new Paced(name, rate, latencies);
    }

    // Half as many more than the last round needed: a run that has no user left ends early.
    private MadeUpUsers NewUsers(double? rate)
    {
        var count = Math.Min(options.Users, (int)((rate ?? WarmUpRate) * time.TotalSeconds * 1.5) + options.Connections);
        var users = new MadeUpUsers(secrets, usersMade, count, issuedAt);
        usersMade += count;
        return users;
    }

    private double Rate(string name) =>
        Statistics.Median(measurements.Where(measured => measured.Case == name).Select(measured => measured.Load.PerSecond));

    private static void Say(string text) => Console.WriteLine(text);
}

internal static class Statistics
{
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
