// A user's stream over a log in memory: load, decide, append, evolve, answer, and what each outcome of an append leads to.
using BankEzy.Sessions.EventStore;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Users;

public sealed class UserStreamTests
{
    private readonly FakeStore _store = new();

    [Fact]
    public async Task An_answer_follows_the_append()
    {
        var user = await Load();
        Assert.Equal(StartOutcome.Started, await user.Start(Report(First, Phone)));
        Assert.Equal(SignOutOutcome.SignedOut, await user.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.Equal(SignOutOutcome.AlreadySignedOut, await user.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], _store.Log.Select(stored => stored.Name));
        Assert.Equal([Minute(481), null], _store.Appends.Select(append => append.NextDue));
        Assert.Equal([Minute(0), Minute(10)], _store.Appends.Select(append => append.At));
    }

    [Fact]
    public async Task An_append_that_throws_changes_nothing_and_the_next_call_succeeds()
    {
        var user = await Load();
        await user.Start(Report(First, Phone));
        _store.Answers.Enqueue(_ => throw new StoreUnavailableException("The disk is full."));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await user.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.Equal(Standing.Live, (await user.Inspect(Look(First, 10))).Standing);
        Assert.False(user.IsDoubtful);
        Assert.Equal(SignOutOutcome.SignedOut, await user.SignOut(Leave(First, Phone, Mode.Pin)));
        _store.AssertChain();
    }

    [Fact]
    public async Task After_a_conflict_it_catches_up_and_decides_again()
    {
        var (here, there) = (await Load(), await Load());
        await there.Start(Report(First, Phone));
        Assert.Equal(StartOutcome.Started, await here.Start(Report(Second, Phone, 5)));
        Assert.Equal(["session-started.v1", "session-superseded.v1", "session-started.v1"], _store.Log.Select(stored => stored.Name));
        Assert.Equal(SignOutOutcome.SignedOut, await there.SignOut(Leave(Second, Phone, Mode.Pin)));
        _store.AssertChain();
    }

