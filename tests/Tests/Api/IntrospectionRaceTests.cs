// An answer of introspection that was being made when its session ended: what is read after the end says so, and nobody keeps the answer.
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

[Collection(PostgresCollection.Name)]
public sealed class IntrospectionRaceTests(PostgresServer server) : IDisposable
{
    private const string Inactive = "{\"active\":false}";
    private readonly string _connection = server.CreateSchema();

    public void Dispose() => server.DropSchema(_connection);

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task An_answer_that_was_on_its_way_to_the_log_when_another_node_ended_the_session_says_that_it_ended(string mode)
    {
        string[] settings = ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={_connection}"];
        await using var asked = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start([.. settings, "--Sessions:Cluster:ClusterId=other"]); // with grains of its own
        var visitor = other.Know(await asked.SignIn());
        Assert.StartsWith("{\"active\":true,", (await asked.Introspect(("token", visitor.LoginToken))).Body, StringComparison.Ordinal);

        var (reached, goOn) = asked.Store.HoldReads(visitor.User.Stream);
        var answer = asked.Introspect(("token", visitor.LoginToken));
        var byId = asked.IntrospectById(visitor);
        await reached;
        Assert.Equal(200, (await other.Logout(visitor, mode)).Status);
        goOn.SetResult();
        Assert.Equal((Inactive, Inactive), ((await answer).Body, (await byId).Body));
    }

    [Fact]
    public async Task Whatever_a_race_was_answered_the_next_question_on_every_node_is_answered_from_the_log()
    {
        const int rounds = 40, questions = 6;
        string[] settings = ["--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={_connection}"];
        await using var one = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start(settings);
        for (var round = 0; round < rounds; round++)
        {
            var visitor = other.Know(await one.SignIn());
            var racing = Enumerable.Range(0, questions).Select(
                number => (number % 2 == 0 ? one : other).Introspect(("token", visitor.LoginToken))).ToList();
            Assert.Equal(200, (await (round % 2 == 0 ? one : other).Logout(visitor)).Status);
            Assert.Equal(Inactive, (await one.Introspect(("token", visitor.LoginToken))).Body);
            Assert.Equal(Inactive, (await other.Introspect(("token", visitor.LoginToken))).Body);
            Assert.All(await Task.WhenAll(racing), answer => Assert.Equal(200, answer.Status));
        }
    }
}
