// The pump by itself, over a log in memory: who gets what, what a full buffer costs, and how it continues after a fault.
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Tests.Api;

public sealed class FeedPumpTests : IAsyncLifetime
{
    private readonly FakeTime time = new();
    private readonly SilentFeed feed = new();
    private readonly Dictionary<string, EventHash> hashes = [];
    private readonly FeedPump pump;

    public FeedPumpTests()
    {
        pump = new FeedPump(feed, time, NullLogger<FeedPump>.Instance);
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await pump.StartAsync(Stop);

    public async ValueTask DisposeAsync()
    {
        await pump.StopAsync(CancellationToken.None);
        pump.Dispose();
    }

    [Fact]
    public async Task A_listener_gets_what_comes_after_it_came_and_no_events_that_end_nothing()
    {
        await Append("user-1-1", 0);
        using var all = await pump.ListenToAll(Stop);
        using var one = await pump.ListenTo(new UserId("user-1-2"), Stop);
        await Append("user-1-1", 1, "session-used.v1");
        await Append("user-1-1", 2);
        await Append("user-1-2", 0);
        await Append("user-1-3", 0);
        foreach (var expected in (string[])["user-1-1", "user-1-2", "user-1-3"])
        {
            Assert.Equal(expected, (await all.Events.ReadAsync(Stop))!.User.Stream);
        }

        Assert.Equal(("user-1-2", 1L), await one.Events.ReadAsync(Stop) is { } ended ? (ended.User.Stream, ended.Version) : default);
        Assert.False(one.Events.TryRead(out _));
    }

    [Fact]
    public async Task A_listener_whose_buffer_is_full_is_cut_off_and_nobody_else()
    {
        using var slow = await pump.ListenToAll(Stop);
        using var quick = await pump.ListenTo(new UserId("user-1-2"), Stop);
        for (var version = 0; version <= FeedListener.BufferMax; version++)
        {
            await Append("user-1-1", version);
        }

        await Append("user-1-2", 0);
        Assert.Equal("user-1-2", (await quick.Events.ReadAsync(Stop))!.User.Stream);
        var seen = new List<long>();
        await foreach (var ended in slow.Events.ReadAllAsync(Stop))
        {
            seen.Add(ended!.Version);
        }

        Assert.Equal(Enumerable.Range(1, FeedListener.BufferMax).Select(version => (long)version), seen);
        Assert.False(quick.Events.Completion.IsCompleted);
    }

    [Fact]
    public async Task A_wake_up_does_not_fill_the_buffer()
    {
        using var listener = await pump.ListenToAll(Stop);
        for (var i = 0; i < 2 * FeedListener.BufferMax; i++)
        {
            listener.Wake();
        }

        Assert.Null(await listener.Events.ReadAsync(Stop));
        Assert.False(listener.Events.TryRead(out _));
    }

    [Fact]
    public async Task An_append_whose_signal_was_lost_is_found_within_a_second()
    {
        feed.IsSilent = true;
        using var listener = await pump.ListenToAll(Stop);
        await UntilItWaits();
        await Append("user-1-1", 0);
        Assert.False(listener.Events.TryRead(out _));
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await listener.Events.ReadAsync(Stop))!.Version);
    }

    [Fact]
    public async Task What_was_signalled_and_is_held_back_by_an_older_transaction_is_looked_for_soon()
    {
        using var listener = await pump.ListenToAll(Stop);
        await UntilItWaits();
        var looks = feed.Looks;
        feed.IsHeldBack = true;
        await Append("user-1-1", 0);
        await Wait.Until(() => feed.Looks > looks, () => "The signal brought no look."); // It finds nothing.

        await UntilItWaits();
        feed.IsHeldBack = false;
        time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.Equal(1, (await listener.Events.ReadAsync(Stop))!.Version);
    }

    [Fact]
    public async Task After_a_fault_it_goes_on_from_where_it_was()
    {
        feed.IsSilent = true;
        using var listener = await pump.ListenToAll(Stop);
        await UntilItWaits();
        feed.IsDown = true;
        await Append("user-1-1", 0);
        for (var round = 0; round < 3; round++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await UntilItWaits();
        }

        Assert.False(listener.Events.TryRead(out _));
        feed.IsDown = false;
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, (await listener.Events.ReadAsync(Stop))!.Version);
    }

    [Fact]
    public async Task Its_lag_grows_while_the_log_cannot_be_read_and_ends_with_the_first_look_that_comes_to_the_end()
    {
        feed.IsSilent = true;
        using var listener = await pump.ListenToAll(Stop);
        await UntilItWaits();
        Assert.Equal(TimeSpan.Zero, pump.Lag);
        feed.IsDown = true;
        for (var round = 0; round < 5; round++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await UntilItWaits();
        }

        Assert.InRange(pump.Lag.TotalSeconds, 3, 5);
        feed.IsDown = false;
        time.Advance(TimeSpan.FromSeconds(1));
        await Wait.Until(() => pump.Lag == TimeSpan.Zero, () => "The lag did not end.");
    }

    [Fact]
    public async Task What_a_stream_of_notices_has_not_sent_gets_older_until_it_is_sent()
    {
        using var ofAll = await pump.ListenToAll(Stop);
        using var listener = await pump.ListenTo(new UserId("user-1-1"), Stop);
        await Append("user-1-1", 0);
        await Wait.Until(() => listener.Events.Count == 1, () => "The event did not come.");
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), pump.OldestUnsent());

        listener.BeginSend(); // Taken, and not sent yet; a second one comes meanwhile.
        await listener.Events.ReadAsync(Stop);
        await Append("user-1-1", 1);
        await Wait.Until(() => listener.Events.Count == 1, () => "The second event did not come.");
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(6), pump.OldestUnsent());
        listener.EndSend();
        Assert.Equal(TimeSpan.FromSeconds(3), pump.OldestUnsent());
        listener.BeginSend();
        listener.EndSend();
        Assert.Equal(TimeSpan.Zero, pump.OldestUnsent());
    }

    [Fact]
    public async Task Whoever_comes_after_the_others_have_left_misses_nothing()
    {
        using (await pump.ListenToAll(Stop))
        {
            await Append("user-1-1", 0);
        }

        await Append("user-1-1", 1);
        using var listener = await pump.ListenToAll(Stop);
        await Append("user-1-1", 2);
        long version;
        do
        {
            version = (await listener.Events.ReadAsync(Stop))!.Version; // What was there before may come as well.
        }
        while (version < 3);
        Assert.Equal(3, version);
    }

    private Task UntilItWaits() => Wait.Until(() => time.TimersSet > 0, () => "The pump set no timer.");

    private async Task Append(string stream, long version, string name = "session-expired.v1")
    {
        var session = new SessionId(new Guid((int)version, 0, 0, new byte[8]));
        var json = UserEventCodec.Encode(new SessionExpired(DateTimeOffset.UnixEpoch, "77", session, DeviceId.Of("x"), Limit.Idle));
        var at = TimeProvider.System.GetUtcNow();
        var command = new CommandId(session.Value);
        var hash = hashes[stream] = hashes.GetValueOrDefault(stream).Next(stream, version + 1, command, 0, name, json);
        var append = new Append(stream, version, command, at, [new(name, json, hash)], null);
        Assert.Equal(AppendOutcome.Appended, await feed.Store.Append(append));
    }

    // A log in memory whose signals can be lost and whose reads can fail.
    private sealed class SilentFeed : IFeed
    {
        public void CheckTime(DateTimeOffset time) => Store.CheckTime(time);

        public MemoryEventStore Store { get; } = new(TimeProvider.System);

        public bool IsSilent { get; set; }

        public bool IsDown { get; set; }

        public bool IsHeldBack { get; set; }

        public int Looks { get; private set; }

        public ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation)
        {
            var page = IsDown ? throw new StoreUnavailableException("down")
                : IsHeldBack ? new([])
                : Store.ReadFeed(after, max, cancellation);
            Looks++;
            return page;
        }

        public ValueTask<FeedCursor> FindEnd(CancellationToken cancellation) => Store.FindEnd(cancellation);

        public ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation) =>
            Store.FindStreams(key, prefix, max, cancellation);

        public Task NextAppend() => IsSilent ? new TaskCompletionSource().Task : Store.NextAppend();

        public ValueTask<IReadOnlyList<StoredEvent>> ReadStream(
            string stream, long afterVersion, int max, CancellationToken cancellation) =>
            Store.ReadStream(stream, afterVersion, max, cancellation);
    }
}