    // On a shared log the next answer is preceded by a read anyway.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Of_a_catch_up_that_fails_no_answer_is_given_from_what_it_left(bool isShared)
    {
        _store.IsShared = isShared;
        var (here, there) = (await Load(), await Load());
        await there.Start(Report(First, Phone));
        _store.BeforeRead = () => throw new StoreUnavailableException("The log does not answer.");
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await here.Start(Report(Second, Phone, 5)));
        Assert.Equal(!isShared, here.IsDoubtful);
        _store.BeforeRead = null;
        Assert.Equal(StartOutcome.Started, await (isShared ? here : await Load()).Start(Report(Second, Phone, 5)));
        _store.AssertChain();
    }

    // Both requests came before either commit: this one had read a state in which the session lived.
    [Fact]
    public async Task A_device_s_sign_out_that_another_node_s_sign_out_overtakes_after_its_read_is_accepted()
    {
        _store.IsShared = true;
        var (here, there) = (await Load(), await Load());
        await here.Start(Report(First, Phone));
        _store.Answers.Enqueue(append =>
        {
            _store.Interleave(() => there.SignOut(Leave(First, Phone, Mode.Pin)));
            return _store.Keep(append);
        });
        Assert.Equal(SignOutOutcome.SignedOut, await here.SignOut(Leave(First, Phone, Mode.Device)));
        Assert.Equal(SignOutOutcome.AlreadySignedOut, await there.SignOut(Leave(First, Phone, Mode.Device)));
        Assert.Equal(["session-started.v1", "session-signed-out.v1", "device-signed-out.v1"], _store.Log.Select(stored => stored.Name));
    }

    [Theory]
    [InlineData(Mode.Device)]
    [InlineData(Mode.Unknown)]
    public async Task A_token_whose_session_another_node_has_ended_signs_no_device_out(Mode mode)
    {
        _store.IsShared = true;
        var (here, there) = (await Load(), await Load());
        await here.Start(Report(First, Phone, mode: Mode.Device));
        await there.SignOut(Leave(First, Phone, Mode.Pin));
        Assert.Equal(SignOutOutcome.SessionEnded, await here.SignOut(Leave(First, Phone, mode)));
        Assert.Equal(2, _store.Log.Count);
    }

    [Fact]
    public async Task On_a_log_that_others_write_nothing_is_answered_from_a_memory_that_is_behind()
    {
        _store.IsShared = true;
        var (here, there) = (await Load(), await Load());
        await here.Start(Report(First, Phone));
        Assert.Equal(Standing.Live, (await there.Inspect(Look(First, 5))).Standing);
        await here.SignOut(Leave(First, Phone, Mode.Device));
        Assert.Equal(Standing.Ended, (await there.Inspect(Look(First, 11))).Standing);
        Assert.Equal(StartOutcome.DeviceSignInOff, await there.Start(Report(Second, Phone, 12, Mode.Device)));
    }

    [Fact]
    public async Task Endless_conflicts_are_the_store_s_trouble_and_not_the_caller_s()
    {
        var user = await Load();
        for (var i = 0; i < 4; i++)
        {
            _store.Answers.Enqueue(_ => AppendOutcome.Conflict);
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await user.Start(Report(First, Phone)));
        Assert.Equal(4, _store.Appends.Count);
    }

    [Fact]
    public async Task An_unknown_outcome_that_was_stored_is_answered_and_the_memory_is_given_up()
    {
        var user = await Load();
        await user.Start(Report(First, Phone));
        _store.Answers.Enqueue(append => _store.Keep(append) == AppendOutcome.Appended ? AppendOutcome.Unknown : AppendOutcome.Conflict);
        Assert.Equal(SignOutOutcome.SignedOut, await user.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.True(user.IsDoubtful);
        Assert.Equal(2, _store.Log.Count);
    }

    [Fact]
    public async Task An_unknown_outcome_that_is_not_stored_yet_is_no_answer_and_the_repeat_is_safe()
    {
        var user = await Load();
        await user.Start(Report(First, Phone));
        _store.Answers.Enqueue(_ => AppendOutcome.Unknown);
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await user.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.True(user.IsDoubtful);
        _store.Keep(_store.Appends[^1]); // It came late, after all.
        Assert.Equal(SignOutOutcome.AlreadySignedOut, await user.SignOut(Leave(First, Phone, Mode.Pin)));
        _store.AssertChain();
    }

    [Fact]
    public async Task An_unknown_outcome_whose_version_another_node_took_is_a_conflict()
    {
        var (here, there) = (await Load(), await Load());
        await there.Start(Report(First, Tablet));
        _store.Answers.Enqueue(_ => AppendOutcome.Unknown);
        Assert.Equal(StartOutcome.Started, await here.Start(Report(Second, Phone)));
        _store.AssertChain();
    }

    [Fact]
    public async Task A_command_that_the_log_has_with_another_device_is_no_repeat()
    {
        var (here, there) = (await Load(), await Load());
        await there.Start(Report(First, Phone));
        Assert.Equal(StartOutcome.SessionIdReused, await here.Start(Report(First, Tablet)));
        var stale = await Load();
        await there.SignOut(Leave(Second, Phone, Mode.Pin));
        Assert.Equal(SignOutOutcome.OtherDevice, await stale.SignOut(Leave(Second, Tablet, Mode.Pin)));
    }

    [Fact]
    public async Task A_contradiction_between_log_and_state_is_no_success_and_the_session_counts_as_ended()
    {
        var user = await Load();
        await user.Start(Report(First, Phone));
        for (var i = 0; i < 3; i++)
        {
            _store.Answers.Enqueue(_ => AppendOutcome.AlreadyAppended); // a command whose effect no event shows
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await user.SignOut(Leave(First, Phone, Mode.Pin)));
        Assert.Single(_store.Log);
        Assert.Equal(Standing.Ended, (await user.Inspect(Look(First, 11))).Standing);
        Assert.Equal(Standing.Ended, (await user.Inspect(Look(First, 11) with { TokenIssuedAt = null })).Standing);
        Assert.DoesNotContain(user.State.Sessions, session => session.IsLive);

        await user.Start(Report(Second, Phone, 12)); // what comes later does not bring it back
        Assert.Equal(Standing.Ended, (await user.Inspect(Look(First, 13) with { TokenIssuedAt = null })).Standing);
        Assert.Equal(Standing.Live, (await user.Inspect(Look(Second, 13))).Standing);
    }

    [Fact]
    public async Task Mode_2_after_the_answer_to_mode_1_is_refused_and_mode_1_after_mode_2_is_a_repeat()
    {
        var user = await Load();
        await user.Start(Report(First, Phone));
        await user.SignOut(Leave(First, Phone, Mode.Pin));
        Assert.Equal(SignOutOutcome.SessionEnded, await user.SignOut(Leave(First, Phone, Mode.Device)));
        await user.Start(Report(Second, Phone, 11));
        await user.SignOut(Leave(Second, Phone, Mode.Device, 12));
        Assert.Equal(SignOutOutcome.AlreadySignedOut, await user.SignOut(Leave(Second, Phone, Mode.Pin, 12)));
    }

    private async Task<UserUnderTest> Load() => await UserUnderTest.Load(_store);
}
