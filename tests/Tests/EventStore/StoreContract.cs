// The event store's contract as tests. A name starts with the number of the case in IEventStore; every store inherits the suite.
using System.Text;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.EventStore;

public abstract partial class StoreContract
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private protected abstract IEventStore Store { get; }

    // The same log after a restart, or null where a restart forgets.
    private protected virtual IEventStore? Restart() => null;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Case01_an_append_at_the_streams_version_stores_all_its_events()
    {
        Assert.Equal(AppendOutcome.Appended, await Store.Append(Appends.Build("a", default, command: 1, count: 2)));
        Assert.Equal(AppendOutcome.Appended, await Store.AppendNext("a", command: 2));

        var events = (await Store.Load("a", 1, Stop)).Events;
        Assert.Equal([1, 2, 3], events.Select(stored => stored.Version));
        Assert.Equal([0, 1, 0], events.Select(stored => stored.Ordinal));
        Assert.Equal([1, 1, 2], events.Select(stored => stored.Command.Value.ToByteArray()[0]));
        Assert.All(events, stored => Assert.Equal("tested.v1", stored.Name));
        Assert.Equal("{\"command\":1,\"ordinal\":1}", Encoding.UTF8.GetString(events[1].Json.Span));
    }

    [Fact]
    public async Task Case01_a_thousand_events_are_one_append()
    {
        Assert.Equal(AppendOutcome.Appended, await Store.Append(Appends.Build("a", default, command: 1, Append.EventsMax)));
        Assert.Equal(Append.EventsMax, (await Store.ReadStream("a", 0, 10_000, Stop)).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => Appends.Build("b", default, command: 1, Append.EventsMax + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Appends.Build("b", default, command: 1, count: 0));
        Assert.Throws<ArgumentException>(() => Appends.Build("b\0", default, command: 1));
    }

    [Theory]
    [InlineData("user-2001-12345678901234567890")]
    [InlineData("it's a \"name\"; DROP TABLE events; --")]
    [InlineData("ユーザー-😀-\\0-é")]
    public async Task Case01_names_and_bytes_come_back_as_they_were(string stream)
    {
        byte[][] contents = [[0, 1, 0, 255, 0], [], [.. Enumerable.Range(0, 70_000).Select(number => (byte)number)]];
        var events = Appends.Chain(stream, default, Appends.Command(1), contents);
        var append = new Append(stream, 0, Appends.Command(1), TimeProvider.System.GetUtcNow(), events, null);
        Assert.Equal(AppendOutcome.Appended, await Store.Append(append));

        Assert.Equal(contents, (await Store.Load(stream, 1, Stop)).Events.Select(stored => stored.Json.ToArray()));
        Assert.Equal(contents, (await Store.ReadFeed(FeedCursor.Start, 10, Stop)).Select(stored => stored.Json.ToArray()));
        Assert.All(await Store.ReadFeed(FeedCursor.Start, 10, Stop), stored => Assert.Equal(stream, stored.Stream));
        Assert.Empty((await Store.Load(stream.ToUpperInvariant() + "x", 1, Stop)).Events);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(long.MaxValue - 1)]
    public async Task Case02_another_version_lower_or_higher_is_a_conflict(long expected)
    {
        await Store.AppendNext("a", command: 1, count: 2);
        var before = await Store.ReadWholeFeed(10);
        Assert.Equal(AppendOutcome.Conflict, await Store.Append(Appends.Build("a", new StreamHead(expected, default), command: 2)));
        Assert.Equal(before.Select(Appends.Text), (await Store.ReadWholeFeed(10)).Select(Appends.Text));
    }

    [Fact]
    public async Task Case02_a_first_append_leaves_no_gap()
    {
        Assert.Equal(AppendOutcome.Conflict, await Store.Append(Appends.Build("a", new StreamHead(1, default), command: 1)));
        Assert.Equal(AppendOutcome.Appended, await Store.Append(Appends.Build("a", default, command: 1)));
        Assert.Equal(1, Assert.Single(await Store.ReadWholeFeed(10)).Version);
    }

    [Fact]
    public async Task Case03_a_command_that_the_stream_has_is_already_appended_whatever_version_it_expects()
    {
        await Store.AppendNext("a", command: 1, count: 3);
        await Store.AppendNext("a", command: 2);
        foreach (var expected in new long[] { 0, 1, 4, 5, 99 })
        {
            var repeat = Appends.Build("a", new StreamHead(expected, default), command: 1);
            Assert.Equal(AppendOutcome.AlreadyAppended, await Store.Append(repeat));
        }

        Assert.Equal(4, (await Store.ReadWholeFeed(10)).Count);
        Assert.Equal(AppendOutcome.Appended, await Store.AppendNext("another stream", command: 1));
    }

    [Fact]
    public async Task Case04_one_conflict_among_fifty_appends_is_its_own()
    {
        await Store.AppendNext("taken", command: 1);
        var appends = Enumerable.Range(0, 50).Select(number => Appends.Build($"stream {number}", default, command: number)).ToList();
        appends.Insert(25, Appends.Build("taken", default, command: 2));
        appends.Insert(30, Appends.Build("stream 3", await Store.Head("none"), command: 3));
        var outcomes = await Task.WhenAll(appends.Select(append => Store.Append(append).AsTask()));

        Assert.Equal(AppendOutcome.Conflict, outcomes[25]);
        Assert.Equal(AppendOutcome.AlreadyAppended, outcomes[30]);
        Assert.Equal(50, outcomes.Count(outcome => outcome == AppendOutcome.Appended));
        Assert.Equal(51, (await Store.ReadWholeFeed(10)).Count);
    }

    [Fact]
    public async Task Case04_appends_of_one_stream_under_way_together_are_judged_one_after_the_other()
    {
        var first = Appends.Build("a", default, command: 1);
        var second = Appends.Build("a", new StreamHead(1, first.Events[0].Hash), command: 2, count: 2);
        var gap = Appends.Build("a", new StreamHead(4, default), command: 3);
        var outcomes = await Task.WhenAll(new[] { first, second, gap, first }.Select(append => Store.Append(append).AsTask()));

        Assert.Equal(
            [AppendOutcome.Appended, AppendOutcome.Appended, AppendOutcome.Conflict, AppendOutcome.AlreadyAppended], outcomes);
        Assert.Equal(3, (await Store.Load("a", 1, Stop)).Events.Count);
    }

    [Fact]
    public async Task Case05_of_racing_appends_exactly_one_is_appended()
    {
        for (var version = 0; version < 5; version++)
        {
            var head = await Store.Head("a");
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(racer =>
                Task.Run(async () => await Store.Append(Appends.Build("a", head, command: (version * 64) + racer)))));
            Assert.Equal(1, outcomes.Count(outcome => outcome == AppendOutcome.Appended));
            Assert.Equal(63, outcomes.Count(outcome => outcome == AppendOutcome.Conflict));
        }

        Assert.Equal([1, 2, 3, 4, 5], (await Store.Load("a", 1, Stop)).Events.Select(stored => stored.Version));
    }

    [Fact]
    public async Task Case06_a_stream_is_read_from_any_version()
    {
        await Store.AppendNext("other", command: 1);
        await Store.AppendNext("a", command: 1, count: 5);
        await Store.AppendNext("a", command: 2, count: 5);

        Assert.Equal([1, 2, 3], (await Store.ReadStream("a", 0, 3, Stop)).Select(stored => stored.Version));
        Assert.Equal([5, 6, 7], (await Store.ReadStream("a", 4, 3, Stop)).Select(stored => stored.Version));
        Assert.Equal([9, 10], (await Store.ReadStream("a", 8, 10_000, Stop)).Select(stored => stored.Version));
        Assert.Empty(await Store.ReadStream("a", 10, 3, Stop));
        Assert.Empty(await Store.ReadStream("none", 0, 3, Stop));
        var none = await Store.Load("none", 1, Stop);
        Assert.Null(none.Snapshot);
        Assert.Empty(none.Events);
    }

    [Fact]
    public async Task Case07_the_feed_returns_every_event_once_while_four_writers_append()
    {
        const int writers = 4, appends = 100;
        var writing = Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(async () =>
        {
            for (var number = 0; number < appends; number++)
            {
                Assert.Equal(AppendOutcome.Appended, await Store.AppendNext($"stream {writer}", command: number, count: 1 + (number % 2)));
            }
        })));
        var all = new List<StoredEvent>();
        while (!writing.IsCompleted)
        {
            all.AddRange(await Store.ReadFeed(all.Count == 0 ? FeedCursor.Start : all[^1].Cursor, 7, Stop));
            await Task.Yield();
        }

        await writing;
        IReadOnlyList<StoredEvent> page;
        do
        {
            all.AddRange(page = await Store.ReadFeed(all.Count == 0 ? FeedCursor.Start : all[^1].Cursor, 7, Stop));
        }
        while (page.Count > 0);

        Assert.Equal(writers * appends * 3 / 2, all.Count);
        Assert.Equal(all.Count, all.Select(stored => stored.Cursor).Distinct().Count());
        Assert.All(all.GroupBy(stored => stored.Stream), stream =>
            Assert.Equal(Enumerable.Range(1, appends * 3 / 2).Select(version => (long)version), stream.Select(stored => stored.Version)));
    }

    [Fact]
    public async Task Case07_fewer_than_asked_for_means_the_end_of_the_feed()
    {
        await Store.AppendNext("a", command: 1, count: 5);
        var page = await Store.ReadFeed(FeedCursor.Start, 5, Stop);
        Assert.Equal(5, page.Count);
        Assert.Empty(await Store.ReadFeed(page[^1].Cursor, 5, Stop));
        Assert.Equal(4, (await Store.ReadFeed(page[0].Cursor, 5, Stop)).Count);
    }

    [Fact]
    public async Task Case09_a_stream_is_due_from_its_time_until_it_is_set()
    {
        await Store.AppendNext("early", command: 1, due: Noon);
        await Store.AppendNext("late", command: 1, due: Noon.AddHours(1));
        await Store.AppendNext("never", command: 1);
        Assert.Empty(await Store.ReadDue(Noon.AddTicks(-1), 10, Stop));

        var found = Assert.Single(await Store.ReadDue(Noon.AddMinutes(1), 10, Stop));
        Assert.Equal("early", found.Stream);
        Assert.InRange(found.Due, Noon, Noon.AddMinutes(1));
        await Store.SetDue(found, Noon.AddHours(2), Stop);
        Assert.Empty(await Store.ReadDue(Noon.AddMinutes(1), 10, Stop));

        var both = await Store.ReadDue(Noon.AddHours(3), 10, Stop);
        Assert.Equal(["late", "early"], both.Select(entry => entry.Stream));
        Assert.Equal("late", Assert.Single(await Store.ReadDue(Noon.AddHours(3), 1, Stop)).Stream);
        await Store.SetDue(both[0], null, Stop);
        await Store.SetDue(both[1], null, Stop);
        Assert.Empty(await Store.ReadDue(DateTimeOffset.MaxValue, 10, Stop));
    }

    [Fact]
    public async Task Case09_no_append_makes_a_due_time_forgotten()
    {
        await Store.AppendNext("a", command: 1, due: Noon);
        await Store.AppendNext("a", command: 2, due: Noon.AddHours(1));
        await Store.AppendNext("a", command: 3);
        var first = Assert.Single((await Store.ReadDue(Noon.AddMinutes(1), 10, Stop)).DistinctBy(entry => entry.Stream));
        await Store.SetDue(first, null, Stop);

        Assert.Contains(await Store.ReadDue(Noon.AddHours(2), 10, Stop), entry => entry.Stream == "a");
        await Store.Append(Appends.Build("b", new StreamHead(9, default), command: 1, due: Noon));
        Assert.DoesNotContain(await Store.ReadDue(Noon.AddHours(2), 10, Stop), entry => entry.Stream == "b");
    }

    [Fact]
    public async Task Case18_every_stream_that_has_a_due_time_is_in_the_pages_whenever_that_is()
    {
        await Store.AppendNext("b", command: 1, due: Noon.AddYears(1));
        await Store.AppendNext("never", command: 1);
        await Store.AppendNext("c", command: 1, due: Noon);
        await Store.AppendNext("a", command: 1, due: Noon);
        await Store.AppendNext("a", command: 2, due: Noon.AddHours(1));
        await Store.AppendNext("ended", command: 1, due: Noon);
        await Store.SetDue((await Store.ReadDue(Noon.AddMinutes(1), 10, Stop)).Single(row => row.Stream == "ended"), null, Stop);

        var all = await Store.ReadWaiting(after: null, 100, Stop);
        Assert.Equal(["a", "c"], all.Take(2).Select(row => row.Stream).Order());
        Assert.Equal(["a", "b"], all.Skip(2).Select(row => row.Stream));
        Assert.Equal(all.Select(row => row.Due).Order(), all.Select(row => row.Due));
        foreach (var size in new[] { 1, 2, 3 })
        {
            var paged = new List<DueStream>();
            while (await Store.ReadWaiting(paged.Count == 0 ? null : paged[^1], size, Stop) is { Count: > 0 } page)
            {
                paged.AddRange(page);
            }

            Assert.Equal(all, paged);
        }
    }

    [Fact]
    public async Task Case10_what_was_there_before_a_restart_is_there_after_it()
    {
        await Store.AppendNext("a", command: 1, count: 3, due: Noon);
        await Store.AppendNext("b", command: 1);
        await Store.WriteSnapshot(new Snapshot("a", 7, await Store.Head("a"), "state"u8.ToArray()), Stop);
        await Store.AppendNext("a", command: 2);
        var feed = await Store.ReadWholeFeed(10);
        await Store.GetOrAddProperty("a property", "kept", Stop);
        var restarted = Restart();
        Assert.SkipWhen(restarted is null, "A restart empties this store.");

        Assert.Equal(feed.Select(Appends.Text), (await restarted.ReadWholeFeed(10)).Select(Appends.Text));
        Assert.Equal(feed.Select(stored => stored.Cursor), (await restarted.ReadWholeFeed(10)).Select(stored => stored.Cursor));
        Assert.Equal(3, (await restarted.Load("a", 7, Stop)).Snapshot!.Head.Version);
        Assert.Equal("a", Assert.Single(await restarted.ReadDue(Noon.AddMinutes(1), 10, Stop)).Stream);
        Assert.Equal(AppendOutcome.AlreadyAppended, await restarted.Append(Appends.Build("a", default, command: 1)));
        Assert.Equal(AppendOutcome.Appended, await restarted.AppendNext("a", command: 3));
        Assert.Single(await restarted.ReadFeed(feed[^1].Cursor, 10, Stop));
        Assert.Equal("kept", await restarted.GetOrAddProperty("a property", "another", Stop));
    }

    [Fact]
    public async Task Case11_a_healthy_store_says_so() => await Store.CheckHealth(Stop);
}
