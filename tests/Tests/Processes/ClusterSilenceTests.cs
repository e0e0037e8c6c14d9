// The network between a silo and its database goes silent, again and again: not the log's connections alone, also those to the tables of
// the cluster (who is in it, who subscribes to streams) are new in a moment.
using BankEzy.Sessions.Tests.Cluster;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Orleans.Storage;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class ClusterSilenceTests(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    // More often than the cluster may have connections, so that one that stays lost each time is missing in the end.
    private const int Times = 12;
    private const int ConnectionsMax = 4;
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(10);
    private static readonly GrainId Note = GrainId.Create("note", "of the silence");

    private readonly OrleansNodes _cluster = new(server);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task A_silo_is_back_within_ten_seconds_the_twelfth_time_as_well()
    {
        using var relay = new TcpRelay(_cluster.Connection);
        var silo = await _cluster.Start("all", ("ConnectionStrings__Sessions", relay.ConnectionString));
        await silo.UntilReady();
        await using var service = await ServiceUnderTest.Start(
            "--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={relay.ConnectionString}");
        var subscriptions = service.App.Services.GetRequiredKeyedService<IGrainStorage>("PubSubStore");
        for (var time = 1; time <= Times; time++)
        {
            await Task.WhenAll(Enumerable.Range(0, ConnectionsMax).Select(_ => Task.Run(() => Write(subscriptions))));
            relay.GoSilent();
            var (began, heartbeat) = (TimeProvider.System.GetTimestamp(), LastHeartbeat());
            TimeSpan Passed() => TimeProvider.System.GetElapsedTime(began);
            TimeSpan[] back = await Task.WhenAll(
                Until(() => Task.FromResult(LastHeartbeat() > heartbeat), "heartbeat"),
                Until(() => Write(subscriptions), "subscription"),
                Until(async () => await silo.Ready() == 200, "readiness"),
                Until(async () => await silo.Logout(ServiceProcess.TokenOf(time)) == 200, "sign-out"));
            output.WriteLine($"{time}: {string.Join(", ", back.Select(passed => $"{passed.TotalSeconds:0.0} s"))}");
            Assert.All(back, passed => Assert.InRange(passed, TimeSpan.Zero, BackWithin));

            async Task<TimeSpan> Until(Func<Task<bool>> isBack, string what)
            {
                await Wait.Until(isBack, () => $"Missing after silence {time}: a {what}");
                return Passed();
            }
        }

        Assert.False(silo.HasExited);
    }

    private DateTime LastHeartbeat() => (DateTime)PostgresServer.Sql(
        _cluster.Connection, $"SELECT max(alive_at) FROM cluster_silos WHERE cluster = '{_cluster.ClusterId}'")!;

    // As the silo that keeps the subscriptions does.
    private static async Task<bool> Write(IGrainStorage subscriptions)
    {
        try
        {
            var note = new GrainState<GrainStorageTests.Note>();
            await subscriptions.ReadStateAsync("note", Note, note);
            note.State = new GrainStorageTests.Note { Text = "written" };
            await subscriptions.WriteStateAsync("note", Note, note);
            return true;
        }
        catch (InconsistentStateException)
        {
            return true; // somebody else wrote in between: the database answered
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or IOException)
        {
            return false;
        }
    }
}
