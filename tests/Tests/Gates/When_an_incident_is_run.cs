// The steps of an incident, and what each one needs; locks of versions of the app.
using System.Collections.Immutable;
using BankEzy.Sessions.Gates;
using static BankEzy.Sessions.Tests.Users.Samples;

namespace BankEzy.Sessions.Tests.Gates;

public sealed class When_an_incident_is_run
{
    private static readonly Guid Id = new(7, 0, 0, new byte[8]);
    private static readonly GateActor Planner = new("planner", "a.rossi");
    private static readonly GateActor Second = new("second", null);
    private static readonly IncidentFilter Everything = new(null, null, []);

    private static readonly GateEvent[] Planned = [new IncidentPlanned(Minute(0), Id, "planner", "leak", "a.rossi")];
    private static readonly GateEvent[] Counted = [.. Planned, new IncidentCounted(Minute(1), Id, 2_000, 1_500)];
    private static readonly GateEvent[] Approved = [.. Counted, new IncidentApproved(Minute(2), Id, "second")];
    private static readonly GateEvent[] Closed = [.. Approved, new GateClosed(Minute(3), Id, "planner", 2_000, "a.rossi")];

    [Fact]
    public void Its_devices_follow_the_plan_in_parts_ascending()
    {
        var hashes = Enumerable.Range(1, IncidentDevicesListed.DevicesMax + 1).Select(number => (UInt128)number).ToImmutableArray();
        var decision = GateDecider.Decide(GateState.Initial, Plan(new IncidentFilter(Minute(-5), "5.1.0", hashes)));
        Assert.Equal(GateOutcome.Done, decision.Outcome);
        Assert.Equal(
            [
                new IncidentPlanned(Minute(0), Id, "planner", "leak", "a.rossi", StartedBefore: Minute(-5), AppVersion: "5.1.0"),
                new IncidentDevicesListed(Minute(0), Id, hashes[..^1]), new IncidentDevicesListed(Minute(0), Id, [hashes[^1]]),
            ],
            decision.Events);
        Assert.Equal(hashes, Fold(decision.Events).Find(Id)!.Filter.Devices);
    }

    [Fact]
    public void A_repeated_plan_is_the_same_one_and_another_plan_needs_another_id()
    {
        Given(Planned).When(Plan(Everything)).Then(GateOutcome.Unchanged);
        Given(Planned).When(Plan(Everything) with { Reason = "other" }).Then(GateOutcome.IdReused);
        Given(Planned).When(Plan(Everything) with { By = Second }).Then(GateOutcome.IdReused);
        Given(Planned).When(Plan(new IncidentFilter(null, "5", []))).Then(GateOutcome.IdReused);
    }

    [Fact]
    public void The_gate_closes_on_the_count_that_was_typed_and_approved() =>
        Given(Approved).When(Run(2_000)).Then(GateOutcome.Done, new GateClosed(Minute(3), Id, "planner", 2_000, "a.rossi"))
            .When(Run(2_000)).Then(GateOutcome.Unchanged)
            .When(Run(1)).Then(GateOutcome.OtherCount);

    [Fact]
    public void It_does_not_close_before_or_otherwise()
    {
        Given().When(Run(2_000)).Then(GateOutcome.Unknown);
        Given(Planned).When(Run(2_000)).Then(GateOutcome.NotCounted);
        Given(Approved).When(Run(1_999)).Then(GateOutcome.OtherCount);
        Given(Counted).When(Run(2_000)).Then(GateOutcome.NotApproved);
        Given(Counted).When(Run(2_000) with { ApprovalAbove = 2_000 })
            .Then(GateOutcome.Done, new GateClosed(Minute(3), Id, "planner", 2_000, "a.rossi"));
        Given(Approved).When(Run(2_000) with { At = Minute(31.1) }).Then(GateOutcome.CountTooOld);
        Given([.. Planned, new IncidentCounted(Minute(30), Id, 2_000, 1), new IncidentApproved(Minute(31), Id, "second")])
            .When(Run(2_000) with { At = Minute(61) }).Then(GateOutcome.CountTooOld);
    }

    [Fact]
    public void An_approval_is_of_another_key_of_this_count_and_of_the_last_half_hour()
    {
        Given(Planned).When(Approve(Second)).Then(GateOutcome.NotCounted);
        Given(Counted).When(Approve(Planner with { Actor = "somebody.else" })).Then(GateOutcome.SameKey);
        Given(Counted).When(Approve(Second)).Then(GateOutcome.Done, new IncidentApproved(Minute(2), Id, "second"))
            .When(Approve(Second)).Then(GateOutcome.Unchanged);
        Given(Counted).When(Approve(Second) with { At = Minute(31.1) }).Then(GateOutcome.CountTooOld);
        Given(Closed).When(Approve(Second)).Then(GateOutcome.Running);
        Given([.. Approved, new IncidentCountAsked(Minute(3), Id, "planner"), new IncidentCounted(Minute(4), Id, 2_000, 1_500)])
            .When(Run(2_000) with { At = Minute(5) }).Then(GateOutcome.NotApproved);
    }

