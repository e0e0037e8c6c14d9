// What a run can be set to on its command line.
using System.Globalization;

namespace BankEzy.Sessions.Benchmarks;

/// <summary>The settings of a run. A results page names those that it was measured with.</summary>
internal sealed record Options
{
    public const string Usage = """
        dotnet run -c Release --project tests/Benchmarks -- <case>… [options]
          logout             logouts and introspection beside the ceiling, SQLite
          postgres           the same on PostgreSQL
          connections        logouts over 16 to 4,000 connections
          nodes              1, 2 and 3 nodes on one PostgreSQL
          notices            how soon phones hear of a sign-out, by connected phones and across nodes
          startup            from the start of the process to its first 200, by events in the log
          memory             of resident users, and what they cost while nobody calls
          telemetry          logouts with metrics and traces off and on
          growth             bytes of an event, rate by events in the log
          past               users with up to 10,000 past sessions: their next logout, and the support desk's look
          search             users found by session, device and account, by users in the log
          overload           one to three times of what the service can do
          incident           how soon 10,000 and 1,000,000 sessions are refused on three nodes
          peers              other sign-outs on the same PostgreSQL
          verify             sessions verify over a log of 10^6 events
          durability         system calls: an fsync before each 200
          micro              single steps (BenchmarkDotNet, in this process)
          all                everything
          --runs <n>         how often each case is measured (5)
          --seconds <s>      how long one measurement takes (3)
          --connections <n>  keep-alive connections (256)
          --users <n>        users prepared for one measurement at most (200000); one that runs out of them ends early
          --disk <folder>    where the logs are, in a folder of their own (the temporary folder)
          --trial            seconds for each case: shows that it runs, writes no results file
        """;

    private static readonly string[] Cases =
    [
        "durability", "logout", "postgres", "connections", "nodes", "notices", "startup", "memory", "growth", "past", "search", "overload",
        "incident", "telemetry", "peers", "verify", "micro",
    ];

    /// <summary>The cases to run, in the order in which they are run.</summary>
    public IReadOnlyList<string> Commands { get; private init; } = [];

    public bool IsAll { get; private init; }

    /// <summary>The command line as it was given.</summary>
    public string Arguments { get; private init; } = "";

    public int Runs { get; private init; } = 5;

    /// <summary>How often the cases beside the main ones are measured.</summary>
    public int FewRuns => Math.Min(Runs, 3);

    public TimeSpan Time { get; private init; } = TimeSpan.FromSeconds(3);

    public int Connections { get; private init; } = 256;

    public int Users { get; private init; } = 200_000;

    public string Disk { get; private init; } = Path.GetTempPath();

    public bool IsTrial { get; private init; }

    /// <summary>A size, or the one of a trial.</summary>
    public int Size(int full, int trial) => IsTrial ? trial : full;

    /// <summary>Reads the command line; null when it cannot be understood.</summary>
    public static Options? Read(string[] args)
    {
        var names = args.TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToList();
        if (names.Count == 0 || names.Exists(name => name != "all" && !Cases.Contains(name)))
        {
            return null;
        }

        var isAll = names.Contains("all");
        var options = new Options
        {
            Commands = [.. Cases.Where(name => isAll || names.Contains(name))], IsAll = isAll, Arguments = string.Join(' ', args),
        };
        for (var i = names.Count; i < args.Length; i++)
        {
            if (args[i] == "--trial")
            {
                options = options with { IsTrial = true, Runs = 1, Time = TimeSpan.FromSeconds(0.5), Users = 5_000 };
            }
            else if (i + 1 == args.Length || options.With(args[i], args[++i]) is not { } changed)
            {
                return null;
            }
            else
            {
                options = changed;
            }
        }

        return options;
    }

    private Options? With(string name, string text)
    {
        if (name == "--disk")
        {
            return this with { Disk = Path.GetFullPath(text) };
        }

        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number < 1)
        {
            return null;
        }

        return name switch
        {
            "--runs" => this with { Runs = number },
            "--seconds" => this with { Time = TimeSpan.FromSeconds(number) },
            "--connections" => this with { Connections = number },
            "--users" => this with { Users = number },
            _ => null,
        };
    }
}
