// Damage is found, never served; and the file is one process's.
using BankEzy.Sessions.EventStore;
using Microsoft.Data.Sqlite;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class SqliteDamageTests : IDisposable
{
    private readonly SqliteFolder folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_second_opener_is_refused_and_told_what_to_do()
    {
        var refusal = Assert.Throws<StoreUnavailableException>(() => SqliteFolder.Open(folder.Options));
        Assert.Contains("in use by another process", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("stop the other one", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(AppendOutcome.Appended, await folder.Store.AppendNext("a", command: 1));
    }

    [Theory]
    [InlineData("UPDATE events SET json = x'00'")]
    [InlineData("DELETE FROM events")]
    [InlineData("UPDATE stream_keys SET position = 1")]
    [InlineData("DELETE FROM stream_keys")]
    public async Task Events_are_neither_updated_nor_deleted_by_sql(string sql)
    {
        await folder.Store.AppendNext("a", command: 1);
        Assert.Contains("append-only", Assert.Throws<SqliteException>(() => folder.Sql(sql)).Message, StringComparison.Ordinal);
        Assert.Single((await folder.Store.Load("a", 1, Stop)).Events);
    }

    [Theory]
    [InlineData("UPDATE events SET json = CAST(replace(json, 'command', 'cOmmand') AS BLOB) WHERE stream = 1 AND version = 2")]
    [InlineData("UPDATE events SET name = 'other.v1' WHERE stream = 1 AND version = 2")]
    [InlineData("UPDATE events SET hash = x'00' WHERE stream = 1 AND version = 2")]
    [InlineData("UPDATE events SET command = x'' WHERE stream = 1 AND version = 2")]
    [InlineData("DELETE FROM events WHERE stream = 1 AND version = 2")]
    [InlineData("DELETE FROM stream_keys WHERE stream = 1 AND key = 2")]
    [InlineData("UPDATE stream_keys SET position = 3 WHERE stream = 1 AND key = 2")]
    public async Task A_changed_event_is_returned_so_that_its_reader_finds_it_and_other_streams_are_whole(string sql)
    {
        await folder.Store.AppendNext("a", command: 1, count: 3);
        await folder.Store.AppendNext("b", command: 1, count: 3);
        folder.Sql("DROP TRIGGER events_are_not_updated; DROP TRIGGER events_are_not_deleted");
        folder.Sql("DROP TRIGGER stream_keys_are_not_updated; DROP TRIGGER stream_keys_are_not_deleted");
        folder.Sql(sql);
        Assert.Equal(2, Appends.BreakOf("a", (await folder.Store.Load("a", 1, Stop)).Events));
        Assert.Equal(2, Appends.BreakOf("a", await folder.Store.ReadStream("a", 0, 10, Stop)));
        Assert.Equal(0, Appends.BreakOf("b", (await folder.Store.Load("b", 1, Stop)).Events));
        Assert.Equal(3, (await folder.Store.Load("b", 1, Stop)).Events.Count);
    }

    [Fact]
    public void A_file_that_is_no_database_is_named_and_left_alone()
    {
        folder.Dispose();
        Directory.CreateDirectory(Path.GetDirectoryName(folder.Options.Path)!);
        File.WriteAllText(folder.Options.Path, new string('x', 5000));
        var refusal = Assert.Throws<StoreUnavailableException>(() => SqliteFolder.Open(folder.Options));
        Assert.Contains($"{folder.Options.Path} is damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(new string('x', 5000), File.ReadAllText(folder.Options.Path));
    }

    [Fact]
    public void A_log_of_the_form_before_the_first_release_is_refused_and_left_alone()
    {
        folder.Sql("DROP TABLE properties");
        var refusal = Assert.Throws<StoreUnavailableException>(() => folder.Restart());
        Assert.Contains("form before the first release", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("0", folder.Sql("SELECT count(*) FROM events"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_log_from_before_the_index_of_search_is_refused_once_it_has_an_event(bool hasEvents)
    {
        if (hasEvents)
        {
            await folder.Store.AppendNext("a", command: 1);
        }

        folder.Sql("DROP TABLE search_keys; PRAGMA user_version = 1");
        if (hasEvents)
        {
            var refusal = Assert.Throws<StoreUnavailableException>(() => folder.Restart());
            Assert.Contains("in no index of search", refusal.Message, StringComparison.Ordinal);
            Assert.Equal("1", folder.Sql("SELECT count(*) FROM events"));
        }
        else
        {
            var store = folder.Restart();
            Assert.Equal(
                AppendOutcome.Appended, await store.Append(Appends.Build("a", default, command: 1) with { Keys = [new IndexKey(7)] }));
            Assert.Equal(["a"], await store.FindStreams(new IndexKey(7), "", 10, Stop));
        }
    }

    [Fact]
    public void A_file_of_a_newer_version_is_refused()
    {
        folder.Sql("PRAGMA user_version = 99");
        var refusal = Assert.Throws<StoreUnavailableException>(() => folder.Restart());
        Assert.Contains("newer version", refusal.Message, StringComparison.Ordinal);
    }
}
