// Large logs take long to make, and several cases want them: each is made once a run.
using BankEzy.Sessions.Benchmarks.Processes;

namespace BankEzy.Sessions.Benchmarks.Logs;

/// <summary>The large logs of a run.</summary>
internal static class PreparedLogs
{
    private static readonly Dictionary<(LogKind Store, int Events), Service> Made = [];

    /// <summary>A service, not running, whose log has at least this many events.</summary>
    public static async Task<Service> Get(Bench bench, LogKind store, int events)
    {
        if (!Made.TryGetValue((store, events), out var service))
        {
            service = await bench.Prepare(new ServiceSetup(store));
            if (events > 0)
            {
                Bench.Say($"  making a log of {events:N0} events in {store}");
                await MadeUpLog.Fill(service, bench.NewUsers(events / 2));
            }

            Made[(store, events)] = service;
        }

        return service;
    }
}
