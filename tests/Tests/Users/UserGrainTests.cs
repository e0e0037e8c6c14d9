// The grain without an engine: load, decide, append, evolve, answer, and what each outcome of an append leads to.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Logging.Abstractions;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Users;

public sealed class UserGrainTests
{
    private const string Stream = "user-2001-12345678901234567890";

    private readonly FakeStore _store = new();
    private readonly FakeClock _clock = new() { Now = Minute(10) };

    [Fact]
    public async Task An_answer_follows_the_append()
    {
        var (grain, _) = await Activate();
        Assert.Equal(new StartReply(StartOutcome.Started, 1), await grain.StartSession(Report(First, Phone)));
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 2), await grain.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.Equal(new SignOutReply(SignOutOutcome.AlreadySignedOut, 2), await grain.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], _store.Log.Select(stored => stored.Name));
        Assert.Equal([Minute(481), null], _store.Appends.Select(append => append.NextDue));
    }

    [Fact]
    public async Task An_append_that_throws_changes_nothing_and_the_next_call_succeeds()
    {
        var (grain, activation) = await Activate();
        await grain.StartSession(Report(First, Phone));
        _store.Answers.Enqueue(_ => throw new StoreUnavailableException("The disk is full."));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await grain.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.Equal(Standing.Live, (await grain.Inspect(Look(First, 10))).Standing);
        Assert.False(activation.IsToEnd);
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 2), await grain.SignOut(Leave(First, Phone, Mode.Pin)));
        AssertChain();
    }

    [Fact]
    public async Task After_a_conflict_it_catches_up_and_decides_again()
    {
        var (here, _) = await Activate();
        var (there, _) = await Activate();
        await there.StartSession(Report(First, Phone));
        Assert.Equal(new StartReply(StartOutcome.Started, 3), await here.StartSession(Report(Second, Phone, 5)));
        Assert.Equal(["session-started.v1", "session-superseded.v1", "session-started.v1"], _store.Log.Select(stored => stored.Name));
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 4), await there.SignOut(Leave(Second, Phone, Mode.Pin)));
        AssertChain();
    }

    [Fact]
    public async Task A_sign_out_that_another_node_s_sign_out_overtook_is_accepted()
    {
        var (here, _) = await Activate();
        await here.StartSession(Report(First, Phone));
        var (there, _) = await Activate();
        await there.SignOut(Leave(First, Phone, Mode.Pin));
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 3), await here.SignOut(Leave(First, Phone, Mode.Device)));
        Assert.Equal(new SignOutReply(SignOutOutcome.AlreadySignedOut, 3), await there.SignOut(Leave(First, Phone, Mode.Device)));
    }

    [Fact]
    public async Task A_sign_out_that_came_long_after_another_node_s_does_not_profit_from_a_memory_that_was_behind()
    {
        var (here, _) = await Activate();
        await here.StartSession(Report(First, Phone));
        var (there, _) = await Activate();
        await there.SignOut(Leave(First, Phone, Mode.Pin, 10));
        Assert.Equal(SignOutOutcome.SessionEnded, (await here.SignOut(Leave(First, Phone, Mode.Device, 10.5))).Outcome);
        Assert.Equal(2, _store.Log.Count);
    }

    [Fact]
    public async Task On_a_log_that_others_write_nothing_is_answered_from_a_memory_that_is_behind()
    {
        _store.IsShared = true;
        var (here, _) = await Activate();
        var (there, _) = await Activate();
        await here.StartSession(Report(First, Phone));
        Assert.Equal(Standing.Live, (await there.Inspect(Look(First, 5))).Standing);
        await here.SignOut(Leave(First, Phone, Mode.Device));
        Assert.Equal(Standing.Ended, (await there.Inspect(Look(First, 11))).Standing);
        Assert.Equal(StartOutcome.DeviceSignInOff, (await there.StartSession(Report(Second, Phone, 12, Mode.Device))).Outcome);
        await here.StartSession(Report(Second, Phone, 13));
        Assert.Equal(Second, Assert.Single((await there.View(Minute(14))).Sessions).Session);
        Assert.Equal(StartOutcome.Started, (await here.StartSession(Report(Session(3), Phone, 15, Mode.Device))).Outcome);
    }

    [Fact]
    public async Task Endless_conflicts_are_the_store_s_trouble_and_not_the_caller_s()
    {
        var (grain, _) = await Activate();
        for (var i = 0; i < 4; i++)
        {
            _store.Answers.Enqueue(_ => AppendOutcome.Conflict);
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await grain.StartSession(Report(First, Phone)));
        Assert.Equal(4, _store.Appends.Count);
    }

    [Fact]
    public async Task An_unknown_outcome_that_was_stored_is_answered_and_ends_the_activation()
    {
        var (grain, activation) = await Activate();
        await grain.StartSession(Report(First, Phone));
        _store.Answers.Enqueue(append => Unknown(_store.Keep(append)));
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 2), await grain.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.True(activation.IsToEnd);
        Assert.Equal(2, _store.Log.Count);
    }

    [Fact]
    public async Task An_unknown_outcome_that_is_not_stored_yet_is_no_answer_and_the_repeat_is_safe()
    {
        var (grain, activation) = await Activate();
        await grain.StartSession(Report(First, Phone));
        _store.Answers.Enqueue(_ => AppendOutcome.Unknown);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await grain.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.True(activation.IsToEnd);
        _store.Keep(_store.Appends[^1]); // It came late, after all.
        Assert.Equal(new SignOutReply(SignOutOutcome.AlreadySignedOut, 2), await grain.SignOut(Leave(First, Phone, Mode.Pin)));
        AssertChain();
    }

    [Fact]
    public async Task An_unknown_outcome_whose_place_another_node_took_is_a_conflict()
    {
        var (here, _) = await Activate();
        var (there, _) = await Activate();
        await there.StartSession(Report(First, Tablet));
        _store.Answers.Enqueue(_ => AppendOutcome.Unknown);
        Assert.Equal(new StartReply(StartOutcome.Started, 2), await here.StartSession(Report(Second, Phone)));
        AssertChain();
    }

    [Fact]
    public async Task A_command_that_the_log_has_is_a_repeat()
    {
        var (grain, _) = await Activate();
        await grain.StartSession(Report(First, Phone));
        _store.Answers.Enqueue(_ => AppendOutcome.AlreadyAppended);
        Assert.Equal(new SignOutReply(SignOutOutcome.AlreadySignedOut, 1), await grain.SignOut(Leave(First, Phone, Mode.Pin)));
    }

    [Fact]
    public async Task A_command_that_the_log_has_with_another_device_is_no_repeat()
    {
        var (here, _) = await Activate();
        var (there, _) = await Activate();
        await there.StartSession(Report(First, Phone));
        Assert.Equal(StartOutcome.SessionIdReused, (await here.StartSession(Report(First, Tablet))).Outcome);
        var (stale, _) = await Activate();
        await there.SignOut(Leave(Second, Phone, Mode.Pin));
        Assert.Equal(SignOutOutcome.OtherDevice, (await stale.SignOut(Leave(Second, Tablet, Mode.Pin))).Outcome);
    }

    [Theory]
    [InlineData(Mode.Pin, Mode.Device, 4)]
    [InlineData(Mode.Device, Mode.Pin, 3)]
    public async Task Both_modes_at_once_are_both_accepted(Mode first, Mode second, int events)
    {
        var (grain, _) = await Activate();
        await grain.StartSession(Report(First, Phone));
        await grain.StartSession(Report(Second, Tablet));
        _clock.Now = Minute(10.001);
        Assert.Equal(SignOutOutcome.SignedOut, (await grain.SignOut(Leave(First, Phone, first))).Outcome);
        _clock.Now = Minute(11);
        Assert.Equal(
            events == 4 ? SignOutOutcome.SignedOut : SignOutOutcome.AlreadySignedOut,
            (await grain.SignOut(Leave(First, Phone, second, 10.001))).Outcome);
        Assert.Equal(events, _store.Log.Count);
        Assert.Equal(SignOutOutcome.AlreadySignedOut, (await grain.SignOut(Leave(First, Phone, Mode.Device, 12))).Outcome);
        Assert.Equal(StartOutcome.DeviceSignInOff, (await grain.StartSession(Report(Third, Phone, 12, Mode.Device))).Outcome);
    }

    [Fact]
    public async Task Mode_2_after_the_answer_to_mode_1_is_refused()
    {
        var (grain, _) = await Activate();
        await grain.StartSession(Report(First, Phone));
        await grain.SignOut(Leave(First, Phone, Mode.Pin));
        Assert.Equal(new SignOutReply(SignOutOutcome.SessionEnded, 2), await grain.SignOut(Leave(First, Phone, Mode.Device, 10.001)));
    }

    [Fact]
    public async Task Expiry_and_the_view_follow_the_limits()
    {
        var (grain, _) = await Activate();
        await grain.StartSession(Report(First, Phone));
        await grain.StartSession(Report(Second, Tablet, 5));
        Assert.Equal([First, Second], (await grain.View(Minute(480))).Sessions.Select(session => session.Session));
        Assert.Equal([Second], (await grain.View(Minute(481))).Sessions.Select(session => session.Session));
        Assert.Equal(new ExpireReply(Minute(486)), await grain.ExpireDue(new ExpireDue(Minute(481))));
        Assert.Equal(new ExpireReply(null), await grain.ExpireDue(new ExpireDue(Minute(486))));
        AssertChain();
    }

    [Fact]
    public async Task A_snapshot_is_kept_after_100_events_and_the_next_activation_starts_from_it()
    {
        var grain = await WithEvents(105);
        var snapshot = _store.Snapshot!;
        Assert.InRange(snapshot.Head.Version, 100, 101);
        Assert.Equal(new StreamHead(snapshot.Head.Version, _store.Log[(int)snapshot.Head.Version - 1].Hash), snapshot.Head);
        var (again, _) = await Activate();
        Assert.Equal(0, _store.StreamReads);
        await AssertSame(grain, again);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"Sessions\":")]
    public async Task An_unreadable_snapshot_is_left_aside(string json)
    {
        var grain = await WithEvents(105);
        _store.Snapshot = _store.Snapshot! with { Json = System.Text.Encoding.UTF8.GetBytes(json) };
        var (again, _) = await Activate();
        await AssertSame(grain, again);
    }

    [Fact]
    public async Task An_activation_without_a_snapshot_reads_the_log_once()
    {
        await WithEvents(5);
        var (again, _) = await Activate();
        Assert.Equal(0, _store.StreamReads);
        Assert.Equal(_store.Log.Count, (await again.View(Minute(0))).Version);
    }

    [Fact]
    public async Task An_event_that_this_version_does_not_know_stops_the_activation()
    {
        await WithEvents(3);
        _store.Log[1] = _store.Log[1] with { Name = "session-blessed.v1" };
        await Assert.ThrowsAsync<InvalidDataException>(Activate);
    }

    private static AppendOutcome Unknown(AppendOutcome really) => really == AppendOutcome.Appended ? AppendOutcome.Unknown : really;

    // Sign-ins that replace each other: two events each but the first.
    private async Task<UserGrain> WithEvents(int count)
    {
        var (grain, _) = await Activate();
        for (var number = 1; _store.Log.Count < count; number++)
        {
            await grain.StartSession(Report(Session(number), Phone, number));
        }

        return grain;
    }

    private async Task<(UserGrain Grain, FakeActivation Activation)> Activate()
    {
        var activation = new FakeActivation(Stream);
        var grain = activation.Give(new UserGrain(_store, new DefaultPolicies(), _clock, NullLogger<UserGrain>.Instance));
        await grain.OnActivateAsync(CancellationToken.None);
        return (grain, activation);
    }

    // Two activations at one version that append at the same hash know the same.
    private async Task AssertSame(UserGrain grain, UserGrain again)
    {
        var (one, other) = (await grain.View(Minute(0)), await again.View(Minute(0)));
        Assert.Equal(_store.Log.Count, other.Version);
        Assert.Equal((one.Version, one.Sessions.Single()), (other.Version, other.Sessions.Single()));
        Assert.Equal(SignOutOutcome.SignedOut, (await again.SignOut(Leave(other.Sessions[0].Session, Phone, Mode.Pin, 200))).Outcome);
        AssertChain();
    }

    private void AssertChain()
    {
        var hash = default(EventHash);
        foreach (var stored in _store.Log)
        {
            hash = hash.Next(Stream, stored.Version, stored.Command, stored.Ordinal, stored.Name, stored.Json.Span);
            Assert.Equal(hash, stored.Hash);
        }
    }

    private sealed class DefaultPolicies : IProgramPolicies
    {
        public SessionPolicy For(int program) =>
            program == 2001 ? SessionPolicy.Default : throw new InvalidOperationException("Not this program.");
    }
}
