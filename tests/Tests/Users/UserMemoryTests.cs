// What a user's stream remembers, forgets and looks up: snapshots, bounds, clocks that are wrong, and damage.
using System.Text;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Users;

public sealed class UserMemoryTests
{
    private readonly FakeStore _store = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_that_the_state_has_forgotten_stays_ended(bool isShared)
    {
        _store.IsShared = isShared;
        var user = await Load();
        await user.Start(Report(First, Phone));
        await user.SignOut(Leave(First, Phone, Mode.Pin));
        await SignInAndOut(user, 2 * UserState.EndedMax);
        Assert.Null(user.State.Find(First));
        Assert.Equal(Standing.Ended, (await user.Inspect(Look(First, 200))).Standing);
        Assert.Equal(SignOutOutcome.AlreadySignedOut, await user.SignOut(Leave(First, Phone, Mode.Pin, 201)));
        Assert.Equal(SignOutOutcome.SessionEnded, await user.SignOut(Leave(First, Phone, Mode.Device, 202)));
        Assert.Equal(StartOutcome.SessionEnded, await user.Start(Report(First, Phone, 203)));
        Assert.Equal(AcknowledgeOutcome.SessionEnded, await user.Acknowledge(Show(First, 1, 204)));
        Assert.Equal(2 * ((2 * UserState.EndedMax) + 1), _store.Log.Count);
    }

    [Fact]
    public async Task A_replaced_session_that_the_state_has_forgotten_is_not_adopted_anew()
    {
        var user = await Load();
        await user.Start(Report(First, Phone));
        await user.Start(Report(Second, Phone, 1));
        await user.SignOut(Leave(Second, Phone, Mode.Pin, 2));
        await SignInAndOut(user, 2 * UserState.EndedMax);
        var before = _store.Log.Count;
        Assert.Equal(SignOutOutcome.SessionEnded, await user.SignOut(Leave(First, Phone, Mode.Pin, 200)));
        Assert.Equal(SignOutOutcome.SessionEnded, await user.SignOut(Leave(First, Phone, Mode.Device, 200)));
        Assert.Equal(before, _store.Log.Count);
    }

    [Fact]
    public async Task The_log_is_asked_once_for_an_unknown_session_and_not_at_all_for_a_user_without_events()
    {
        var user = await Load();
        Assert.Equal(Standing.Unknown, (await user.Inspect(Look(Second, 1))).Standing);
        Assert.Equal(0, _store.Probes);
        await user.Start(Report(First, Phone));
        Assert.Equal(Standing.Unknown, (await user.Inspect(Look(Second, 1))).Standing);
        Assert.Equal(Standing.Unknown, (await user.Inspect(Look(Second, 2))).Standing);
        Assert.Equal(1, _store.Probes);
        await user.Start(Report(Second, Tablet, 3));
        Assert.Equal(Standing.Live, (await user.Inspect(Look(Second, 4))).Standing);
    }

    [Fact]
    public async Task A_session_that_another_node_has_started_meanwhile_is_not_taken_for_a_forgotten_one()
    {
        _store.IsShared = true;
        var (here, there) = (await Load(), await Load());
        await here.Start(Report(First, Phone));
        _store.BeforeProbe = () => _store.Interleave(() => there.Start(Report(Second, Tablet, 1)));
        Assert.Equal(Standing.Live, (await here.Inspect(Look(Second, 2))).Standing);
    }

    [Fact]
    public async Task A_time_that_the_log_s_clock_does_not_agree_with_decides_nothing()
    {
        var user = await Load();
        await user.Start(Report(First, Phone));
        _store.Clock = Minute(10);
        var ahead = 10 + (25 * 60);
        await Assert.ThrowsAsync<ClockException>(async () => await user.SignOut(Leave(First, Phone, Mode.Pin, ahead)));
        await Assert.ThrowsAsync<ClockException>(async () => await user.Inspect(Look(First, ahead)));
        await Assert.ThrowsAsync<ClockException>(async () => await user.Expire(new ExpireDue(Minute(ahead))));
        Assert.Equal(Standing.Live, (await user.Inspect(Look(First, 10))).Standing);
        Assert.Single(_store.Log);
    }

    [Fact]
    public async Task A_snapshot_is_kept_after_100_events_and_the_next_load_starts_from_it()
    {
        var user = await WithEvents(105);
        var snapshot = _store.Snapshot!;
        Assert.InRange(snapshot.Head.Version, 100, 102);
        Assert.Equal(new StreamHead(snapshot.Head.Version, _store.Log[(int)snapshot.Head.Version - 1].Hash), snapshot.Head);
        var again = await Load();
        Assert.Equal((0, user.State), (_store.StreamReads, again.State));
    }

    [Fact]
    public async Task A_snapshot_is_small_and_rare_however_often_a_user_comes()
    {
        var written = 0L;
        _store.SnapshotWritten = snapshot => written += snapshot.Json.Length;
        await WithEvents(10_000);
        Assert.InRange(_store.Snapshot!.Json.Length, 1, 16_384);
        Assert.InRange(written, 1, _store.Log.Sum(stored => (long)stored.Json.Length));
    }

