// Silos of other services in our cluster: one without our contracts, one that stands still. No sign-out goes by way of them.
using System.Net;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Serialization.Configuration;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class ForeignSiloTests(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    // Below the time after which a call to a silo that does not answer is given up.
    private static readonly TimeSpan Unnoticed = TimeSpan.FromSeconds(4);

    private readonly OrleansNodes _cluster = new(server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task One_without_our_contracts_and_with_a_gateway_costs_nothing()
    {
        var silo = await _cluster.Start("silo");
        using var foreign = await StartForeignSilo();
        var front = await _cluster.Start("api");
        await front.UntilReady();
        await SignOut(front, first: 1, TimeSpan.FromSeconds(6)); // longer than a front end needs to look for gateways
        await foreign.StopAsync(Stop);
        await SignOut(front, first: 100_000, TimeSpan.FromSeconds(1));
        Assert.False(silo.HasExited);
    }

    [Fact]
    public async Task One_that_stands_still_costs_nothing_from_the_moment_on_at_which_it_is_declared_dead()
    {
        var silo = await _cluster.Start("silo");
        using var foreign = await SubscriberProcess.Start(_cluster.ClusterId, _cluster.Connection);
        var front = await _cluster.Start("api");
        await front.UntilReady();
        await SignOut(front, first: 1, TimeSpan.FromSeconds(1));
        var clients = new Clients();
        using var enough = new CancellationTokenSource();
        var load = clients.Load([front], clients: 4, first: 100_000, enough.Token);
        await foreign.Signal("STOP");
        var stopped = clients.Now;
        await Wait.Until(
            () => Task.FromResult(_cluster.CountDead() == 1), () => "The silo that stands still is not declared dead.");
        var (dead, before) = (clients.Now, clients.Acknowledged.Count());
        await Wait.Until(() => Task.FromResult(clients.Now > dead + TimeSpan.FromSeconds(3)), () => "");
        await enough.CancelAsync();
        await load;
        output.WriteLine($"Dead after {(dead - stopped).TotalSeconds:0.0} s; 503 for {clients.RefusedFor(stopped).TotalSeconds:0.0} s, "
            + $"{clients.Refusals} times; {before} sign-outs before, {clients.Acknowledged.Count() - before} after");
        Assert.InRange(clients.RefusedFor(stopped), TimeSpan.Zero, dead - stopped + TimeSpan.FromSeconds(1));
        await clients.Verify(front);
        Assert.False(silo.HasExited);
    }

    private async Task SignOut(ServiceProcess front, long first, TimeSpan during)
    {
        var (began, slowest, account) = (TimeProvider.System.GetTimestamp(), TimeSpan.Zero, first);
        for (; TimeProvider.System.GetElapsedTime(began) < during; account++)
        {
            var sent = TimeProvider.System.GetTimestamp();
            Assert.Equal(200, await front.Logout(ServiceProcess.TokenOf(account)));
            var took = TimeProvider.System.GetElapsedTime(sent);
            slowest = took > slowest ? took : slowest;
        }

        output.WriteLine($"{account - first} sign-outs, the slowest in {slowest.TotalMilliseconds:0} ms");
        Assert.InRange(slowest, TimeSpan.Zero, Unnoticed);
    }

    private async Task<IHost> StartForeignSilo()
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo =>
        {
            silo.Configure<ClusterOptions>(ids => (ids.ClusterId, ids.ServiceId) = (_cluster.ClusterId, "bankezy-sessions"));
            silo.UseAdoNetClustering(database => (database.Invariant, database.ConnectionString) = ("Npgsql", _cluster.Connection));
            silo.ConfigureEndpoints(
                IPAddress.Loopback, Ports.FindFree(IPAddress.Loopback), Ports.FindFree(IPAddress.Loopback));
            silo.Configure<ClusterMembershipOptions>(MembershipTimings.Set);
            silo.Services.PostConfigure<TypeManifestOptions>(Forget);
        });
        var foreign = builder.Build();
        await foreign.StartAsync(Stop);
        return foreign;
    }

    // This process has loaded what belongs to us; a service of somebody else has not.
    private static void Forget(TypeManifestOptions types)
    {
        HashSet<Type>[] known =
        [
            types.Interfaces, types.InterfaceProxies, types.InterfaceImplementations, types.Serializers, types.FieldCodecs,
            types.Activators, types.Copiers, types.Converters,
        ];
        foreach (var set in known)
        {
            set.RemoveWhere(type => type.Assembly.GetName().Name!.StartsWith("BankEzy", StringComparison.Ordinal));
        }
    }
}
