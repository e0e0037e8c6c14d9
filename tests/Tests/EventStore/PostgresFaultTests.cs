// Around a commit that is not answered: never a wrong outcome, and the event is there once. And the store heals by itself.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.Support;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresFaultTests(PostgresServer server) : IDisposable
{
    private readonly PostgresLogs log = new(server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => log.Dispose();

    [Theory]
    [InlineData(Cut.Answer, 30)]
    [InlineData(Cut.Request, 30)]
    [InlineData(Cut.Silence, 1)]
    public async Task When_the_wire_fails_around_a_commit_the_outcome_is_true_and_the_event_is_there_at_most_once(Cut cut, int times)
    {
        using var relay = new TcpRelay(log.ConnectionString);
        var store = log.Open(_ => new PostgresOptions
        {
            ConnectionString = relay.ConnectionString, StartTimeout = TimeSpan.FromSeconds(30),
        });
        for (var number = 0; number < times; number++)
        {
            var stream = $"stream {number}";
            Assert.Equal(AppendOutcome.Appended, await store.AppendNext(stream, command: 1));
            var second = Appends.Build(stream, await store.Head(stream), command: 2, count: 2);
            relay.FailOnce(cut);
            var outcome = await Try(store, second);

            Assert.Equal(cut == Cut.Request ? null : AppendOutcome.Appended, outcome);
            var expected = cut == Cut.Request ? 1 : 3;
            Assert.Equal(expected, (await store.Load(stream, 1, Stop)).Events.Count);
            Assert.Equal(
                cut == Cut.Request ? AppendOutcome.Appended : AppendOutcome.AlreadyAppended, await AppendPatiently(store, second));
        }

        Assert.Equal(times * 3, (await store.ReadWholeFeed(100)).Count);
    }

    [Fact]
    public async Task Who_waits_behind_a_lost_answer_is_refused_and_nothing_of_it_is_stored()
    {
        using var relay = new TcpRelay(log.ConnectionString);
        var store = log.Open(_ => new PostgresOptions
        {
            ConnectionString = relay.ConnectionString, BatchMax = 1, StartTimeout = TimeSpan.FromSeconds(30),
        });
        relay.FailOnce(Cut.Answer);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(number =>
            Try(store, Appends.Build($"stream {number}", default, command: 1))));
        var feed = await store.ReadWholeFeed(100);
        Assert.Contains(outcomes, outcome => outcome is null);
        Assert.Equal(
            outcomes.Select((outcome, number) => (outcome, number)).Where(one => one.outcome is not null)
                .Select(one => $"stream {one.number}").Order(StringComparer.Ordinal),
            feed.Select(stored => stored.Stream).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_server_that_restarts_under_load_loses_nothing_that_was_acknowledged_and_the_store_goes_on()
    {
        const int writers = 8, appendsAfter = 20;
        var store = log.Open();
        using var restarted = new ManualResetEventSlim();
        var acknowledged = new System.Collections.Concurrent.ConcurrentBag<(string Stream, int Command)>();
        var writing = Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var left = appendsAfter;
            for (var number = 0; left > 0; number++)
            {
                var outcome = await AppendUntilAnswered(store, $"stream {writer}", number);
                Assert.NotEqual(AppendOutcome.Conflict, outcome);
                acknowledged.Add(($"stream {writer}", number));
                left -= restarted.IsSet ? 1 : 0;
            }
        })).ToList();

        await server.Restart();
        await server.Restart();
        restarted.Set();
        await Task.WhenAll(writing);

        var feed = await store.ReadWholeFeed(1_000);
        var there = feed.Select(stored => (stored.Stream, BitConverter.ToInt32(stored.Command.Value.ToByteArray()))).ToList();
        Assert.Equal(there.Count, there.Distinct().Count());
        Assert.Equal(acknowledged.Order(), there.Order());
        Assert.All(feed.GroupBy(stored => stored.Stream), stream => Assert.Equal(
            Enumerable.Range(1, stream.Count()).Select(version => (long)version), stream.Select(stored => stored.Version)));
    }

    [Fact]
    public async Task A_server_without_free_connections_is_a_quick_refusal_and_the_writer_goes_on()
    {
        var patience = TimeSpan.FromSeconds(3);
        var store = log.Open(text => new PostgresOptions { ConnectionString = text + ";Maximum Pool Size=2", Patience = patience });
        await store.AppendNext("a", command: 1);
        using var blocker = log.Connect();
        await using var transaction = await blocker.BeginTransactionAsync(Stop);
        await using var hold = new NpgsqlCommand("LOCK TABLE snapshots IN ACCESS EXCLUSIVE MODE", blocker);
        await hold.ExecuteNonQueryAsync(Stop);
        var started = TimeProvider.System.GetTimestamp();
        var writes = Enumerable.Range(0, 50).Select(_ => Assert.ThrowsAsync<StoreUnavailableException>(
            async () => await store.WriteSnapshot(new Snapshot("a", 1, new StreamHead(1, default), new byte[1]), Stop)));
        await Task.WhenAll(writes);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), patience / 2, patience * 2);
        Assert.Equal(AppendOutcome.Appended, await store.Append(Appends.Build("b", default, command: 1)));

        await transaction.RollbackAsync(Stop);
        await store.CheckHealth(Stop);
        Assert.Single((await store.Load("a", 1, Stop)).Events);
    }

    [Fact]
    public async Task A_lock_that_is_not_given_surely_stores_nothing()
    {
        var store = log.Open(text => new PostgresOptions { ConnectionString = text, Patience = TimeSpan.FromSeconds(1) });
        using (var blocker = log.Connect())
        {
            await using var transaction = await blocker.BeginTransactionAsync(Stop);
            await using var hold = new NpgsqlCommand("LOCK TABLE events IN SHARE MODE", blocker);
            await hold.ExecuteNonQueryAsync(Stop);
            Assert.Null(await Try(store, Appends.Build("a", default, command: 1)));
        }

        Assert.Equal(AppendOutcome.Appended, await AppendPatiently(store, Appends.Build("a", default, command: 1)));
    }

    [Fact]
    public async Task A_commit_that_waits_for_a_standby_that_is_away_is_unknown_and_nobody_sees_it_before_the_standby_has_it()
    {
        var store = log.Open(text => new PostgresOptions { ConnectionString = text, Patience = TimeSpan.FromSeconds(3) });
        server.Set("synchronous_standby_names", "nobody");
        try
        {
            Assert.Equal(AppendOutcome.Unknown, await store.Append(Appends.Build("a", default, command: 1)));
            Assert.Empty((await store.Load("a", 1, Stop)).Events);
            Assert.Empty(await store.ReadWholeFeed(10));
        }
        finally
        {
            server.Set("synchronous_standby_names", "");
        }

        Assert.Equal(AppendOutcome.AlreadyAppended, await AppendPatiently(store, Appends.Build("a", default, command: 1)));
        Assert.Single(await store.ReadWholeFeed(10));
    }

    [Fact]
    public async Task What_the_server_cannot_take_is_refused_without_its_neighbours()
    {
        var store = log.Open();
        var bad = Appends.Build("bad", default, command: 1);
        bad = new Append("bad", 0, bad.Command, bad.At, [bad.Events[0] with { Name = "no\0name" }], null);
        var outcomes = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(number => number == 7 ? bad : Appends.Build($"stream {number}", default, command: 1))
                .Select(append => Try(store, append)));
        Assert.Null(outcomes[7]);
        Assert.Equal(19, outcomes.Count(outcome => outcome == AppendOutcome.Appended));
        Assert.Equal(19, (await store.ReadWholeFeed(100)).Count);
    }

    // Null where the store says that definitely nothing was stored.
    private static async Task<AppendOutcome?> Try(PostgresEventStore store, Append append)
    {
        try
        {
            return await store.Append(append);
        }
        catch (StoreUnavailableException)
        {
            return null;
        }
    }

    private static async Task<AppendOutcome> AppendPatiently(PostgresEventStore store, Append append)
    {
        AppendOutcome? outcome = null;
        await Wait.Until(async () => (outcome = await Try(store, append)) is not null, () => "The store is not back.");
        return outcome!.Value;
    }

    // What a grain does: after anything but an answer it reads the stream again.
    private static async Task<AppendOutcome> AppendUntilAnswered(PostgresEventStore store, string stream, int command)
    {
        while (true)
        {
            Stop.ThrowIfCancellationRequested();
            try
            {
                var outcome = await store.AppendNext(stream, command);
                if (outcome is not AppendOutcome.Unknown)
                {
                    return outcome;
                }
            }
            catch (StoreUnavailableException)
            {
                await Task.Yield();
            }
        }
    }
}
