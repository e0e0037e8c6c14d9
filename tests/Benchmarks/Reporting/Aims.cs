// What the product wants to reach, as ratios within one run on one machine, with fsync on.
namespace BankEzy.Sessions.Benchmarks.Reporting;

/// <summary>A goal.</summary>
/// <param name="What">What is measured.</param>
/// <param name="Goal">The limit, for people.</param>
/// <param name="Limit">The limit.</param>
/// <param name="IsAtLeast">Whether more is better.</param>
/// <param name="Format">How the measured value is written.</param>
internal sealed record Aim(string What, string Goal, double Limit, bool IsAtLeast, string Format)
{
    /// <summary>Whether the worst value must meet it, and not the median.</summary>
    public bool HoldsAlways { get; init; }

    public bool IsMetBy(IReadOnlyCollection<double> values)
    {
        var value = !HoldsAlways ? Statistics.Median(values) : IsAtLeast ? values.Min() : values.Max();
        return IsAtLeast ? value >= Limit : value <= Limit;
    }
}

/// <summary>The goals. The ceiling is a bare Kestrel endpoint that reads the same request and returns the same bytes.</summary>
internal static class Aims
{
    public static readonly Aim Logout =
        new("durable logouts, SQLite, distinct users, warm", "≥ 0.42 of the ceiling", 0.42, true, "0.00");

    public static readonly Aim LogoutOnPostgres =
        new("the same on PostgreSQL on the same machine", "≥ 0.30 of the ceiling", 0.30, true, "0.00");

    public static readonly Aim Introspection = new("introspection", "≥ 0.80 of the ceiling", 0.80, true, "0.00");

    public static readonly Aim Cold =
        new("logouts of users not in memory, SQLite", "≥ 0.50 of the warm rate", 0.50, true, "0.00");

    public static readonly Aim Latency =
        new("logout at half of the saturation rate, SQLite, p99", "≤ 10 ms", 10, false, "0.0 ms");

    public static readonly Aim NoticeElsewhere =
        new("notice on another node, p99", "≤ 100 ms after the 200", 100, false, "0.0 ms");

    public static readonly Aim FirstAnswer = new("first 200 after the start, empty log", "≤ 1.5 s", 1.5, false, "0.00 s");

    public static readonly Aim FirstAnswerOfMillion = new("first 200 after the start, 1,000,000 events", "≤ 2 s", 2, false, "0.00 s");

    public static readonly Aim Memory = new("memory of a resident user with 2 devices", "≤ 3 KiB", 3, false, "0.00 KiB");

    public static readonly Aim Idle = new("160,000 resident users, nobody calls, SQLite", "≤ 3 % of a core", 3, false, "0.0 '%'");

    public static readonly Aim Telemetry =
        new("metrics, sent, of a durable logout's processor time", "≤ 3 % more", 3, false, "0.0 '%'");

    public static readonly Aim Search =
        new("search, 1,000,000 users in the log, p99", "≤ 100 ms", 100, false, "0.0 ms") { HoldsAlways = true };

    public static readonly Aim LongPast =
        new("a user's first page with 10,000 past sessions, worst", "≤ 100 ms", 100, false, "0.0 ms") { HoldsAlways = true };

    public static readonly Aim Overload =
        new("logouts/s, offered 1 to 3 times of what can be done", "≥ 0.90 of the peak, always", 0.90, true, "0.00") { HoldsAlways = true };

    public static readonly Aim Verify = new("sessions verify, SQLite, events/s", "≥ 200,000", 200_000, true, "0");

    public static readonly IReadOnlyList<Aim> All =
    [
        Logout, LogoutOnPostgres, Introspection, Cold, Latency, NoticeElsewhere, FirstAnswer, FirstAnswerOfMillion, Memory, Idle,
        Telemetry, Search, LongPast, Overload, Verify,
    ];
}
