// How far the feed may be read while appends are open: what holds it up, what must not, and the faults that this could have.
using System.Diagnostics.Metrics;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.Support;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresFeedHorizonTests : IDisposable
{
    private readonly PostgresServer server;
    private readonly PostgresLogs log;
    private readonly PostgresEventStore store;

    public PostgresFeedHorizonTests(PostgresServer server)
    {
        this.server = server;
        log = new PostgresLogs(server);
        store = log.Open();
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task A_write_transaction_in_another_database_of_the_server_does_not_hold_the_feed()
    {
        log.Sql("DROP DATABASE IF EXISTS another");
        log.Sql("CREATE DATABASE another");
        var text = new NpgsqlConnectionStringBuilder(log.ConnectionString) { Database = "another", SearchPath = "public", Pooling = false };
        await using (var other = new NpgsqlConnection(text.ConnectionString))
        {
            await other.OpenAsync(Stop);
            await using var transaction = await other.BeginTransactionAsync(Stop);
            await using var write = new NpgsqlCommand("CREATE TABLE t (x int)", other);
            await write.ExecuteNonQueryAsync(Stop);
            await store.AppendNext("a", command: 1);
            Assert.Single(await store.ReadWholeFeed(10));
        }

        log.Sql("DROP DATABASE another");
    }

    [Fact]
    public async Task A_forgotten_prepared_transaction_does_not_hold_the_feed()
    {
        Assert.SkipUnless(server.IsOwn, "Needs max_prepared_transactions.");
        log.Sql("CREATE TABLE t (x int)");
        log.Sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'forgotten'");
        await store.AppendNext("a", command: 1);
        Assert.Single(await store.ReadWholeFeed(10));
        log.Sql("ROLLBACK PREPARED 'forgotten'");
    }

    [Fact]
    public async Task An_append_that_stays_open_holds_the_feed_and_is_named_after_a_while()
    {
        using var metrics = new MeterListener();
        var held = 0.0;
        metrics.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "bankezy.sessions.feed.horizon_age")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        metrics.SetMeasurementEventCallback<double>((_, seconds, _, _) => held = Math.Max(held, seconds));
        metrics.Start();

        await using var open = await OpenAppend("open");
        await store.Append(Appends.Build("quick", default, command: 1));
        Assert.Empty(await store.ReadWholeFeed(10));
        Assert.Single((await store.Load("quick", 1, Stop)).Events);
        await Wait.Until(
            () => log.Lines.Lines.Any(line => line.Text.Contains($"server process {open.Connection!.ProcessID}", StringComparison.Ordinal)),
            () => "Nobody says what holds the feed.");
        metrics.RecordObservableInstruments();
        Assert.InRange(held, 5, 60);

        await open.RollbackAsync(Stop);
        Assert.Single(await store.ReadWholeFeed(10));
    }

    // Planted: the horizon is found after the moment that the events are seen at. The feed would skip what was committed in between.
    [Fact]
    public async Task A_horizon_that_is_younger_than_the_view_of_the_events_would_lose_one()
    {
        var slow = await OpenAppend("slow");
        await store.Append(Appends.Build("quick", default, command: 1));
        await using var reader = log.Connect();
        await using var view = await reader.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, Stop);
        await using var events = new NpgsqlCommand("SELECT string_agg(stream, ',' ORDER BY xid) FROM events", reader);
        await events.ExecuteScalarAsync(Stop);
        await slow.CommitAsync(Stop);

        events.CommandText = "SELECT string_agg(stream, ',' ORDER BY xid) FROM events WHERE xid < feed_horizon()";
        Assert.Equal("quick", await events.ExecuteScalarAsync(Stop));
        Assert.Equal(["slow", "quick"], (await store.ReadWholeFeed(10)).Select(stored => stored.Stream));
    }

    // Planted: the appends that are open are looked at before the next id is.
    [Fact]
    public async Task A_next_id_that_is_younger_than_the_look_at_open_appends_would_lose_one()
    {
        Assert.Equal(DBNull.Value, log.Sql("SELECT min(first_xid) FROM feed_writers()"));
        var slow = await OpenAppend("slow");
        await store.Append(Appends.Build("quick", default, command: 1));
        Assert.Equal(1L, log.Sql("SELECT count(*) FROM events WHERE xid < pg_snapshot_xmax(pg_current_snapshot())::text::bigint"));
        Assert.Empty(await store.ReadWholeFeed(10));
        await slow.CommitAsync(Stop);
        Assert.Equal(["slow", "quick"], (await store.ReadWholeFeed(10)).Select(stored => stored.Stream));
    }

    // Planted: an append that has its id before it announces itself.
    [Fact]
    public async Task An_append_that_has_an_id_already_is_refused()
    {
        await using var connection = log.Connect();
        await using var transaction = await connection.BeginTransactionAsync(Stop);
        await using var id = new NpgsqlCommand("SELECT pg_current_xact_id()", connection);
        await id.ExecuteScalarAsync(Stop);
        using var batch = new AppendBatch(connection);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => batch.Run([new(Appends.Build("a", default, command: 1))], Stop));
        Assert.Contains("must be the first change", refusal.MessageText, StringComparison.Ordinal);
    }

    // Planted: a reader that begins at the end is given a number that is reserved and not yet used.
    [Fact]
    public async Task The_end_is_an_event_and_never_a_number_that_is_still_to_come()
    {
        await store.AppendNext("a", command: 1);
        var slow = await OpenAppend("slow");
        var end = await store.FindEnd(Stop);
        Assert.Equal(Assert.Single(await store.ReadWholeFeed(10)).Cursor, end);
        await slow.CommitAsync(Stop);
        Assert.Equal("slow", Assert.Single(await store.ReadFeed(end, 10, Stop)).Stream);
    }

    [Fact]
    public async Task Numbers_do_not_go_back_after_a_crash()
    {
        var cursors = new List<FeedCursor>();
        for (var crash = 0; crash < 2; crash++)
        {
            await Wait.Until(async () => await store.TryAppend($"stream {crash}") is null, () => "The store is not back.");
            cursors.Add((await store.ReadWholeFeed(10))[^1].Cursor);
            await (await OpenAppend($"lost {crash}")).DisposeAsync();
            await server.Restart();
        }

        await Wait.Until(async () => await store.TryAppend("last") is null, () => "The store is not back.");
        Assert.True(cursors[1].IsAfter(cursors[0]));
        Assert.Equal(["last"], (await store.ReadFeed(cursors[1], 10, Stop)).Select(stored => stored.Stream));
    }

    // An append whose node stands still before its commit.
    private async Task<NpgsqlTransaction> OpenAppend(string stream)
    {
        var connection = log.Connect();
        var transaction = await connection.BeginTransactionAsync(Stop);
        using var batch = new AppendBatch(connection);
        await batch.Run([new(Appends.Build(stream, default, command: 1))], Stop);
        return transaction;
    }
}
