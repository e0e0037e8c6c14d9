// The one entry for tests of the rules: Given(events).When(command).Then(outcome, events). They speak only commands and events.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Users;

internal sealed class Scenario
{
    private readonly UserState _state;
    private readonly SessionPolicy _policy;

    private Scenario(UserState state, SessionPolicy policy)
    {
        _state = state;
        _policy = policy;
    }

    public static Scenario Given(params IEnumerable<UserEvent> history) =>
        new(history
            .Select((happened, index) => index == 0 && happened is SessionStarted started ? started.AsFirst() : happened)
            .Aggregate(UserState.Initial, UserEvolution.Evolve), SessionPolicy.Default);

    public Scenario Under(SessionPolicy policy) => new(_state, policy);

    public Asked<StartOutcome> When(StartSession command) => Ask(UserDecider.Decide(_state, command, _policy));

    /// <summary>The same where the program's gate has a history.</summary>
    public Asked<StartOutcome> When(StartSession command, GateState gate) => Ask(UserDecider.Decide(_state, command, _policy, gate));

    /// <summary>The same where the log's clock says another time, or has not run long enough to be relied on.</summary>
    public Asked<StartOutcome> When(StartSession command, LogTime time) =>
        Ask(UserDecider.Decide(_state, command, _policy, logTime: time));

    public Asked<SignOutOutcome> When(SignOut command, GateState gate) =>
        Ask(UserDecider.Decide(_state, command, _policy, wasLive: false, gate));

    public Asked<InspectReply> When(Inspect query, GateState gate) => Ask(UserDecider.Decide(_state, query, _policy, gate));

    public Asked<SignOutOutcome> When(SignOut command) => Ask(UserDecider.Decide(_state, command, _policy, wasLive: false));

    /// <summary>The request arrived while the session was live, and was overtaken.</summary>
    public Asked<SignOutOutcome> WhenOvertaken(SignOut command) => Ask(UserDecider.Decide(_state, command, _policy, wasLive: true));

    public Asked<bool> When(ExpireDue command) => Ask(UserDecider.Decide(_state, command));

    public Asked<InspectReply> When(Inspect query) => Ask(UserDecider.Decide(_state, query, _policy));

    public Asked<AcknowledgeOutcome> When(AcknowledgeNotices command) => Ask(UserDecider.Decide(_state, command, _policy));

    public Asked<EndOutcome> When(EndSessions command) => Ask(OnBehalfRules.Decide(_state, command));

    public Asked<ChangeOutcome> When(SetLock command) => Ask(LockRules.Decide(_state, command));

    public Asked<ChangeOutcome> When(RenameDevice command) => Ask(DeviceRules.Decide(_state, command));

    public Asked<ChangeOutcome> When(TakeWake command) => Ask(DeviceRules.Decide(_state, command));

    /// <summary>By which reference a device can be woken.</summary>
    public Scenario Knows(DeviceId device, string? push)
    {
        Assert.Equal(push, DeviceRules.Find(_state.Devices, device)!.Description.Push);
        return this;
    }

    public void KnowsNothingOf(DeviceId device) => Assert.Null(DeviceRules.Find(_state.Devices, device));

    /// <summary>What the devices are owed: to whom, and the version.</summary>
    public Scenario Owes(params IEnumerable<(DeviceId To, long Version)> notices)
    {
        Assert.Equal(notices, _state.Owed.Select(notice => (notice.To, notice.Version)));
        return this;
    }

    /// <summary>The same story with a session that the log knows and the state has forgotten.</summary>
    public Scenario HavingForgotten(SessionId session, Ending ending) => new(_state.With(Session.ForgottenOne(session, ending)), _policy);

    /// <summary>Sessions that the state holds: live ones and the last ended ones.</summary>
    public Scenario Remembers(params IEnumerable<SessionId> sessions)
    {
        Assert.Equal(sessions, _state.Sessions.Select(session => session.Id));
        return this;
    }

    public void IsNextDue(DateTimeOffset? due) => Assert.Equal(due, UserDecider.NextDue(_state));

    private Asked<TOutcome> Ask<TOutcome>(Decision<TOutcome> decision) => new(this, decision);

    internal readonly struct Asked<TOutcome>(Scenario scenario, Decision<TOutcome> decision)
    {
        /// <summary>Checks the answer and what is written; the story continues from there.</summary>
        public Scenario Then(TOutcome outcome, params IEnumerable<UserEvent> events)
        {
            Assert.Equal(outcome, decision.Outcome);
            Assert.Equal(events, decision.Events);
            return new Scenario(decision.Events.Aggregate(scenario._state, UserEvolution.Evolve), scenario._policy);
        }
    }
}