    [Fact]
    public void It_is_counted_anew_until_the_gate_closes()
    {
        Given(Planned).When(new CountIncident(Minute(1), Id, Planner)).Then(GateOutcome.Unchanged);
        Given(Approved)
            .When(new CountIncident(Minute(3), Id, Second)).Then(GateOutcome.Done, new IncidentCountAsked(Minute(3), Id, "second"))
            .When(new ReportCount(Minute(4), Id, 5, 4)).Then(GateOutcome.Done, new IncidentCounted(Minute(4), Id, 5, 4))
            .When(new ReportCount(Minute(5), Id, 6, 4)).Then(GateOutcome.Unchanged);
        Given(Closed).When(new CountIncident(Minute(4), Id, Planner)).Then(GateOutcome.Running);
    }

    [Fact]
    public void What_follows_the_gate_pauses_resumes_and_finishes_once()
    {
        Given(Approved).When(Pause(false)).Then(GateOutcome.NotRunning);
        Given(Closed)
            .When(Pause(true)).Then(GateOutcome.Unchanged)
            .When(Pause(false)).Then(GateOutcome.Done, new IncidentPaused(Minute(4), Id, "second"))
            .When(Pause(false)).Then(GateOutcome.Unchanged)
            .When(new ReportEnd(Minute(5), Id, 9, 8, 0)).Then(GateOutcome.NotRunning)
            .When(new ReportProgress(Minute(5), Id, Minute(60), "user-1-a", 9, 8))
            .Then(GateOutcome.Done, new IncidentProgressed(Minute(5), Id, Minute(60), "user-1-a", 9, 8))
            .When(Pause(true) with { At = Minute(6) }).Then(GateOutcome.Done, new IncidentResumed(Minute(6), Id, "second"))
            .When(new ReportEnd(Minute(7), Id, 9, 8, 0)).Then(GateOutcome.Done, new IncidentFinished(Minute(7), Id, 9, 8, 0))
            .When(new ReportEnd(Minute(7), Id, 9, 8, 0)).Then(GateOutcome.Unchanged)
            .When(Pause(false)).Then(GateOutcome.NotRunning);
    }

    [Fact]
    public void An_incident_is_not_pushed_out_while_a_token_of_before_its_gate_can_live()
    {
        var day = Enumerable.Range(0, GateState.IncidentsMax)
            .Select(number => (GateEvent)new IncidentPlanned(Minute(0), new Guid(number + 1, 1, 0, new byte[8]), "planner", "leak"))
            .ToArray();
        Given(day).When(Plan(Everything)).Then(GateOutcome.TooMany);
        var late = Plan(Everything) with { At = Minute(60 * 26) };
        Given(day).When(late).Then(GateOutcome.Done, new IncidentPlanned(Minute(60 * 26), Id, "planner", "leak", "a.rossi"));
        Given([.. day, new GateClosed(Minute(60), new Guid(1, 1, 0, new byte[8]), "planner", 0)]).When(late).Then(GateOutcome.TooMany);
    }

    [Fact]
    public void A_version_of_the_app_is_locked_until_a_time_or_a_release()
    {
        Given().When(Lock()).Then(GateOutcome.Done, new AppVersionLocked(Minute(1), "5.1.0", Desk, Minute(60)))
            .When(Lock()).Then(GateOutcome.Unchanged)
            .When(Lock(isRelease: true)).Then(GateOutcome.Done, new AppVersionReleased(Minute(1), "5.1.0", Desk))
            .When(Lock(isRelease: true)).Then(GateOutcome.Unknown);
        var state = Fold([new AppVersionLocked(Minute(1), "5.1.0", Desk, Minute(60))]);
        Assert.NotNull(state.FindLock("5.1.0", Minute(59)));
        Assert.Null(state.FindLock("5.1.0", Minute(60)));
        Assert.Null(state.FindLock("5.2.0", Minute(59)));
        Assert.Null(state.FindLock(null, Minute(59)));
    }

    private static SetAppVersionLock Lock(bool isRelease = false) => new(
        Minute(1), new Guid(isRelease ? 3 : 2, 0, 0, new byte[8]), "5.1.0", Desk, isRelease, isRelease ? null : Minute(60));

    private static PlanIncident Plan(IncidentFilter filter) => new(Minute(0), Id, Planner, filter, "leak", Sentence: null);

    private static RunIncident Run(long count) => new(Minute(3), Id, Planner, count, ApprovalAbove: 1_000);

    private static ApproveIncident Approve(GateActor by) => new(Minute(2), Id, by);

    private static PauseIncident Pause(bool isResume) => new(Minute(4), Id, Second, isResume);

    private static GateState Fold(IEnumerable<GateEvent> events) => events.Aggregate(GateState.Initial, GateEvolution.Evolve);

    private static Story Given(params GateEvent[] events) => new(Fold(events));

    private sealed class Story(GateState state)
    {
        public Asked When(GateCommand command) => new(state, GateDecider.Decide(state, command));
    }

    private readonly struct Asked(GateState state, GateDecision decision)
    {
        public Story Then(GateOutcome outcome, params GateEvent[] events)
        {
            Assert.Equal(outcome, decision.Outcome);
            Assert.Equal(events, decision.Events);
            return new Story(events.Aggregate(state, GateEvolution.Evolve));
        }
    }
}