    // The service's own role may write snapshots: what it did not seal counts for nothing.
    [Fact]
    public async Task A_forged_snapshot_brings_no_session_back()
    {
        var user = await WithEvents(105);
        var last = user.State.Sessions.Single(session => session.IsLive).Id;
        await user.SignOut(Leave(last, Phone, Mode.Pin, 200));
        var revived = user.State.Find(last)! with { End = null };
        var forged = user.State with { Version = _store.Log.Count, Sessions = [revived] };
        var head = new StreamHead(_store.Log.Count, _store.Log[^1].Hash);
        _store.Snapshot = new UserSnapshots(new byte[32]).Seal(UserUnderTest.Stream, head, forged);
        var again = await Load();
        Assert.Equal(Standing.Ended, (await again.Inspect(Look(last, 201))).Standing);
    }

    [Fact]
    public async Task A_snapshot_whose_head_is_not_the_event_s_hash_is_left_aside()
    {
        var user = await WithEvents(105);
        var version = _store.Snapshot!.Head.Version;
        _store.Snapshot = user.Snapshots.Seal(
            UserUnderTest.Stream, new StreamHead(version, new EventHash(1, 1)), UserState.Initial with { Version = version });
        Assert.Equal(user.State, (await Load()).State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("a text that is longer than the seal of a snapshot, and no snapshot")]
    public async Task An_unreadable_snapshot_is_left_aside(string json)
    {
        var user = await WithEvents(105);
        _store.Snapshot = _store.Snapshot! with { Json = Encoding.UTF8.GetBytes(json) };
        Assert.Equal(user.State, (await Load()).State);
    }

    public static TheoryData<string, Func<StoredEvent, StoredEvent>> Damage => new()
    {
        { "content", stored => stored with { Json = "{\"at\":\"2026-03-02T08:00:00.000Z\"}"u8.ToArray() } },
        { "name", stored => stored with { Name = "session-used.v1" } },
        { "command", stored => stored with { Command = CommandId.Start(Third) } },
        { "ordinal", stored => stored with { Ordinal = stored.Ordinal + 1 } },
        { "version", stored => stored with { Version = stored.Version + 1 } },
        { "hash", stored => stored with { Hash = new EventHash(stored.Hash.High, stored.Hash.Low ^ 1) } },
    };

    // From the start, behind a snapshot, behind an unreadable snapshot, and when it is caught up: one check for every way.
    [Theory]
    [MemberData(nameof(Damage))]
    public async Task A_damaged_event_becomes_state_on_no_path(string what, Func<StoredEvent, StoredEvent> damage)
    {
        Assert.NotEmpty(what);
        _store.IsShared = true;
        var behind = await Load();
        await WithEvents(105);
        var good = _store.Snapshot!;
        _store.Log[^1] = damage(_store.Log[^1]);
        foreach (var snapshot in (Snapshot?[])[null, good, good with { Json = new byte[40] }])
        {
            _store.Snapshot = snapshot;
            await Assert.ThrowsAsync<StoreUnavailableException>(Load);
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await behind.Inspect(Look(First, 200)));
    }

    [Fact]
    public async Task A_missing_event_is_noticed()
    {
        _store.IsShared = true;
        var behind = await Load();
        await WithEvents(5);
        _store.Log.RemoveAt(2);
        await Assert.ThrowsAsync<StoreUnavailableException>(Load);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await behind.Inspect(Look(First, 200)));
    }

    [Fact]
    public async Task A_load_without_a_snapshot_reads_the_log_once()
    {
        await WithEvents(5);
        var again = await Load();
        Assert.Equal((0, _store.Log.Count), (_store.StreamReads, again.State.Version));
    }

    [Fact]
    public async Task An_event_that_this_version_does_not_know_stops_the_load()
    {
        await WithEvents(3);
        _store.Rewrite(1, "session-blessed.v1");
        await Assert.ThrowsAsync<InvalidDataException>(Load);
    }

    [Fact]
    public async Task A_long_history_lets_others_have_their_turn_while_it_is_read()
    {
        await WithEvents(2_500);
        _store.Snapshot = null;
        var (order, scheduler) = (new List<string>(), new ConcurrentExclusiveSchedulerPair().ExclusiveScheduler);
        var load = Begin(async () =>
        {
            Assert.Equal(_store.Log.Count, (await Load()).State.Version);
            order.Add("loaded");
        });
        var other = Begin(() =>
        {
            order.Add("another user");
            return Task.CompletedTask;
        });
        await Task.WhenAll(load, other);
        Assert.Equal(["another user", "loaded"], order);

        Task Begin(Func<Task> act) =>
            Task.Factory.StartNew(act, CancellationToken.None, TaskCreationOptions.None, scheduler).Unwrap();
    }

    private static async Task SignInAndOut(UserUnderTest user, int times)
    {
        for (var number = 0; number < times; number++)
        {
            await user.Start(Report(Session(100 + number), Phone, 20 + number));
            await user.SignOut(Leave(Session(100 + number), Phone, Mode.Pin, 20.5 + number));
        }
    }

    // Sign-ins that replace each other: two events each but the first.
    private async Task<UserUnderTest> WithEvents(int count)
    {
        var user = await Load();
        for (var number = 1; _store.Log.Count < count; number++)
        {
            await user.Start(Report(Session(number), Phone, number));
        }

        await user.SnapshotWritten;
        return user;
    }

    private async Task<UserUnderTest> Load() => await UserUnderTest.Load(_store);
}
