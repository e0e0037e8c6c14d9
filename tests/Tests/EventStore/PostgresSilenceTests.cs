// A network or a server that says nothing: every answer comes in time, and the store is back soon, the hundredth time as well.
using System.Net;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Tests.Support;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresSilenceTests(PostgresServer server) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly PostgresLogs log = new(server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task A_network_that_goes_silent_again_and_again_costs_a_moment_each_time()
    {
        const int times = 25; // More often than the commits that may be without an answer at once.
        using var relay = new TcpRelay(log.ConnectionString);
        var store = log.Open(_ => new PostgresOptions { ConnectionString = relay.ConnectionString, Patience = Patience });
        var acknowledged = 0;
        for (var time = 0; time < times; time++)
        {
            acknowledged += await store.TryAppend($"before {time}") is null ? 1 : 0;
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.ReadFeed(FeedCursor.Start, 1, Stop).AsTask()));
            relay.GoSilent();
            var started = TimeProvider.System.GetTimestamp();
            await Wait.Until(async () => await store.TryAppend($"after {time}") is null, () => $"Silence {time} is for good.");
            await Wait.Until(async () => await CanRead(store), () => $"Reads are silent for good after {time}.");
            Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        }

        Assert.Equal(times, acknowledged);
        Assert.Equal(2 * times, (await store.ReadWholeFeed(1_000)).Count);
    }

    [Fact]
    public async Task A_server_that_hangs_costs_each_append_and_each_read_no_more_than_the_patience()
    {
        using var relay = new TcpRelay(log.ConnectionString);
        var patience = TimeSpan.FromSeconds(4); // Half of it is what a busy machine may add.
        var store = log.Open(_ => new PostgresOptions { ConnectionString = relay.ConnectionString, Patience = patience });
        await store.AppendNext("a", command: 1);
        relay.Hang();
        var calls = new List<Task<TimeSpan>>();
        for (var number = 0; number < 40; number++)
        {
            var stream = $"stream {number}";
            calls.Add(Measure(async () => Assert.NotNull(await store.TryAppend(stream))));
            calls.Add(Measure(() => Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.Load(stream, 1, Stop))));
            calls.Add(Measure(() => Assert.ThrowsAsync<StoreUnavailableException>(async () => await store.ReadStream(stream, 0, 1, Stop))));
        }

        Assert.All(await Task.WhenAll(calls), took => Assert.InRange(took, TimeSpan.Zero, patience * 1.5));
        Assert.InRange(await Measure(async () => Assert.NotNull(await store.TryAppend("later"))), TimeSpan.Zero, patience * 1.5);
    }

    [Fact]
    public async Task A_start_waits_for_a_server_that_comes_late()
    {
        var port = Ports.FindFree(IPAddress.Loopback);
        var text = new NpgsqlConnectionStringBuilder(log.ConnectionString) { Port = port }.ConnectionString;
        var opening = Task.Run(() => log.Open(_ => new PostgresOptions
        {
            ConnectionString = text, StartTimeout = TimeSpan.FromSeconds(30),
        }));
        await Wait.Until(
            () => log.Lines.Lines.Count(line => line.Text.Contains("cannot be opened yet", StringComparison.Ordinal)) >= 2,
            () => "The start does not try again.");
        using var relay = new TcpRelay(log.ConnectionString, port);
        var store = await opening;
        Assert.Equal(AppendOutcome.Appended, await store.AppendNext("a", command: 1));
    }

    [Fact]
    public void A_start_gives_up_in_time_and_at_once_where_waiting_does_not_help()
    {
        var wrong = new NpgsqlConnectionStringBuilder(log.ConnectionString) { Password = "wrong" }.ConnectionString;
        var away = new NpgsqlConnectionStringBuilder(log.ConnectionString) { Port = 1 }.ConnectionString;
        Assert.Throws<StoreUnavailableException>(() =>
            log.Open(_ => new PostgresOptions { ConnectionString = wrong, StartTimeout = TimeSpan.FromHours(1) }));
        Assert.Empty(log.Lines.Lines);
        Assert.Throws<StoreUnavailableException>(() =>
            log.Open(_ => new PostgresOptions { ConnectionString = away, StartTimeout = TimeSpan.FromSeconds(1) }));
        Assert.NotEmpty(log.Lines.Lines);
    }

    private static async Task<TimeSpan> Measure(Func<Task> act)
    {
        var started = TimeProvider.System.GetTimestamp();
        await act();
        return TimeProvider.System.GetElapsedTime(started);
    }

    private static async Task<bool> CanRead(PostgresEventStore store)
    {
        try
        {
            await store.ReadFeed(FeedCursor.Start, 1, Stop);
            return true;
        }
        catch (StoreUnavailableException)
        {
            return false;
        }
    }
}
