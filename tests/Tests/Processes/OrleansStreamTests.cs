// The streams of sign-outs: all of them, in order, to a service that lives in the cluster, whatever happens to its silo and to ours.
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using Npgsql;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class OrleansStreamTests(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    private const int Users = 20;
    private const int SessionsEach = 6;
    private const string OfProgram = "program 2001";

    private readonly OrleansNodes _cluster = new(server);
    private SubscriberProcess? _subscriber;

    public void Dispose()
    {
        _subscriber?.Dispose();
        _cluster.Dispose();
    }

    [Fact]
    public async Task Subscribers_hear_every_sign_out_in_order_even_if_the_silo_that_publishes_is_killed()
    {
        var publisher = await _cluster.Start(); // the oldest
        var other = await _cluster.Start();
        _subscriber = await SubscriberProcess.Start(_cluster.ClusterId, _cluster.Connection, "--Subscribe=2001");
        await UntilHeard("user", first: 1_000, other);
        for (var session = 1; session <= SessionsEach; session++)
        {
            var next = session <= SessionsEach / 2 ? publisher : other;
            var round = Enumerable.Range(0, Users).Select(user => SignOut(user, session, next, other)).ToArray();
            if (session == SessionsEach / 2)
            {
                await round[Users / 2];
                await publisher.Kill();
            }

            await Task.WhenAll(round);
        }

        // Each sign-out of a session that the log did not know is two events: its start and its end.
        var expected = Enumerable.Range(1, SessionsEach).Select(session => 2L * session).ToArray();
        foreach (var user in Enumerable.Range(0, Users))
        {
            await Heard("user", user, expected);
            await Heard(OfProgram, user, expected);
        }

        output.WriteLine($"{_subscriber.Lines.Count} deliveries of {2 * Users * SessionsEach} events");
        await using var database = NpgsqlDataSource.Create(_cluster.Connection);
        await using var command = database.CreateCommand("SELECT position FROM stream_checkpoints WHERE reader = 'streams'");
        await Wait.Until( // Orleans lets go of events a moment after their subscribers have taken them.
            async () => (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))! > 0,
            () => "The checkpoint does not follow what was delivered.");
    }

    [Fact]
    public async Task An_explicit_subscription_survives_the_end_of_its_silo_and_of_all_of_ours()
    {
        var silo = await _cluster.Start();
        _subscriber = await SubscriberProcess.Start(_cluster.ClusterId, _cluster.Connection, "--Subscribe=2001");
        await SignOut(1, session: 1, silo, silo);
        await Heard(OfProgram, 1, 2);

        // Its silo: what was signed out meanwhile is delivered when it is back, to a grain that nobody has asked anything.
        await _subscriber.Kill();
        _subscriber.Dispose();
        await SignOut(2, session: 1, silo, silo);
        _subscriber = await SubscriberProcess.Start(_cluster.ClusterId, _cluster.Connection);
        await Heard(OfProgram, 2, 2);

        // All of ours, at once.
        await silo.Kill();
        silo = await _cluster.Start();
        await SignOut(3, session: 1, silo, silo);
        await Heard(OfProgram, 3, 2);

        // Everybody, at once.
        await silo.Kill();
        await _subscriber.Kill();
        _subscriber.Dispose();
        silo = await _cluster.Start();
        await SignOut(4, session: 1, silo, silo);
        _subscriber = await SubscriberProcess.Start(_cluster.ClusterId, _cluster.Connection);
        await Heard(OfProgram, 4, 2);
    }

    [Fact]
    public async Task A_subscriber_needs_no_more_than_the_cluster_s_tables()
    {
        var silo = await _cluster.Start();
        var role = SubscriberRole();
        _subscriber = await SubscriberProcess.Start(_cluster.ClusterId, role, "--Subscribe=2001");
        await SignOut(1, session: 1, silo, silo);
        await Heard(OfProgram, 1, 2);
        Assert.DoesNotContain(_subscriber.Lines, line => line.Contains("denied", StringComparison.Ordinal));
        foreach (var table in (string[])
            ["events", "search_keys", "snapshots", "due", "feed", "grain_states", "stream_checkpoints", "schema_steps"])
        {
            var refusal = Assert.Throws<PostgresException>(() => PostgresServer.Sql(role, $"SELECT * FROM {table}"));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refusal.SqlState);
        }
    }

    // What the operator runs, for the schema of this test.
    private string SubscriberRole()
    {
        var script = File.ReadAllText(Path.Combine(Repository.RepositoryFiles.Root, "deploy", "postgres", "subscriber-role.sql"));
        var connection = new NpgsqlConnectionStringBuilder(_cluster.Connection);
        var name = $"subscriber_of_{connection.SearchPath}";
        PostgresServer.Sql(_cluster.Connection, script
            .Replace("\\getenv subscriber_password SESSIONS_SUBSCRIBER_PASSWORD", "", StringComparison.Ordinal)
            .Replace(":'subscriber_password'", "'only-for-tests'", StringComparison.Ordinal)
            .Replace("DATABASE sessions", $"DATABASE {connection.Database}", StringComparison.Ordinal)
            .Replace("SCHEMA public", $"SCHEMA {connection.SearchPath}", StringComparison.Ordinal)
            .Replace("sessions_subscriber", name, StringComparison.Ordinal));

        // Where roles are separate, nobody may connect whom the database does not name (01-roles.sql).
        Assert.Equal(name, PostgresServer.Sql(_cluster.Connection, $"""
            SELECT a.grantee::regrole::text FROM pg_database d, aclexplode(d.datacl) a
            WHERE d.datname = current_database() AND a.grantee = '{name}'::regrole AND a.privilege_type = 'CONNECT'
            """));
        (connection.Username, connection.Password) = (name, "only-for-tests");
        return connection.ConnectionString;
    }

    // The silos exchange what grains they have; a service is a subscriber from then on.
    private async Task UntilHeard(string kind, int first, ServiceProcess node)
    {
        using var tooLong = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var user = first; !_subscriber!.Lines.Any(line => line.StartsWith(kind, StringComparison.Ordinal)); user++)
        {
            tooLong.Token.ThrowIfCancellationRequested();
            await SignOut(user, session: 1, node, node);
        }
    }

    private static async Task SignOut(int user, int session, ServiceProcess node, ServiceProcess next)
    {
        var token = ServiceProcess.TokenOf(AccountOf(user), session);
        for (var status = await node.Logout(token); status != 200; status = await next.Logout(token))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    private static long AccountOf(int user) => 7_000_000 + user;

    private async Task Heard(string kind, int user, params long[] expected)
    {
        var key = Visitor.UserOf($"{AccountOf(user)}").Stream;
        await Wait.Until(
            () => Task.FromResult(_subscriber!.VersionsOf(kind, key).Count == expected.Length),
            () => $"Missing: {kind} {key}, of {string.Join('\n', _subscriber!.Lines)}");
        Assert.Equal(expected, _subscriber!.VersionsOf(kind, key));
    }
}
