// What a cluster is worth: silos are killed, paused and stopped under load. Nothing that was acknowledged is lost, no stream forks, and
// users wait no longer than was promised.
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresPromisesCollection.Name)]
public sealed class OrleansClusterTests(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    private const int Users = 120;
    private static readonly TimeSpan Promised = TimeSpan.FromSeconds(3);

    private readonly OrleansNodes cluster = new(server);
    private readonly Clients clients = new();

    public void Dispose() => cluster.Dispose();

    [Fact]
    public async Task A_silo_killed_under_load_loses_no_acknowledged_sign_out_and_keeps_its_users_waiting_for_3_seconds_at_most()
    {
        var (dying, one, other) = (await cluster.Start(), await cluster.Start(), await cluster.Start());
        await Settle(dying, one, other);
        await LiveOn(dying, first: 1_000_000);
        using var stop = new CancellationTokenSource();
        var load = clients.Load([one, other], clients: 4, first: 1, stop.Token);
        await Wait.Until(() => Task.FromResult(clients.Acknowledged.Count() > 100), () => "The load has not begun.");
        Assert.Equal(0, clients.Refusals);

        await dying.Kill();
        var killed = clients.Now;
        await Task.WhenAll(Enumerable.Range(0, Users).Select(user => clients.SignOut([one, other], 1_000_000 + user, stop.Token)));
        await stop.CancelAsync();
        await load;
        output.WriteLine($"503 for {clients.RefusedFor(killed).TotalSeconds:0.00} s, {clients.Refusals} times");
        Assert.True(clients.Refusals > 0, "Missing: calls to users of the killed silo");
        Assert.InRange(clients.RefusedFor(killed), TimeSpan.Zero, Promised);
        await clients.Verify(other);
    }

    [Fact]
    public async Task A_paused_silo_that_wakes_up_beside_its_successor_forks_no_stream()
    {
        var (paused, one, other) = (await cluster.Start(), await cluster.Start(), await cluster.Start());
        await Settle(paused, one, other);
        await LiveOn(paused, first: 1);
        using var stop = new CancellationTokenSource();
        await paused.Signal("STOP");
        // They reach it when it wakes up, and meet activations that know nothing of what happened meanwhile.
        var late = Enumerable.Range(0, Users).Select(user => clients.Try(paused, 1 + user)).ToArray();
        await Task.WhenAll(Enumerable.Range(0, Users).Select(user => clients.SignOut([one, other], 1 + user, stop.Token)));
        // Each has a second activation now: the first one is still in the paused process.
        Assert.Equal(Users, clients.Acknowledged.Count(account => account <= Users));
        await paused.Signal("CONT");
        await Task.WhenAll(late);
        await clients.Verify(one);
        foreach (var account in clients.Acknowledged)
        {
            Assert.Equal("{\"active\":false}", await other.Introspect(clients.TokenOf(account)));
        }
    }

    [Fact]
    public async Task A_silo_that_is_told_to_stop_leaves_without_an_error_and_one_that_joins_is_used()
    {
        var (leaving, staying) = (await cluster.Start(), await cluster.Start());
        await Settle(leaving, staying);
        await LiveOn(leaving, first: 1_000_000);
        using var stop = new CancellationTokenSource();
        var load = clients.Load([staying], clients: 4, first: 1, stop.Token);
        var users = SlowlySignOut(staying, first: 1_000_000, stop.Token);
        Assert.Equal(0, await leaving.Terminate());
        var joined = await cluster.Start();
        await users;
        await Settle(staying, joined);
        await LiveOn(joined, first: 2_000_000);
        await Task.WhenAll(Enumerable.Range(0, Users).Select(user => clients.SignOut([staying], 2_000_000 + user, stop.Token)));
        await stop.CancelAsync();
        await load;
        output.WriteLine($"503: {clients.Refusals} times");
        Assert.Equal(0, clients.Refusals);
        await clients.Verify(staying);
    }

    [Fact]
    public async Task A_front_end_without_silos_answers_503_and_finds_them_when_they_come_back()
    {
        var front = await cluster.Start("api");
        Assert.Equal(503, await front.Ready());
        using (var answer = await front.Http.GetAsync(new Uri(front.Management, "/health/ready"), TestContext.Current.CancellationToken))
        {
            Assert.Equal(
                "{\"status\":\"no silo can be reached\"}",
                await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        Assert.Equal(503, await clients.Try(front, 1));
        var silo = await cluster.Start("silo");
        Assert.Null(silo.Public);
        await front.UntilReady();
        Assert.Equal(200, await clients.Try(front, 1));

        await silo.Kill();
        Assert.Equal(503, await clients.Try(front, 1));
        Assert.Equal(200, await (await cluster.Start("silo")).Ready());
        await front.UntilReady();
        Assert.Equal(200, await clients.Try(front, 1));
        Assert.Equal("{\"active\":false}", await front.Introspect(clients.TokenOf(1)));
        await clients.Verify(front);
        Assert.Equal(0, await front.Terminate());
    }

    // Every node answers for users that live on every other one.
    private async Task Settle(params ServiceProcess[] nodes)
    {
        foreach (var node in nodes)
        {
            await node.UntilReady();
            for (var user = 0; user < 20; user++)
            {
                Assert.Equal(200, await clients.Try(node, 5_000_000 + user));
            }
        }
    }

    // A user's grain lives where it is asked for first.
    private async Task LiveOn(ServiceProcess node, long first)
    {
        for (var user = 0; user < Users; user++)
        {
            Assert.StartsWith("{\"active\":true", await node.Introspect(clients.TokenOf(first + user)), StringComparison.Ordinal);
        }
    }

    private async Task SlowlySignOut(ServiceProcess node, long first, CancellationToken stop)
    {
        for (var user = 0; user < Users; user++)
        {
            await clients.SignOut([node], first + user, stop);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None);
        }
    }
}
