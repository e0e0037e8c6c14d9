// A database that takes everything and answers nothing, under the whole service: each caller gets 503 within the documented time.
using System.Collections.Concurrent;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

[Collection(PostgresCollection.Name)]
public sealed class HangingDatabaseTests(PostgresServer server) : IDisposable
{
    // Two seconds, and what a machine adds. Two limits one after the other would be four, each time.
    private static readonly TimeSpan Documented = TimeSpan.FromSeconds(3);
    private const int Rounds = 3;

    private readonly string _connection = server.CreateSchema();

    public void Dispose() => server.DropSchema(_connection);

    [Fact]
    public async Task Every_request_is_503_within_the_time_of_one()
    {
        using var relay = new TcpRelay(_connection);
        await using var service = await ServiceUnderTest.Start(
            "--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={relay.ConnectionString}");
        var users = new ConcurrentQueue<Visitor>();
        for (var number = 0; number < 5 * Rounds; number++)
        {
            users.Enqueue(await service.SignIn()); // on this node, so that there is a state to decide by
        }

        relay.Hang();
        var quickest = new ConcurrentDictionary<string, TimeSpan>();
        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(
                Call("mode 1", () => service.Logout(Next())),
                Call("mode 2", () => service.Logout(Next(), "2")),
                Call("unknown user", () => service.Logout(service.NewVisitor())),
                Call("introspection", () => service.Introspect(("token", Next().LoginToken))),
                Call("list", () => service.Sessions(Next().LoginToken)),
                Call("sign-in", () => service.Report(service.Know(Next().Elsewhere()))));
        }

        relay.Recover(); // so that the service can end in order
        Assert.All(quickest, call => Assert.True(call.Value < Documented, $"{call.Key}: 503 after {call.Value.TotalSeconds:0.0} s"));

        Visitor Next() => users.TryDequeue(out var user) ? user : throw new InvalidOperationException("Too few users.");

        async Task Call(string what, Func<Task<Reply>> call)
        {
            var began = TimeProvider.System.GetTimestamp();
            Assert.Equal(503, (await call()).Status);
            var took = TimeProvider.System.GetElapsedTime(began);
            quickest.AddOrUpdate(what, took, (_, before) => took < before ? took : before);
        }
    }
}
