// The statements of the cluster's tables, through Orleans' own table: what silos rely on when they join, watch each other and leave.
using System.Net;
using BankEzy.Sessions.Tests.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Runtime.Membership;
using Orleans.Runtime.MembershipService;

namespace BankEzy.Sessions.Tests.Cluster;

[Collection(PostgresCollection.Name)]
public sealed class MembershipTableTests : IDisposable
{
    private static readonly DateTime Now = new(2026, 11, 26, 9, 0, 0, 123, DateTimeKind.Utc);

    private readonly PostgresLogs _log;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public MembershipTableTests(PostgresServer server)
    {
        _log = new PostgresLogs(server);
        _log.Open(); // makes the tables
    }

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task A_silo_that_joins_is_read_as_it_was_written_and_raises_the_version()
    {
        var table = await Table();
        Assert.Empty((await table.ReadAllAsync(Stop)).Members);
        var silo = Silo(1);
        Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync(Stop)).Version.Next(), Stop));
        foreach (var read in (MembershipTableData[])[await table.ReadAllAsync(Stop), await table.ReadRowAsync(silo.SiloAddress, Stop)])
        {
            var row = Assert.Single(read.Members).Item1;
            Assert.Equal(1, read.Version.Version);
            Assert.Equal(
                (silo.SiloAddress, silo.Status, silo.SiloName, silo.HostName, silo.ProxyPort, silo.StartTime, silo.IAmAliveTime),
                (row.SiloAddress, row.Status, row.SiloName, row.HostName, row.ProxyPort, row.StartTime, row.IAmAliveTime));
            Assert.Null(row.SuspectTimes);
        }

        var other = await table.ReadRowAsync(Silo(2).SiloAddress, Stop);
        Assert.Equal((0, 1), (other.Members.Count, other.Version.Version));
    }

    [Fact]
    public async Task A_change_on_an_older_version_changes_nothing()
    {
        var table = await Table();
        var old = (await table.ReadAllAsync(Stop)).Version;
        var silo = Silo(1);
        Assert.True(await table.InsertRowAsync(silo, old.Next(), Stop));
        Assert.False(await table.InsertRowAsync(Silo(2), old.Next(), Stop));
        silo.Status = SiloStatus.Dead;
        Assert.False(await Update(table, silo, old));
        var read = await table.ReadAllAsync(Stop);
        Assert.Equal((SiloStatus.Active, 1), (Assert.Single(read.Members).Item1.Status, read.Version.Version));
    }

    [Fact]
    public async Task A_silo_joins_once_and_one_that_never_joined_is_not_changed()
    {
        var table = await Table();
        Assert.True(await table.InsertRowAsync(Silo(1), (await table.ReadAllAsync(Stop)).Version.Next(), Stop));
        var version = (await table.ReadAllAsync(Stop)).Version;
        Assert.False(await table.InsertRowAsync(Silo(1), version.Next(), Stop));
        Assert.False(await Update(table, Silo(2), version));
        var read = await table.ReadAllAsync(Stop);
        Assert.Equal((1, version.Version), (read.Members.Count, read.Version.Version));
    }

    [Fact]
    public async Task Suspicions_add_up_until_a_silo_is_declared_dead()
    {
        var table = await Table();
        var silo = await Join(table, Silo(1));
        foreach (var voter in (int[])[2, 3])
        {
            silo.SuspectTimes ??= [];
            silo.SuspectTimes.Add(Tuple.Create(Silo(voter).SiloAddress, Now.AddSeconds(voter)));
            silo.Status = voter == 3 ? SiloStatus.Dead : SiloStatus.Active;
            Assert.True(await Update(table, silo, (await table.ReadAllAsync(Stop)).Version));
        }

        var read = await table.ReadAllAsync(Stop);
        var row = Assert.Single(read.Members).Item1;
        Assert.Equal((SiloStatus.Dead, 3), (row.Status, read.Version.Version));
        Assert.Equal(silo.SuspectTimes, row.SuspectTimes);
    }

    [Fact]
    public async Task A_heartbeat_moves_one_silo_s_time_and_nothing_else()
    {
        var table = await Table();
        var (silo, other) = (await Join(table, Silo(1)), await Join(table, Silo(2)));
        var before = (await table.ReadAllAsync(Stop)).Version;
        silo.IAmAliveTime = Now.AddSeconds(5);
        silo.Status = SiloStatus.Dead; // says nothing: a heartbeat is no vote
        await table.UpdateIAmAliveAsync(silo, Stop);
        var read = await table.ReadAllAsync(Stop);
        Assert.Equal(before, read.Version);
        Assert.Equal(
            [(silo.SiloAddress, Now.AddSeconds(5), SiloStatus.Active), (other.SiloAddress, Now, SiloStatus.Active)],
            read.Members.Select(row => (row.Item1.SiloAddress, row.Item1.IAmAliveTime, row.Item1.Status)).OrderBy(row => row.SiloAddress));
    }

    [Fact]
    public async Task Clients_see_the_gateways_of_active_silos_that_have_users()
    {
        var table = await Table();
        var used = await Join(table, Silo(1));
        await Join(table, Silo(2, gateway: 0));
        await Join(table, Silo(3, name: "Silo_of_another_service"));
        await Join(table, Silo(4, status: SiloStatus.Joining));
        await Join(table, Silo(5, status: SiloStatus.Dead));
        await Join(await Table("another-cluster"), Silo(6));
        var clients = new AdoNetGatewayListProvider(
            NullLogger<AdoNetGatewayListProvider>.Instance, Services(),
            Options.Create(new AdoNetClusteringClientOptions { Invariant = "Npgsql", ConnectionString = _log.ConnectionString }),
            Options.Create(new GatewayOptions()), Options.Create(new ClusterOptions { ClusterId = "cluster", ServiceId = "service" }));
        await clients.InitializeGatewayListProvider();
        var gateway = Assert.Single(await clients.GetGateways());
        Assert.Equal(
            new IPEndPoint(used.SiloAddress.Endpoint.Address, used.ProxyPort), gateway.ToGatewayAddress()?.Endpoint);
    }

    [Fact]
    public async Task What_is_cleaned_up_is_old_and_not_active()
    {
        var table = await Table();
        var (active, young) = (await Join(table, Silo(1)), await Join(table, Silo(2, SiloStatus.Dead)));
        await Join(table, Silo(3, SiloStatus.Dead));
        await Join(table, Silo(4, SiloStatus.Joining));
        young.IAmAliveTime = Now.AddHours(2);
        await table.UpdateIAmAliveAsync(young, Stop);
        await table.CleanupDefunctSiloEntriesAsync(new DateTimeOffset(Now.AddHours(1)), Stop);
        var left = (await table.ReadAllAsync(Stop)).Members.Select(row => row.Item1.SiloAddress).Order();
        Assert.Equal([active.SiloAddress, young.SiloAddress], left);
    }

    [Fact]
    public async Task A_cluster_is_deleted_without_another_one()
    {
        var (table, another) = (await Table(), await Table("another-cluster"));
        await Join(table, Silo(1));
        await Join(another, Silo(1));
        await table.DeleteMembershipTableEntriesAsync("cluster", Stop);
        Assert.Single((await another.ReadAllAsync(Stop)).Members);
        Assert.Empty((await (await Table()).ReadAllAsync(Stop)).Members);
    }

    [Fact]
    public async Task Of_changes_that_race_on_one_version_one_wins_whatever_heartbeats_come_between()
    {
        var table = await Table();
        var silo = await Join(table, Silo(100));
        for (var round = 1; round <= 20; round++)
        {
            var version = (await table.ReadAllAsync(Stop)).Version;
            var heartbeat = Silo(100);
            heartbeat.IAmAliveTime = Now.AddSeconds(round);
            var changed = Silo(100);
            changed.SuspectTimes = [Tuple.Create(Silo(round).SiloAddress, Now)];
            var first = 1_000 * round;
            var joins = Enumerable.Range(first, 3).Select(
                number => Task.Run(() => table.InsertRowAsync(Silo(number), version.Next(), Stop)));
            var updates = Enumerable.Range(0, 3).Select(_ => Task.Run(() => Update(table, changed, version)));
            var heartbeats = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => table.UpdateIAmAliveAsync(heartbeat, Stop))));
            var won = await Task.WhenAll(joins.Concat(updates));
            await heartbeats;
            Assert.Single(won, true);
            var read = await table.ReadAllAsync(Stop);
            Assert.Equal(version.Version + 1, read.Version.Version);
            var isUpdate = Array.IndexOf(won, true) >= 3;
            var row = read.Members.Single(row => row.Item1.SiloAddress.Equals(silo.SiloAddress)).Item1;
            Assert.Equal(isUpdate, row.SuspectTimes?.Single().Item1.Equals(Silo(round).SiloAddress) ?? false);
        }
    }

    private static ServiceProvider Services() => new ServiceCollection().BuildServiceProvider();

    private static MembershipEntry Silo(
        int number, SiloStatus status = SiloStatus.Active, int gateway = 30_000, string name = "sessions-of-a-test") => new()
        {
            SiloAddress = SiloAddress.New(new IPEndPoint(IPAddress.Parse("10.0.0.7"), 11_111), number),
            Status = status,
            SiloName = name,
            HostName = "host",
            ProxyPort = gateway,
            StartTime = Now.AddHours(-1),
            IAmAliveTime = Now,
        };

    private static Task<bool> Update(AdoNetClusteringTable table, MembershipEntry silo, TableVersion version) =>
        table.UpdateRowAsync(silo, version.VersionEtag, version.Next(), Stop);

    private static async Task<MembershipEntry> Join(AdoNetClusteringTable table, MembershipEntry silo)
    {
        Assert.True(await table.InsertRowAsync(silo, (await table.ReadAllAsync(Stop)).Version.Next(), Stop));
        return silo;
    }

    private async Task<AdoNetClusteringTable> Table(string cluster = "cluster")
    {
        var table = new AdoNetClusteringTable(
            Services(), Options.Create(new ClusterOptions { ClusterId = cluster, ServiceId = "service" }),
            Options.Create(new AdoNetClusteringSiloOptions { Invariant = "Npgsql", ConnectionString = _log.ConnectionString }),
            NullLogger<AdoNetClusteringTable>.Instance);
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, Stop);
        await table.InitializeMembershipTableAsync(tryInitTableVersion: true, Stop); // every silo does it; the version stays
        return table;
    }
}
