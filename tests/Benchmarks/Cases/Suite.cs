// Which case is what, and what it needs.
using System.ComponentModel;
using System.Net.Sockets;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;
using Npgsql;

namespace BankEzy.Sessions.Benchmarks.Cases;

internal static class Suite
{
    private static readonly string[] NeedPostgres = ["postgres", "nodes", "peers", "incident"];

    /// <summary>Runs all cases that were asked for. One that fails is the last; what was measured before it is kept.</summary>
    /// <returns>Whether one failed.</returns>
    public static async Task<bool> RunAll(Bench bench, Report report)
    {
        foreach (var name in bench.Options.Commands)
        {
            Bench.Say($"== {name}");
            var begin = TimeProvider.System.GetTimestamp();
            try
            {
                await Run(name, bench, report);
            }
            catch (Exception failure) when (IsExpected(failure))
            {
                await Console.Error.WriteLineAsync($"{failure.Message}\n{bench.LastWords}");
                LeaveOut(bench, $"{name} and what follows it: it failed.");
                return true;
            }

            Bench.Say($"== {name} took {TimeProvider.System.GetElapsedTime(begin).TotalSeconds:0} s");
        }

        return false;
    }

    /// <summary>Whether it is a failure of what is measured or of what it needs, and not a fault of this program.</summary>
    public static bool IsExpected(Exception failure) =>
        failure is BenchmarkException or SocketException or IOException or NpgsqlException or Win32Exception;

    private static async Task Run(string name, Bench bench, Report report)
    {
        if (NeedPostgres.Contains(name) && !HasPostgres)
        {
            LeaveOut(bench, $"{name}: PostgreSQL is not installed (apt-get install postgresql).");
            return;
        }

        if (!File.Exists(bench.ServiceProgram))
        {
            throw new BenchmarkException($"There is no release build of the service: {bench.ServiceProgram}.");
        }

        await (name switch
        {
            "logout" => new LogoutCase(bench, LogKind.Sqlite).Run(report),
            "postgres" => new LogoutCase(bench, LogKind.Postgres).Run(report),
            "connections" => new ConnectionsCase(bench).Run(report),
            "nodes" => new NodesCase(bench).Run(report),
            "notices" => new NoticesCase(bench).Run(report),
            "startup" => new StartupCase(bench).Run(report),
            "telemetry" => new TelemetryCase(bench).Run(report),
            "memory" => new MemoryCase(bench).Run(report),
            "growth" => new GrowthCase(bench).Run(report),
            "past" => new LongPastCase(bench).Run(report),
            "search" => new SearchCase(bench).Run(report),
            "overload" => new OverloadCase(bench).Run(report),
            "incident" => new IncidentCase(bench).Run(report),
            "peers" => new PeersCase(bench).Run(report),
            "verify" => new VerifyCase(bench).Run(report),
            "durability" => new DurabilityCase(bench).Run(report),
            _ => MicroCase.Run(bench, report),
        });
    }

    /// <summary>The stores that can be measured here.</summary>
    public static IReadOnlyList<LogKind> Stores => HasPostgres ? [LogKind.Sqlite, LogKind.Postgres] : [LogKind.Sqlite];

    /// <summary>Says that something was not measured.</summary>
    public static void LeaveOut(Bench bench, string why)
    {
        bench.LeftOut.Add(why);
        Bench.Say($"left out: {why}");
    }

    private static bool HasPostgres => PostgresServer.FindBinaries() is not null;
}
