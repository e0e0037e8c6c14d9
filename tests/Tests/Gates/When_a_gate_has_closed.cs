// What a closed gate does to one user: which sessions end, once, before whatever else was asked.
using System.Collections.Immutable;
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Tests.Users;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Gates;

public sealed class When_a_gate_has_closed
{
    private static readonly Guid Id = new(7, 0, 0, new byte[8]);
    private static readonly Cause Cause = new(CauseKind.Incident, Key: "planner", Reason: "leak", Incident: Id.ToString());

    private readonly FakeStore _store = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_session_ends_first_and_then_the_command_is_decided(bool isShared)
    {
        _store.IsShared = isShared;
        var user = await UserUnderTest.Load(_store);
        await user.Start(Report(First, Phone));
        user.Gate = Closed(new IncidentFilter(null, null, []));
        Assert.Equal(Standing.Ended, (await user.Inspect(Look(First, 11))).Standing);
        Assert.Equal(SignOutOutcome.SessionEnded, await user.SignOut(Leave(First, Phone, Mode.Pin, 12)));
        Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], Names);
        Assert.Equal(
            new SignedOutOnBehalf(Minute(11), Account, Scope.Session, Cause, false, [new(First, Phone)], [], []), user.Events[^1]);
        _store.AssertChain();
    }

    [Fact]
    public async Task An_activation_that_is_behind_reads_what_another_one_has_started_and_ends_it()
    {
        _store.IsShared = true;
        var (behind, other) = (await UserUnderTest.Load(_store), await UserUnderTest.Load(_store));
        await other.Start(Report(First, Phone));
        behind.Gate = Closed(new IncidentFilter(null, null, []));
        Assert.Equal(Standing.Ended, (await behind.Inspect(Look(First, 11))).Standing);
        other.Gate = behind.Gate;
        Assert.Equal(Standing.Ended, (await other.Inspect(Look(First, 12))).Standing);
        Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], Names);
    }

    [Fact]
    public async Task A_start_that_raced_with_the_gate_counts_as_before_it_and_ends_by_an_event_of_its_own()
    {
        var user = await UserUnderTest.Load(_store);
        await user.Start(Report(First, Phone));
        user.Gate = Closed(new IncidentFilter(null, null, []));
        await user.Inspect(Look(First, 10));
        user.Gate = GateState.Initial; // a silo that has not read the gate yet
        await user.Start(Report(Second, Tablet, 10));
        user.Gate = Closed(new IncidentFilter(null, null, []));
        Assert.Equal(Standing.Ended, (await user.Inspect(Look(Second, 11))).Standing);
        Assert.Equal(
            ["session-started.v1", "signed-out-on-behalf.v1", "session-started.v1", "signed-out-on-behalf.v1"], Names);
    }

    [Fact]
    public async Task A_session_that_begins_behind_the_gate_lives_and_its_start_says_what_it_saw()
    {
        var user = await UserUnderTest.Load(_store);
        user.Gate = Closed(new IncidentFilter(null, null, []));
        Assert.Equal(StartOutcome.Started, await user.Start(Report(First, Phone, 10)));
        Assert.Equal(Standing.Live, (await user.Inspect(Look(First, 11))).Standing);
        Assert.Equal(3, Assert.IsType<SessionStarted>(user.Events[0]).Gate);
    }

    [Fact]
    public void Only_what_fits_every_part_of_the_filter_ends()
    {
        var state = Fold(
            Started(First, Phone).AsFirst(), Described(Phone, "Pixel") with { Description = new("Pixel", AppVersion: "5.1.0") },
            Started(Second, Tablet, 5), Started(Third, Watch, 6));
        Assert.Equal([First], Matching(state, new IncidentFilter(Minute(5), null, [])));
        Assert.Equal([First], Matching(state, new IncidentFilter(null, "5.1.0", [])));
        Assert.Equal([Second, Third], Matching(state, new IncidentFilter(null, null, Hashes(Tablet, Watch))));
        Assert.Equal([Second], Matching(state, new IncidentFilter(Minute(6), null, Hashes(Tablet, Watch))));
        Assert.Empty(Matching(state, new IncidentFilter(null, "5.1.0", Hashes(Tablet))));
        Assert.Equal([First, Second, Third], Matching(state, new IncidentFilter(null, null, [])));
    }

    [Fact]
    public void On_listed_devices_device_based_sign_in_goes_off_and_the_others_are_owed_a_notice()
    {
        var state = Fold(Started(First, Phone).AsFirst(), Started(Second, Tablet, 1));
        var decision = GateRules.Decide(state, Closed(new IncidentFilter(null, null, Hashes(Tablet))), Minute(10));
        Assert.Equal(
            [new SignedOutOnBehalf(Minute(10), Account, Scope.Device, Cause, false, [new(Second, Tablet)], [Tablet], [Phone])],
            decision.Events);
    }

    [Fact]
    public void A_session_that_nobody_reported_is_refused_by_the_time_of_its_token()
    {
        var whole = Closed(new IncidentFilter(null, null, []));
        Scenario.Given().When(Leave(First, Phone, Mode.Pin, 11), whole).Then(SignOutOutcome.SessionEnded);
        Scenario.Given().When(Look(First, 11), whole).Then(new InspectReply(Standing.Ended, default, default));
        Assert.True(GateRules.Refuses(whole, Minute(9)));
        Assert.False(GateRules.Refuses(whole, Minute(9.1)));
        Assert.True(GateRules.Refuses(Closed(new IncidentFilter(Minute(5), null, [])), Minute(4)));
        Assert.False(GateRules.Refuses(Closed(new IncidentFilter(Minute(5), null, [])), Minute(5)));
        Assert.False(GateRules.Refuses(Closed(new IncidentFilter(null, null, Hashes(Phone))), Minute(4)));
        Assert.False(GateRules.Refuses(Closed(new IncidentFilter(null, "5", [])), Minute(4)));
    }

    [Fact]
    public void A_locked_version_of_the_app_does_not_sign_in_by_what_it_says_or_said_last()
    {
        var gate = GateEvolution.Evolve(GateState.Initial, new AppVersionLocked(Minute(0), "5.1.0", Desk, Minute(60)));
        var old = new DeviceDescription(AppVersion: "5.1.0");
        var report = Report(Second, Phone, 10);
        Scenario.Given().When(report with { Description = old }, gate).Then(StartOutcome.Locked);
        Scenario.Given(Started(First, Phone), Described(Phone, "x") with { Description = old })
            .When(report, gate).Then(StartOutcome.Locked);
        Scenario.Given().When(report, gate).Then(StartOutcome.Started, Started(Second, Phone, 10).AsFirst() with { Gate = 1 });
        Scenario.Given(Started(First, Phone), Described(Phone, "x") with { Description = old })
            .When(Report(Second, Tablet, 10) with { Description = new(AppVersion: "5.2.0") }, gate)
            .Then(StartOutcome.Started, Started(Second, Tablet, 10) with { Gate = 1 },
                new DeviceDescribed(Minute(10), Tablet, new(AppVersion: "5.2.0")));
    }

    private IEnumerable<string> Names => _store.Log.Select(stored => stored.Name);

    // Planned, counted and closed: the gate's event has version 3, at minute 9.
    private static GateState Closed(IncidentFilter filter)
    {
        GateEvent[] events =
        [
            new IncidentPlanned(Minute(0), Id, "planner", "leak", StartedBefore: filter.StartedBefore, AppVersion: filter.AppVersion),
            filter.Devices.IsEmpty ? new IncidentCounted(Minute(1), Id, 1, 1) : new IncidentDevicesListed(Minute(0), Id, filter.Devices),
            new GateClosed(Minute(9), Id, "planner", 1),
        ];
        return events.Aggregate(GateState.Initial, GateEvolution.Evolve);
    }

    private static UserState Fold(params UserEvent[] events) => events.Aggregate(UserState.Initial, UserEvolution.Evolve);

    private static ImmutableArray<UInt128> Hashes(params DeviceId[] devices) => [.. devices.Select(device => device.Hash).Order()];

    private static IEnumerable<SessionId> Matching(UserState state, IncidentFilter filter) =>
        GateRules.Matching(state, Closed(filter).Find(Id)!, Minute(10)).Select(one => one.Session);
}
