// Single runs: load on one endpoint, and what it cost there.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>One run of one case.</summary>
/// <param name="Case">The case.</param>
/// <param name="Load">How many answers in which time.</param>
/// <param name="Server">What the processes under load spent.</param>
/// <param name="Database">What the database server spent.</param>
/// <param name="Sender">What this process spent.</param>
/// <param name="Flushes">Flushes of the disk meanwhile.</param>
internal sealed record Measurement(string Case, LoadResult Load, Costs Server, TimeSpan Database, Costs Sender, long? Flushes)
{
    /// <summary>The ceiling's run just before; null for the ceiling itself and where none was made.</summary>
    public Measurement? Ceiling { get; init; }

    /// <summary>Events that were found in the log.</summary>
    public int Events { get; init; }

    /// <summary>The processor time of server, database and sender together.</summary>
    public TimeSpan Processor => Server.Processor + Database + Sender.Processor;

    /// <summary>The processor time of one request, in microseconds.</summary>
    public double Microseconds => Processor.TotalMicroseconds / Load.Answered;

    public double? Ratio => Load.PerSecond / Ceiling?.Load.PerSecond;
}

/// <summary>An open-loop run.</summary>
internal sealed record Paced(string Case, double Asked, Latencies Latencies);

/// <summary>Runs load and keeps what was measured.</summary>
internal sealed class Runner(Bench bench)
{
    public const string Ceiling = "ceiling";
    public const string CeilingOfIntrospection = "ceiling of introspection";

    /// <summary>How long everything is left alone before a run.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(300);

    // More than are answered in one run of the shorter cases.
    private const int UsersOfARun = 40_000;

    /// <summary>Keep-alive connections of each run.</summary>
    public int Connections { get; init; } = bench.Options.Connections;

    /// <summary>Everything that was measured since this was last emptied.</summary>
    public List<Measurement> Measurements { get; } = [];

    /// <summary>The ceiling first, then the case: with the same requests, one right after the other.</summary>
    public async Task<Measurement> Pair(
        string name, bool isPublic, Endpoint endpoint, RequestBook book, ExpectedAnswer expected, TimeSpan time, bool again)
    {
        var ceilingAt = await bench.CeilingAt(isPublic);
        var ceiling = await Closed(isPublic ? Ceiling : CeilingOfIntrospection, ceilingAt, book, expected, time, again: true);
        var measured = await Closed(name, endpoint, book, expected, time, again);
        return Measurements[^1] = measured with { Ceiling = ceiling };
    }

    /// <summary>The ceiling, then the logouts of users who have just signed in; each 200 is looked up in the log.</summary>
    public async Task<Measurement> PairOfLogouts(string name, Service service, Endpoint endpoint)
    {
        var users = bench.NewUsers(Math.Min(bench.Options.Users, UsersOfARun));
        await SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
        var end = service.Log.End();
        var measured = await Pair(
            name, isPublic: true, endpoint, users.Logouts(mode: 1), ExpectedAnswer.Success, bench.Options.Time, again: false);
        service.Log.Verify(end, "session-signed-out.v1", measured.Load.Indexes.Select(users.StreamOf));
        return measured;
    }

    /// <summary>A closed-loop run.</summary>
    public async Task<Measurement> Closed(
        string name, Endpoint endpoint, RequestBook book, ExpectedAnswer expected, TimeSpan time, bool again, bool isPinned = true)
    {
        await Task.Delay(Settling, TimeProvider.System);
        using var generator = new LoadGenerator(endpoint.Ports, Connections, expected) { IsPinned = isPinned };
        var (server, database, sender, flushes) =
            (endpoint.Costs(), endpoint.Database(), Costs.Of(Environment.ProcessId), bench.Disk.Flushes());
        var load = generator.Saturate(book, time, again);
        var measured = new Measurement(
            name, load, endpoint.Costs().Since(server), endpoint.Database() - database,
            Costs.Of(Environment.ProcessId).Since(sender), bench.Disk.Flushes() - flushes);
        Measurements.Add(measured);
        Bench.Say($"  {name,-40} {load.PerSecond,9:N0}/s");
        return measured;
    }

    /// <summary>Sends a whole book and keeps no figures of it.</summary>
    public async Task SendAll(Endpoint endpoint, RequestBook book, ExpectedAnswer expected)
    {
        await Closed($"({book.Count:N0} requests to prepare)", endpoint, book, expected, TimeSpan.MaxValue, again: false);
        Measurements.RemoveAt(Measurements.Count - 1);
    }

    /// <summary>An open-loop run.</summary>
    public async Task<Paced> Open(string name, Endpoint endpoint, RequestBook book, ExpectedAnswer expected, double rate, TimeSpan time)
    {
        await Task.Delay(Settling, TimeProvider.System);
        using var generator = new LoadGenerator(endpoint.Ports, Connections, expected);
        var latencies = generator.Pace(book, rate, time);
        Bench.Say($"  {name,-40} {rate,9:N0}/s  p50 {latencies.Milliseconds(0.5):0.00} ms  p99 {latencies.Milliseconds(0.99):0.00} ms");
        return new Paced(name, rate, latencies);
    }

    /// <summary>The median rate of a case so far.</summary>
    public double Rate(string name) =>
        Statistics.Median(Measurements.Where(measured => measured.Case == name).Select(measured => measured.Load.PerSecond));
}
