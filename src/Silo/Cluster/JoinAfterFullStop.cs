// The first silo after all others have died at once, as after a power cut. The table still calls them active, and a silo that joins must
// reach everybody who is; nobody is left to declare them dead, and Orleans looks at their age only once. So it is let in when they are old.
using System.Net;
using System.Net.Sockets;

namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Holds up the start of a silo. Registered before Orleans' own service.</summary>
/// <param name="table">The cluster's table.</param>
internal sealed class JoinAfterFullStop(IMembershipTable table) : IHostedService
{
    /// <summary>After this time without a heartbeat a silo counts as old, and its word no longer.</summary>
    public static readonly TimeSpan Stale = MembershipTimings.MissedHeartbeats * MembershipTimings.Heartbeat;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when a silo of the table answers, or when all of them are so old that Orleans buries them itself.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, cancellationToken);
        var end = TimeProvider.System.GetUtcNow() + 3 * Stale; // clocks may differ
        while (true)
        {
            var now = TimeProvider.System.GetUtcNow();
            var rows = await table.ReadAllAsync(cancellationToken);
            var active = rows.Members.Select(row => row.Item1).Where(silo => silo.Status == SiloStatus.Active).ToList();
            if (now > end || active.All(silo => IsOld(silo, now)) || await AnyAnswers(active, cancellationToken))
            {
                return;
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static bool IsOld(MembershipEntry silo, DateTimeOffset now) =>
        now.UtcDateTime - (silo.IAmAliveTime > silo.StartTime ? silo.IAmAliveTime : silo.StartTime) > Stale + Pause;

    private static async Task<bool> AnyAnswers(IEnumerable<MembershipEntry> silos, CancellationToken cancellation) =>
        (await Task.WhenAll(silos.Select(silo => Answers(silo.SiloAddress.Endpoint, cancellation)))).Contains(true);

    private static async Task<bool> Answers(IPEndPoint silo, CancellationToken cancellation)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        enough.CancelAfter(MembershipTimings.Probe);
        using var socket = new Socket(silo.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(silo, enough.Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }
}
