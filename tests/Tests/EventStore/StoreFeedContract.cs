// The cases of the contract that a reader of the feed stands on: where the end is, and when there is more.

namespace BankEzy.Sessions.Tests.EventStore;

public abstract partial class StoreContract
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    /// <summary>Without a poll, so that a lost signal runs into its limit. A store whose feed may show events later than their commit
    /// looks again after a moment, as the pump does.</summary>
    protected virtual Task WaitForMore(Task more) => more.WaitAsync(Soon, Stop);

    [Fact]
    public async Task Case12_the_end_is_the_last_cursor_and_cursors_ascend()
    {
        Assert.Equal(FeedCursor.Start, await Store.FindEnd(Stop));
        await Store.AppendNext("a", command: 1, count: 3);
        await Store.AppendNext("b", command: 1, count: 2);
        var cursors = (await Store.ReadWholeFeed(10)).Select(stored => stored.Cursor).Prepend(FeedCursor.Start).ToList();
        Assert.All(cursors.Zip(cursors.Skip(1)), pair => Assert.True(pair.Second.IsAfter(pair.First) && !pair.First.IsAfter(pair.Second)));
        Assert.Equal(cursors[^1], await Store.FindEnd(Stop));
    }

    [Fact]
    public async Task Case13_whoever_waits_hears_of_an_append_and_finds_it_in_the_feed()
    {
        for (var number = 1; number <= 20; number++)
        {
            var (first, second) = (Store.NextAppend(), Store.NextAppend());
            await Store.AppendNext("a", number);
            await Task.WhenAll(first, second).WaitAsync(Soon, Stop);
            var more = Store.NextAppend();
            while ((await Store.ReadFeed(FeedCursor.Start, 100, Stop)).Count < number)
            {
                await WaitForMore(more);
                more = Store.NextAppend();
            }
        }
    }

    [Fact]
    public async Task Case13_a_reader_that_takes_the_task_before_it_reads_misses_nothing()
    {
        const int appends = 300;
        var writing = Task.Run(async () =>
        {
            for (var number = 0; number < appends; number++)
            {
                await Store.AppendNext("a", number);
            }
        }, Stop);
        var (cursor, seen) = (FeedCursor.Start, 0);
        while (seen < appends)
        {
            var more = Store.NextAppend();
            var page = await Store.ReadFeed(cursor, 1_000, Stop);
            if (page.Count == 0)
            {
                await WaitForMore(more);
            }
            else
            {
                (cursor, seen) = (page[^1].Cursor, seen + page.Count);
            }
        }

        await writing;
    }
}
