// Memory of another .NET process, without its garbage: it is asked to collect first, over the runtime's own diagnostic port.
using System.Diagnostics.Tracing;
using Microsoft.Diagnostics.NETCore.Client;

namespace BankEzy.Sessions.Benchmarks.Processes;

internal static class HeapOf
{
    private const long CollectKeyword = 0x800000; // GCHeapCollect: a full, blocking collection when the session starts
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>The memory that a process has in use after full collections, in bytes.</summary>
    public static async Task<long> Resident(int process)
    {
        for (var i = 0; i < 2; i++) // the second one gives back what the first one has freed
        {
            await Collect(process);
            await Task.Delay(Settling, TimeProvider.System);
        }

        return Costs.ResidentBytes(process);
    }

    private static async Task Collect(int process)
    {
        var provider = new EventPipeProvider("Microsoft-Windows-DotNETRuntime", EventLevel.Informational, CollectKeyword);
        using var session = await new DiagnosticsClient(process)
            .StartEventPipeSessionAsync([provider], requestRundown: false, token: CancellationToken.None);
        var reading = session.EventStream.CopyToAsync(Stream.Null);
        await session.StopAsync(CancellationToken.None);
        await reading;
    }
}
