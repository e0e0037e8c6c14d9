// The streams of sign-outs: all of them, in order, to a service that lives in the cluster, whatever happens to the silo that reads the log.
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Tests.EventStore;
using Npgsql;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresCollection.Name)]
public sealed class OrleansStreamTests(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    private const int Users = 20;
    private const int SessionsEach = 6;
    private const long First = 7_000_000;

    private readonly OrleansNodes cluster = new(server);

    public void Dispose() => cluster.Dispose();

    [Fact]
    public async Task Subscribers_hear_every_sign_out_in_order_also_when_the_silo_that_publishes_is_killed()
    {
        var publisher = await cluster.Start(); // the oldest
        var other = await cluster.Start();
        using var subscriber = SignOutSubscriber.Silo(cluster.ClusterId, cluster.Connection);
        await subscriber.StartAsync(TestContext.Current.CancellationToken);
        await UntilItIsHeard(other);
        for (var session = 1; session <= SessionsEach; session++)
        {
            var round = Enumerable.Range(0, Users).Select(user => SignOut(user, session, session < 4 ? publisher : other, other)).ToArray();
            if (session == 3)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
                await publisher.Kill();
            }

            await Task.WhenAll(round);
        }

        await Heard(SignOutStreams.OfUser);
        await Heard(SignOutStreams.OfProgram);
        var deliveries = SignOutSubscriber.Received.Values.Sum(versions => versions.Count);
        output.WriteLine($"{deliveries} deliveries of {2 * Users * SessionsEach} events");
        Assert.True(await Bookmark() > 0, "Missing: the bookmark in the database");
        await subscriber.StopAsync(TestContext.Current.CancellationToken);
    }

    // The silos tell each other what grains they have; a service is a subscriber from then on.
    private static async Task UntilItIsHeard(ServiceProcess node)
    {
        using var tooLong = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var user = 1_000; SignOutSubscriber.Received.Keys.All(key => !IsOf(key.User, user - 1)); user++)
        {
            await SignOut(user, session: 1, node, node);
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, tooLong.Token);
        }
    }

    private static bool IsOf(UserId user, int number) => user == Visitor.UserOf($"{First + number}");

    private static async Task SignOut(int user, int session, ServiceProcess node, ServiceProcess next)
    {
        var token = ServiceProcess.TokenOf(First + user, new Guid(user, (short)session, 4, [0x80, 2, 3, 4, 5, 6, 7, 8]));
        for (var status = await node.Logout(token); status != 200; status = await next.Logout(token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
        }
    }

    // Each sign-out of a session that the log did not know is two events: its start and its end.
    private static async Task Heard(string kind)
    {
        var expected = Enumerable.Range(1, SessionsEach).Select(session => 2L * session).ToArray();
        for (var user = 0; user < Users; user++)
        {
            var id = Visitor.UserOf($"{First + user}");
            using var tooLong = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (SignOutSubscriber.Taken(kind, id).Count < SessionsEach && !tooLong.IsCancellationRequested)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            }

            Assert.Equal(expected, SignOutSubscriber.Taken(kind, id));
        }
    }

    private async Task<long> Bookmark()
    {
        await using var database = NpgsqlDataSource.Create(cluster.Connection);
        await using var command = database.CreateCommand("SELECT position FROM stream_checkpoints WHERE reader = 'streams'");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
