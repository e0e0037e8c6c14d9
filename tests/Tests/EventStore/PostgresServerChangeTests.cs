// A node that reaches another server than before: never a stale answer, and a feed whose order stays true for its readers.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.Support;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresServerChangeTests(PostgresServer server) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly PostgresLogs log = new(server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => log.Dispose();

    [Theory]
    [InlineData("prefer-primary")]
    [InlineData("any")]
    [InlineData("standby")]
    [InlineData("prefer-standby")]
    [InlineData("read-only")]
    public void Reads_from_a_standby_are_refused_before_anything_is_opened(string wanted)
    {
        var text = $"Host=127.0.0.1:1,127.0.0.1:2;Target Session Attributes={wanted}";
        var refusal = Assert.Throws<StoreUnavailableException>(() => PostgresLogs.Open(new PostgresOptions { ConnectionString = text }));
        Assert.Contains($"Target Session Attributes={wanted}", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Set it to primary", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_never_reaches_a_standby_and_the_store_follows_it_when_it_becomes_the_primary()
    {
        var standby = await server.StartStandby();
        try
        {
            using var relay = new TcpRelay(log.ConnectionString);
            var store = log.Open(_ => new PostgresOptions { ConnectionString = relay.ConnectionString, Patience = Patience });
            Assert.Equal(AppendOutcome.Appended, await store.AppendNext("a", command: 1));
            var seen = Assert.Single(await store.ReadWholeFeed(10)).Cursor;

            relay.SwitchTo(standby);
            for (var read = 0; read < 20; read++)
            {
                await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ReadStream("a", 0, 10, Stop));
                await Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.HasCommands("a", [Appends.Command(9)], Stop));
            }

            await server.PromoteStandby();
            await Wait.Until(async () => await store.TryAppend("b") is null, () => "The new primary is not appended to.");
            await Wait.Until(async () => await CanRead(store), () => "The new primary is not read.");
            Assert.Contains(log.Lines.Lines, line => line.Text.Contains("another history", StringComparison.Ordinal));
            Assert.Equal("b", (await store.ReadFeed(seen, 10, Stop))[^1].Stream);
        }
        finally
        {
            await server.StopStandby();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_dump_that_is_restored_into_another_server_keeps_the_feeds_order_for_its_readers(bool losesTheEnd)
    {
        await using var other = new PostgresServer();
        await other.InitializeAsync();
        Assert.SkipUnless(other.IsOwn, "Needs two servers.");
        for (var number = 0; number < 2_000; number++)
        {
            log.Sql("SELECT pg_current_xact_id()"); // The other server is to be behind.
        }

        using var relay = new TcpRelay(log.ConnectionString);
        var store = log.Open(_ => new PostgresOptions { ConnectionString = relay.ConnectionString, Patience = Patience });
        await store.AppendNext("a", command: 1, count: 2);
        var schema = new NpgsqlConnectionStringBuilder(log.ConnectionString).SearchPath!;
        if (!losesTheEnd)
        {
            await store.AppendNext("a", command: 2);
        }

        await server.RestoreInto(other, schema);
        if (losesTheEnd)
        {
            await store.AppendNext("a", command: 2);
        }

        var seen = (await store.ReadWholeFeed(10))[^1].Cursor;
        relay.SwitchTo(other.ConnectionString);
        await Wait.Until(async () => await store.TryAppend("after") is null, () => "The other server is not appended to.");
        Assert.Equal(["after"], (await store.ReadFeed(seen, 10, Stop)).Select(stored => stored.Stream));
        Assert.True((await store.FindEnd(Stop)).IsAfter(seen));
        Assert.Contains(log.Lines.Lines, line => line.Text.Contains("is another server", StringComparison.Ordinal));
        var feed = await store.ReadWholeFeed(10);
        Assert.Equal(losesTheEnd ? 3 : 4, feed.Count);
        Assert.All(feed.Zip(feed.Skip(1)), pair => Assert.True(pair.Second.Cursor.IsAfter(pair.First.Cursor)));
    }

    private static async Task<bool> CanRead(PostgresEventStore store)
    {
        try
        {
            await store.CheckHealth(Stop);
            return (await store.ReadStream("b", 0, 10, Stop)).Count == 1;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}
