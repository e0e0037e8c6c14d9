// What stops the start, who may do what, and what a restored dump needs.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.Support;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresStartTests : IDisposable
{
    private const string Password = "secret-of-the-running-role";
    private const string Role = "running_role";

    private readonly PostgresServer server;
    private readonly PostgresLogs log;

    public PostgresStartTests(PostgresServer server)
    {
        this.server = server;
        log = new PostgresLogs(server);
        log.Sql($"""
            DO $$ BEGIN CREATE ROLE {Role} LOGIN PASSWORD '{Password}'; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
            ALTER ROLE {Role} RESET ALL
            """);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Running =>
        new NpgsqlConnectionStringBuilder(log.ConnectionString) { Username = Role, Password = Password }.ConnectionString;

    public void Dispose()
    {
        log.Sql($"DROP OWNED BY {Role}");
        log.Dispose();
    }

    [Theory]
    [InlineData("UPDATE events SET json = ''")]
    [InlineData("DELETE FROM events")]
    [InlineData("TRUNCATE events")]
    [InlineData("DROP TABLE events")]
    [InlineData("ALTER TABLE events DISABLE TRIGGER ALL")]
    [InlineData("UPDATE feed SET xids_added = 1")]
    public async Task The_running_role_appends_and_reads_and_can_change_no_event(string sql)
    {
        var store = OpenAsTwoRoles();
        Assert.Equal(AppendOutcome.Appended, await store.AppendNext("a", command: 1, count: 2, due: DateTimeOffset.UnixEpoch));
        await store.WriteSnapshot(new Snapshot("a", 1, await store.Head("a"), new byte[1]), Stop);
        await store.WriteSnapshot(new Snapshot("a", 2, await store.Head("a"), new byte[1]), Stop);
        await store.SetDue(Assert.Single(await store.ReadDue(DateTimeOffset.UnixEpoch, 10, Stop)), null, Stop);
        Assert.Equal("42501", Assert.Throws<PostgresException>(() => PostgresServer.Sql(Running, sql)).SqlState);
        Assert.Equal(2, (await store.ReadWholeFeed(10)).Count);
    }

    [Theory]
    [InlineData("UPDATE events SET json = ''")]
    [InlineData("DELETE FROM events")]
    [InlineData("TRUNCATE events")]
    public async Task The_owner_changes_events_only_on_purpose(string sql)
    {
        var store = log.Open();
        await store.AppendNext("a", command: 1);
        Assert.Contains("append-only", Assert.Throws<PostgresException>(() => log.Sql(sql)).MessageText, StringComparison.Ordinal);
        log.Sql("ALTER TABLE events DISABLE TRIGGER ALL; UPDATE events SET json = 'x'");
        await store.AppendNext("b", command: 1);
        Assert.Equal(1, Appends.BreakOf("a", (await store.Load("a", 1, Stop)).Events));
        Assert.Single((await store.Load("b", 1, Stop)).Events);
    }

    [Fact]
    public void A_role_that_may_not_make_the_tables_is_told_what_to_set()
    {
        log.Sql($"GRANT USAGE ON SCHEMA {new NpgsqlConnectionStringBuilder(log.ConnectionString).SearchPath} TO {Role}");
        var refusal = Refusal(new PostgresOptions { ConnectionString = Running });
        Assert.Contains("ConnectionStrings__SessionsMigrations", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_does_not_wait_for_the_disk_waits_for_it_when_it_appends()
    {
        log.Sql($"ALTER ROLE {Role} SET synchronous_commit = off");
        await EachAppendIsFlushed(OpenAsTwoRoles());
    }

    [Fact]
    public async Task A_reload_with_synchronous_commit_off_weakens_no_append()
    {
        var store = log.Open();
        server.Set("synchronous_commit", "off");
        try
        {
            await EachAppendIsFlushed(store);
            await EachAppendIsFlushed(log.Open());
        }
        finally
        {
            server.Set("synchronous_commit", "on");
        }
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    public async Task A_server_that_is_weakened_while_the_service_runs_is_given_no_more_appends_until_it_is_right(string setting)
    {
        var store = log.Open();
        await store.AppendNext("a", command: 1);
        server.Set(setting, "off");
        try
        {
            var number = 0;
            await Wait.Until(
                async () => (await store.TryAppend($"stream {++number}"))?.Contains($"{setting} is off", StringComparison.Ordinal) == true,
                () => "Appends go on.");
            Assert.Contains(setting, (await Assert.ThrowsAsync<StoreUnavailableException>(
                async () => await store.CheckHealth(Stop))).Message, StringComparison.Ordinal);
        }
        finally
        {
            server.Set(setting, "on");
        }

        await Wait.Until(async () => await store.TryAppend("after") is null, () => "Appends are not taken again.");
        await store.CheckHealth(Stop);
    }

    [Theory]
    [InlineData("fsync")]
    [InlineData("full_page_writes")]
    public void A_server_that_would_lose_commits_is_refused(string setting)
    {
        server.Set(setting, "off");
        try
        {
            var refusal = Refusal(new PostgresOptions { ConnectionString = log.ConnectionString });
            Assert.Contains($"set {setting} = on in postgresql.conf", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            server.Set(setting, "on");
        }

        log.Open();
    }

    [Fact]
    public void No_message_shows_the_password()
    {
        var wrong = new NpgsqlConnectionStringBuilder(log.ConnectionString) { Password = "open sesame" };
        var unreachable = new NpgsqlConnectionStringBuilder(wrong.ConnectionString) { Port = 1 };
        foreach (var text in new[] { wrong.ConnectionString, unreachable.ConnectionString, "Password=open sesame", "open sesame" })
        {
            Assert.DoesNotContain(
                "sesame", Refusal(new PostgresOptions { ConnectionString = text }).ToString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_log_of_a_newer_version_is_refused()
    {
        log.Open();
        log.Sql("INSERT INTO schema_steps (step) VALUES (99)");
        var refusal = Refusal(new PostgresOptions { ConnectionString = log.ConnectionString });
        Assert.Contains("newer version", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nodes_that_start_together_make_the_tables_once()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
            PostgresLogs.Open(new PostgresOptions { ConnectionString = log.ConnectionString }))));
        var outcomes = await Task.WhenAll(stores.Select((store, number) => store.AppendNext($"stream {number}", command: 1)));
        Assert.All(outcomes, outcome => Assert.Equal(AppendOutcome.Appended, outcome));
        Assert.Equal(stores.Length, (await stores[0].ReadWholeFeed(100)).Count);
        Assert.All(stores, store => store.Dispose());
    }

    [Fact]
    public void A_log_of_the_form_before_the_first_release_is_refused_and_left_alone()
    {
        log.Sql("""
            CREATE TABLE schema_steps (step integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
            INSERT INTO schema_steps (step) VALUES (1), (2), (3), (4)
            """);
        var refusal = Refusal(new PostgresOptions { ConnectionString = log.ConnectionString });
        Assert.Contains("form before the first release", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(DBNull.Value, log.Sql("SELECT to_regclass('events')::text"));
    }

    [Fact]
    public async Task A_log_from_before_the_index_of_search_is_refused_once_it_has_an_event()
    {
        await log.Open().AppendNext("a", command: 1);
        log.Sql("""
            DROP TABLE search_keys CASCADE;
            DROP FUNCTION append_with_keys;
            DELETE FROM schema_steps WHERE step >= 6
            """);
        var refusal = Refusal(new PostgresOptions { ConnectionString = log.ConnectionString });
        Assert.Contains("in no index of search", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(1L, log.Sql("SELECT count(*) FROM events"));
    }

    [Fact]
    public async Task The_running_role_may_add_and_find_search_keys()
    {
        var store = OpenAsTwoRoles();
        var append = Appends.Build("a", default, command: 1) with { Keys = [new IndexKey(7)] };
        Assert.Equal(AppendOutcome.Appended, await store.Append(append));
        Assert.Equal(["a"], await store.FindStreams(new IndexKey(7), "", 10, Stop));
    }

    [Fact]
    public async Task A_log_that_was_restored_into_another_server_goes_on_behind_its_old_events()
    {
        var store = log.Open();
        await store.AppendNext("a", command: 1);
        // As if its transactions had been counted by a server that is far ahead of this one.
        log.Sql("ALTER TABLE events DISABLE TRIGGER ALL; UPDATE events SET xid = xid + 1000000000; ALTER TABLE events ENABLE TRIGGER ALL");
        var restored = log.Open();
        var cursor = Assert.Single(await restored.ReadWholeFeed(10)).Cursor;
        await restored.AppendNext("a", command: 2);
        Assert.Equal(2, Assert.Single(await restored.ReadFeed(cursor, 10, Stop)).Version);
        Assert.Equal([1L, 2L], (await store.ReadWholeFeed(10)).Select(stored => stored.Version));
    }

    // The server's own writer comes every 10 s only, so what is on disk right after an append was put there by its commit.
    private async Task EachAppendIsFlushed(PostgresEventStore store)
    {
        server.Set("wal_writer_delay", "10s");
        try
        {
            for (var command = 1; command <= 10; command++)
            {
                var before = log.Sql("SELECT pg_current_wal_insert_lsn()::text");
                Assert.Equal(AppendOutcome.Appended, await store.AppendNext("flushed", (100 * Environment.TickCount) + command));
                Assert.Equal(true, log.Sql($"SELECT pg_current_wal_flush_lsn() > '{before}'::pg_lsn"));
            }
        }
        finally
        {
            server.Set("wal_writer_delay", "200ms");
        }
    }

    private PostgresEventStore OpenAsTwoRoles() => log.Open(owner => new PostgresOptions
    {
        ConnectionString = Running, MigrationsConnectionString = owner,
    });

    private static StoreUnavailableException Refusal(PostgresOptions options) =>
        Assert.Throws<StoreUnavailableException>(() => PostgresLogs.Open(options));
}
