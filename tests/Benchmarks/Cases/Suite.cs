// Which case is what, and what it needs.
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

internal static class Suite
{
    private static readonly string[] NeedPostgres = ["postgres", "nodes", "peers"];

    /// <summary>Runs a case, or says why it is left out.</summary>
    public static async Task Run(string name, Bench bench, Report report)
    {
        if (NeedPostgres.Contains(name) && !HasPostgres)
        {
            LeaveOut(bench, $"{name}: PostgreSQL is not installed (apt-get install postgresql).");
            return;
        }

        var engine = bench.Options.Engine;
        if (!File.Exists(bench.ServiceProgram(engine)))
        {
            throw new BenchmarkException($"There is no build of the service with the engine {engine}: {bench.ServiceProgram(engine)}.");
        }

        await (name switch
        {
            "logout" => new LogoutCase(bench, LogKind.Sqlite, engine).Run(report),
            "postgres" => new LogoutCase(bench, LogKind.Postgres, engine).Run(report),
            "nodes" => new NodesCase(bench).Run(report),
            "notices" => new NoticesCase(bench).Run(report),
            "startup" => new StartupCase(bench).Run(report),
            "memory" => new MemoryCase(bench).Run(report),
            "growth" => new GrowthCase(bench).Run(report),
            "overload" => new OverloadCase(bench).Run(report),
            "peers" => new PeersCase(bench).Run(report),
            "durability" => new DurabilityCase(bench).Run(report),
            "engines" => new EnginesCase(bench).Run(report),
            "micro" => MicroCase.Run(bench, report),
            _ => PartsCase.Run(bench, report),
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
