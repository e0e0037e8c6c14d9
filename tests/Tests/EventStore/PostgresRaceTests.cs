// Several nodes on one log: no fork, no hole, and a feed that never skips.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresRaceTests(PostgresServer server) : IDisposable
{
    private readonly PostgresLogs log = new(server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task Three_nodes_that_race_for_the_same_users_lose_and_double_nothing()
    {
        const int nodes = 3, users = 40, turns = 20_000, callers = 32;
        var left = turns;
        var (appended, conflicts) = (new int[users], 0);
        await Task.WhenAll(Enumerable.Range(0, nodes).Select(_ => log.Open()).SelectMany(store =>
            Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
            {
                var heads = new StreamHead[users];
                for (int turn; (turn = Interlocked.Decrement(ref left)) >= 0;)
                {
                    var user = (turn + caller) % users;
                    var append = Appends.Build($"user {user}", heads[user], command: turn, count: 1 + (turn % 3));
                    var outcome = await store.Append(append);
                    if (outcome == AppendOutcome.Appended)
                    {
                        Interlocked.Add(ref appended[user], append.Events.Count);
                        heads[user] = new StreamHead(append.ExpectedVersion + append.Events.Count, append.Events[^1].Hash);
                        continue;
                    }

                    Assert.Equal(AppendOutcome.Conflict, outcome);
                    Interlocked.Increment(ref conflicts);
                    heads[user] = await store.Head($"user {user}");
                }
            }))));

        var reader = log.Open();
        var feed = await reader.ReadWholeFeed(10_000);
        Assert.True(conflicts > 100, $"Only {conflicts} conflicts: nothing was proven.");
        Assert.Equal(appended.Sum(), feed.Count);
        for (var user = 0; user < users; user++)
        {
            var versions = feed.Where(stored => stored.Stream == $"user {user}").Select(stored => stored.Version);
            Assert.Equal(Enumerable.Range(1, appended[user]).Select(version => (long)version), versions);
            Assert.Equal(appended[user], (await reader.Load($"user {user}", 1, Stop)).Events.Count);
        }
    }

    [Theory]
    [InlineData("COMMIT")]
    [InlineData("ROLLBACK")]
    [InlineData("killed")]
    public async Task A_slow_transaction_is_not_overtaken(string end)
    {
        var store = log.Open();
        await store.AppendNext("before", command: 1);
        var seen = (await store.ReadWholeFeed(10)).ToList();
        using var slow = log.Connect();
        await using var transaction = await slow.BeginTransactionAsync(Stop);
        using (var batch = new AppendBatch(slow))
        {
            await batch.Run([new AppendJob(Appends.Build("slow", default, command: 1, count: 2))], Stop);
        }

        Assert.Equal(AppendOutcome.Appended, await store.Append(Appends.Build("quick", default, command: 1)));
        Assert.Equal(AppendOutcome.Appended, await store.Append(Appends.Build("quicker", default, command: 1)));
        Assert.Empty(await store.ReadFeed(seen[^1].Cursor, 10, Stop));
        Assert.Single((await store.Load("quick", 1, Stop)).Events);

        switch (end)
        {
            case "COMMIT":
                await transaction.CommitAsync(Stop);
                break;
            case "ROLLBACK":
                await transaction.RollbackAsync(Stop);
                break;
            default:
                log.Sql($"SELECT pg_terminate_backend({slow.ProcessID}, 10000)");
                break;
        }

        var rest = await store.ReadFeed(seen[^1].Cursor, 10, Stop);
        Assert.Equal(
            end == "COMMIT" ? ["slow", "slow", "quick", "quicker"] : ["quick", "quicker"], rest.Select(stored => stored.Stream));
    }

    [Fact]
    public async Task A_racer_waits_for_the_first_one_and_then_judges_by_what_became_of_it()
    {
        var store = log.Open();
        foreach (var (stream, commits) in new[] { ("a", true), ("b", false) })
        {
            using var racer = log.Connect();
            await using var transaction = await racer.BeginTransactionAsync(Stop);
            using (var batch = new AppendBatch(racer))
            {
                await batch.Run([new AppendJob(Appends.Build(stream, default, command: 1, count: 2))], Stop);
            }

            var waiting = store.Append(Appends.Build(stream, default, command: 2, count: 3)).AsTask();
            while (log.Sql("SELECT count(*) FROM pg_locks WHERE NOT granted") is 0L)
            {
                Stop.ThrowIfCancellationRequested();
            }

            await (commits ? transaction.CommitAsync(Stop) : transaction.RollbackAsync(Stop));
            Assert.Equal(commits ? AppendOutcome.Conflict : AppendOutcome.Appended, await waiting);
            Assert.Equal(commits ? 2 : 3, (await store.Load(stream, 1, Stop)).Events.Count);
        }
    }

    [Fact]
    public async Task What_a_refused_append_reads_does_not_grow_with_the_log()
    {
        const int streams = 3_000, readsMax = 100;
        using var connections = ConnectionSources.Create(new PostgresOptions { ConnectionString = log.ConnectionString });
        var store = log.Open();
        await store.AppendNext("raced", command: 1);
        await using var racer = await connections.Appends.OpenConnectionAsync(Stop);
        using var batch = new AppendBatch(racer);

        // This connection's plans are made now, while the log is small.
        AppendJob[] jobs = [new(Appends.Build("raced", default, command: 2, due: DateTimeOffset.UnixEpoch)), new(Adoption(1))];
        Assert.Equal([AppendOutcome.Conflict, AppendOutcome.Appended], await batch.Run(jobs, Stop));
        await Task.WhenAll(Enumerable.Range(0, streams).Select(number =>
            store.Append(Appends.Build($"stream {number}", default, command: 1)).AsTask()));

        await using var transaction = await racer.BeginTransactionAsync(Stop);
        jobs[1] = new AppendJob(Adoption(2));
        Assert.Equal([AppendOutcome.Conflict, AppendOutcome.Appended], await batch.Run(jobs, Stop));
        await using var reads = new NpgsqlCommand(
            "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relid = 'events'::regclass",
            racer);
        Assert.InRange((long)(await reads.ExecuteScalarAsync(Stop))!, 1, readsMax);

        static Append Adoption(int number) =>
            Appends.Build($"adopted {number}", default, command: number, count: 2, due: DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public async Task A_batch_that_meets_a_racer_is_judged_and_so_are_the_next_ones_for_a_while()
    {
        await log.Open().AppendNext("raced", command: 1);
        using var connection = log.Connect();
        using var batch = new AppendBatch(connection);
        await using var count = new NpgsqlCommand("SET track_functions = 'pl'", connection);
        await count.ExecuteNonQueryAsync(Stop);
        count.CommandText = "SELECT pg_stat_force_next_flush()";

        var repeated = Appends.Build("repeated", default, command: 3);
        Assert.Equal([AppendOutcome.Appended], await batch.Run([new(repeated)], Stop));
        Assert.Equal(
            [AppendOutcome.Conflict, AppendOutcome.AlreadyAppended, AppendOutcome.Appended],
            await batch.Run(
                [new(Appends.Build("raced", default, command: 2)), new(repeated), new(Appends.Build("new", default, 4))], Stop));
        for (var number = 0; number <= AppendBatch.JudgedAfterRefusal; number++)
        {
            Assert.Equal([AppendOutcome.Appended], await batch.Run([new(Appends.Build($"user {number}", default, command: 5))], Stop));
        }

        await count.ExecuteNonQueryAsync(Stop);
        Assert.Equal(
            $"append_all 3, append_events {1 + AppendBatch.JudgedAfterRefusal}",
            log.Sql("""
                SELECT string_agg(funcname || ' ' || calls, ', ' ORDER BY funcname) FROM pg_stat_user_functions
                WHERE schemaname = current_schema AND funcname LIKE 'append%'
                """));
    }

    [Fact]
    public async Task A_reader_follows_four_slow_writers_without_a_hole()
    {
        const int writers = 4, transactions = 60;
        var store = log.Open();
        var writing = Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            var head = default(StreamHead);
            for (var number = 0; number < transactions; number++)
            {
                var append = Appends.Build($"stream {writer}", head, command: number, count: 2);
                using var connection = log.Connect();
                await using var transaction = await connection.BeginTransactionAsync(Stop);
                using var batch = new AppendBatch(connection);
                await batch.Run([new AppendJob(append)], Stop);
                await store.ReadFeed(FeedCursor.Start, 1, Stop); // Something to be slow with.
                switch (number % 5)
                {
                    case 3:
                        await transaction.RollbackAsync(Stop);
                        break;
                    case 4:
                        log.Sql($"SELECT pg_terminate_backend({connection.ProcessID}, 10000)");
                        break;
                    default:
                        await transaction.CommitAsync(Stop);
                        head = new StreamHead(append.ExpectedVersion + 2, append.Events[1].Hash);
                        break;
                }
            }
        })));
        var all = new List<StoredEvent>();
        IReadOnlyList<StoredEvent> page;
        do
        {
            var done = writing.IsCompleted;
            all.AddRange(page = await store.ReadFeed(all.Count == 0 ? FeedCursor.Start : all[^1].Cursor, 7, Stop));
            if (done && page.Count == 0)
            {
                break;
            }
        }
        while (true);

        await writing;
        Assert.Equal(writers * transactions * 2 * 3 / 5, all.Count);
        Assert.All(all.GroupBy(stored => stored.Stream), stream => Assert.Equal(
            Enumerable.Range(1, transactions * 2 * 3 / 5).Select(version => (long)version), stream.Select(stored => stored.Version)));
    }
}
