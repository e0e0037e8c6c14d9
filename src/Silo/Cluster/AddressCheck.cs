// A silo takes the place of one that had its address and port: that is how one that is started again gets rid of its own past. So a second
// silo with the address of a living one would end the first. Here it does not start.
namespace BankEzy.Sessions.Silo.Cluster;

/// <summary>Refuses the start of a silo whose address belongs to a living one. Registered before Orleans' own service.</summary>
/// <param name="table">The cluster's table.</param>
/// <param name="local">This silo.</param>
internal sealed class AddressCheck(IMembershipTable table, ILocalSiloDetails local) : IHostedService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Returns when no silo of the table has this address, or none of them has written a heartbeat for so long that it counts as
    /// dead.</summary>
    /// <exception cref="IOException">A silo has, and it lives.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, cancellationToken);
        var first = await FindNamesakes(cancellationToken);
        var begin = TimeProvider.System.GetTimestamp();
        for (var now = first; now.Count > 0 && TimeProvider.System.GetElapsedTime(begin) < JoinAfterFullStop.Stale;
            now = await FindNamesakes(cancellationToken))
        {
            if (now.Any(silo => silo.Value > first.GetValueOrDefault(silo.Key, silo.Value)))
            {
                throw new IOException(
                    $"Sessions__Cluster__Address and Sessions__Cluster__SiloPort: {local.SiloAddress.Endpoint} belongs to a living silo of "
                    + $"cluster {local.ClusterId}. Set the address by which other nodes reach this one, or another port.");
            }

            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task<Dictionary<SiloAddress, DateTime>> FindNamesakes(CancellationToken cancellation)
    {
        var rows = await table.ReadAllAsync(cancellation);
        return rows.Members.Select(static row => row.Item1)
            .Where(silo => silo.Status != SiloStatus.Dead && silo.SiloAddress.Endpoint.Equals(local.SiloAddress.Endpoint))
            .ToDictionary(static silo => silo.SiloAddress, static silo => silo.IAmAliveTime);
    }
}
