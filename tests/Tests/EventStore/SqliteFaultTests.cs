// A storage error is never a success, and the store heals without a restart.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Sqlite;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class SqliteFaultTests : IDisposable
{
    private readonly FakeTime clock = new(TimeProvider.System.GetUtcNow());
    private readonly SqliteFolder folder;
    private sqlite3? connection;
    private Action? beforeOpen;
    private Action? beforeCommit;

    public SqliteFaultTests() => folder = new SqliteFolder(path => new SqliteOptions
    {
        Path = path,
        QueueMax = 4,
        Clock = clock,
        WriterOpened = opened => connection = opened,
        BeforeOpen = () => beforeOpen?.Invoke(),
        BeforeCommit = () => beforeCommit?.Invoke(),
    });

    private IEventStore Store => folder.Store;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_full_disk_surely_stores_nothing_and_the_store_goes_on_afterwards()
    {
        Assert.Equal(AppendOutcome.Appended, await Store.AppendNext("a", command: 1));
        raw.sqlite3_exec(connection!, "PRAGMA max_page_count = 1");
        var refusal = await Refusal(async () => await Store.AppendNext("a", command: 2, count: 1000));
        Assert.Contains("is full: free space", refusal.Message, StringComparison.Ordinal);

        Assert.Single(await Store.ReadWholeFeed(10));
        Assert.Equal(AppendOutcome.Appended, await Store.AppendNext("a", command: 2, count: 2));
        Assert.Equal([1, 2, 3], (await Store.ReadWholeFeed(10)).Select(stored => stored.Cursor.Position));
    }

    [Fact]
    public async Task A_commit_that_fails_is_unknown_to_its_whole_batch_and_the_store_heals()
    {
        Assert.Equal(AppendOutcome.Appended, await Store.AppendNext("a", command: 1));
        raw.sqlite3_commit_hook(connection!, _ => 1, null!);
        Assert.Equal(AppendOutcome.Unknown, await Store.AppendNext("a", command: 2));

        Assert.Single((await Store.Load("a", 1, Stop)).Events);
        Assert.Equal(AppendOutcome.Appended, await Store.AppendNext("a", command: 2));
        await Store.CheckHealth(Stop);
    }

    [Fact]
    public async Task While_the_file_cannot_be_reopened_appends_fail_fast_and_health_tries_again_after_a_pause()
    {
        var opens = 0;
        beforeOpen = () => throw new StoreUnavailableException($"planted {++opens}");
        beforeCommit = () => throw new InvalidOperationException("planted");
        Assert.Equal(AppendOutcome.Unknown, await Append("a"));
        beforeCommit = null;

        await Refusal(async () => await Store.CheckHealth(Stop));
        await Refusal(() => Append("a"));
        Assert.Equal(1, opens);

        clock.Advance(TimeSpan.FromSeconds(2));
        var refusal = await Refusal(() => Append("a"));
        Assert.Equal("planted 2", refusal.Message);
        clock.Advance(TimeSpan.FromSeconds(2));
        beforeOpen = null;
        await Store.CheckHealth(Stop);
        Assert.Equal(AppendOutcome.Appended, await Append("a"));
    }

    [Fact]
    public async Task A_lock_of_another_program_refuses_and_heals()
    {
        await using (var other = new SqliteConnection($"Data Source={folder.Options.Path};Pooling=False"))
        {
            await other.OpenAsync(Stop);
            await using var transaction = await other.BeginTransactionAsync(Stop);
            var refusal = await Refusal(() => Append("a"));
            Assert.Contains("holds a lock", refusal.Message, StringComparison.Ordinal);
        }

        clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(AppendOutcome.Appended, await Append("a"));
    }

    [Fact]
    public async Task Too_many_waiting_writes_are_refused_at_once_and_the_others_are_stored()
    {
        using var open = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        beforeCommit = () =>
        {
            held.Set();
            open.Wait(Stop);
        };
        var first = Append("first");
        held.Wait(Stop);
        var waiting = Enumerable.Range(0, 4).Select(number => Append($"{number}")).ToList();
        var refusal = await Refusal(() => Append("a"));
        Assert.Contains("busy", refusal.Message, StringComparison.Ordinal);

        open.Set();
        Assert.All(await Task.WhenAll(waiting.Append(first)), outcome => Assert.Equal(AppendOutcome.Appended, outcome));
        Assert.Equal(5, (await Store.ReadWholeFeed(10)).Count);
    }

    [Fact]
    public async Task Closing_stores_what_waits_and_refuses_what_comes_later()
    {
        var waiting = Enumerable.Range(0, 4).Select(number => Append($"{number}")).ToList();
        var closed = Store;
        var reopened = folder.Restart();
        Assert.All(await Task.WhenAll(waiting), outcome => Assert.Equal(AppendOutcome.Appended, outcome));
        Assert.Equal(4, (await reopened.ReadWholeFeed(10)).Count);
        await Refusal(async () => await closed.Append(Appends.Build("late", default, command: 1)));
    }

    private static Task<StoreUnavailableException> Refusal(Func<Task> act) => Assert.ThrowsAsync<StoreUnavailableException>(act);

    private Task<AppendOutcome> Append(string stream) => Store.Append(Appends.Build(stream, default, command: 1)).AsTask();
}
