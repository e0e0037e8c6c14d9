// Users' grains in a real cluster, with what processes cannot be made to do at a chosen moment: a log whose commit has an unknown outcome
// while the caller is on another silo, a user who is moved, a silo that ends with its users. The log is in memory, the clock stands still.
using System.Collections.Concurrent;
using System.Diagnostics;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.Support;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Cluster;

public sealed class TwoSilosTests : IAsyncLifetime, IDisposable
{
    private const string User = "user-2001-0123456789abcdef0123456789abcdef";

    private readonly FaultyStore _log = new(new MemoryEventStore(new FakeTime(Minute(0)))) { IsShared = true };
    private TwoSilos _silos = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IUserGrain Here => _silos.Ask(0, User);

    private IUserGrain There => _silos.Ask(1, User);

    public async ValueTask InitializeAsync() => _silos = await TwoSilos.Start(_log, Stop);

    public ValueTask DisposeAsync() => _silos.DisposeAsync();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Every_command_and_every_answer_crosses_to_the_silo_where_the_user_lives()
    {
        Assert.Equal(new StartReply(StartOutcome.Started, 1), await Here.StartSession(Report(First, Phone)));
        Assert.Equal(new StartReply(StartOutcome.Started, 2), await There.StartSession(Report(Second, Tablet, 1)));
        Assert.Equal(new InspectReply(Standing.Live, Minute(1), Minute(1) + TokenLifetime), await There.Inspect(Look(Second, 2)));
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 3), await There.SignOut(Leave(First, Phone, Mode.Device, 2)));
        var opened = await There.Open(Look(Second, 3));
        Assert.Equal(Standing.Live, opened.Session.Standing);
        Assert.Equal([new NoticeView(Tablet, 3, Minute(2), Phone)], opened.View.Notices);
        Assert.Equal(new AcknowledgeReply(AcknowledgeOutcome.Acknowledged, 4), await There.AcknowledgeNotices(Show(Second, 3, 3)));
        var view = await There.View(Minute(4));
        Assert.Equal((4L, Second, 0), (view.Version, Assert.Single(view.Sessions).Session, view.Notices.Length));
        Assert.Equal(Minute(1) + TokenLifetime + TokenLimits.Leeway, (await There.ExpireDue(new ExpireDue(Minute(4)))).NextDue);
        Assert.Equal(0, _silos.HomeOf(User));
    }

    [Fact]
    public async Task A_user_who_is_moved_is_answered_by_the_log_and_not_by_a_memory()
    {
        await Here.StartSession(Report(First, Phone));
        await Here.SignOut(Leave(First, Phone, Mode.Device, 1));
        await _silos.Move(User, silo: 1);
        Assert.Equal(Standing.Ended, (await Here.Inspect(Look(First, 2))).Standing);
        Assert.Equal(StartOutcome.DeviceSignInOff, (await Here.StartSession(Report(Second, Phone, 2, Mode.Device))).Outcome);
        Assert.Equal(1, _silos.HomeOf(User));
        Assert.Equal(new SignOutReply(SignOutOutcome.AlreadySignedOut, 2), await Here.SignOut(Leave(First, Phone, Mode.Device, 2)));
    }

    [Fact]
    public async Task After_a_commit_of_unknown_outcome_that_was_stored_the_answer_holds_and_the_activation_ends()
    {
        await Here.StartSession(Report(First, Phone));
        var end = _silos.EndOf(User);
        _log.OnAppend = async (store, append) =>
        {
            _log.OnAppend = null;
            Assert.Equal(AppendOutcome.Appended, await store.Append(append));
            return AppendOutcome.Unknown;
        };
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 2), await There.SignOut(Leave(First, Phone, Mode.Pin, 1)));
        await end;
        Assert.Equal(new SignOutReply(SignOutOutcome.AlreadySignedOut, 2), await There.SignOut(Leave(First, Phone, Mode.Pin, 2)));
        Assert.Equal(2, await LogLength());
    }

    [Fact]
    public async Task After_a_commit_of_unknown_outcome_that_was_lost_nobody_gets_an_answer_and_a_repeat_is_stored_once()
    {
        await Here.StartSession(Report(First, Phone));
        var end = _silos.EndOf(User);
        _log.OnAppend = (_, _) =>
        {
            _log.OnAppend = null;
            return new(AppendOutcome.Unknown);
        };
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await There.SignOut(Leave(First, Phone, Mode.Pin, 1)));
        Assert.Contains("the outcome is not known yet", fault.Message, StringComparison.Ordinal);
        await end;
        Assert.Equal(Standing.Live, (await There.Inspect(Look(First, 2))).Standing);
        Assert.Equal(new SignOutReply(SignOutOutcome.SignedOut, 2), await There.SignOut(Leave(First, Phone, Mode.Pin, 2)));
        Assert.Equal(2, await LogLength());
    }

    [Fact]
    public async Task A_recorded_request_s_trace_goes_on_at_the_silo_where_the_user_lives()
    {
        using var request = new Activity("request").SetIdFormat(ActivityIdFormat.W3C);
        request.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        var done = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> wanted) =>
                wanted.TraceId == request.TraceId ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = done.Enqueue,
        };
        await Here.StartSession(Report(First, Phone));
        ActivitySource.AddActivityListener(listener);
        request.Start();
        CallTraces.SendAlong();
        await There.SignOut(Leave(First, Phone, Mode.Pin, 1));
        Activity One(string name) => done.Single(one => one.OperationName == name);
        var (decide, append) = (One("sign_out decide"), One("log append"));
        Assert.Equal((request.SpanId, decide.SpanId), (decide.ParentSpanId, append.ParentSpanId));
    }

    // An operator reads on the node that answered 503 what the store of another node has said.
    [Fact]
    public async Task A_fault_of_the_store_reaches_the_caller_on_another_silo_as_it_is()
    {
        await Here.StartSession(Report(First, Phone));
        _log.OnAppend = static (_, _) => throw new StoreUnavailableException("The disk is full.", new Npgsql.NpgsqlException("53100"));
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await There.SignOut(Leave(First, Phone, Mode.Pin, 1)));
        Assert.Equal(("The disk is full.", "53100"), (fault.Message, fault.InnerException?.Message));
        _log.OnAppend = static (_, _) => throw new ClockException("The clocks differ.");
        await Assert.ThrowsAsync<ClockException>(async () => await There.SignOut(Leave(First, Phone, Mode.Pin, 1)));
    }

    [Fact]
    public async Task When_its_silo_ends_a_user_lives_on_the_other_one_which_also_does_what_the_cluster_does_once()
    {
        var oldest = _silos.IsOldest(0) ? 0 : 1; // both were started in one moment
        var other = 1 - oldest;
        Assert.Equal((true, false), (_silos.IsOldest(oldest), _silos.IsOldest(other)));
        await _silos.Ask(oldest, User).StartSession(Report(First, Phone));
        await _silos.Ask(oldest, User).SignOut(Leave(First, Phone, Mode.Pin, 1));
        Assert.Equal(oldest, _silos.HomeOf(User));
        await _silos.Kill(oldest, Stop);
        await Wait.Until(() => IsSignedOutAt(other), () => "The user is not found on the other silo.");
        await Wait.Until(() => Task.FromResult(_silos.IsOldest(other)), () => "Nobody does what the cluster does once.");
        Assert.Equal(other, _silos.HomeOf(User));
        Assert.Equal(2, await LogLength());
    }

    // A caller is answered 503 until the dead silo is known, and repeats.
    private async Task<bool> IsSignedOutAt(int silo)
    {
        try
        {
            return (await _silos.Ask(silo, User).SignOut(Leave(First, Phone, Mode.Pin, 2))).Outcome == SignOutOutcome.AlreadySignedOut;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            return false;
        }
    }

    private async Task<int> LogLength() => (await _log.ReadFeed(FeedCursor.Start, 100, Stop)).Count;
}
