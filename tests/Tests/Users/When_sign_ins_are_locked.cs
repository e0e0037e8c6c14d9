// A lock keeps new sessions from beginning until its time or its release, and touches none that lives.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_sign_ins_are_locked
{
    private static readonly Scenario OnePhone = Given(Started(First, Phone));

    [Fact]
    public void No_session_begins_on_a_locked_device_and_others_may() =>
        OnePhone
            .When(Lock(Phone)).Then(ChangeOutcome.Changed, new SignInLocked(Minute(10), Desk, Phone))
            .When(Report(Second, Phone, 11)).Then(StartOutcome.Locked)
            .When(Report(Second, Tablet, 11)).Then(StartOutcome.Started, Started(Second, Tablet, 11))
            .When(Look(First, 12)).Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime));

    [Fact]
    public void No_session_begins_for_a_locked_user() =>
        OnePhone
            .When(Lock(null)).Then(ChangeOutcome.Changed, new SignInLocked(Minute(10), Desk))
            .When(Report(Second, Tablet, 11)).Then(StartOutcome.Locked);

    [Fact]
    public void A_lock_ends_at_its_time() =>
        OnePhone
            .When(Lock(null) with { Until = Minute(20) }).Then(ChangeOutcome.Changed, new SignInLocked(Minute(10), Desk, null, Minute(20)))
            .When(Report(Second, Tablet, 19.999)).Then(StartOutcome.Locked)
            .When(Report(Second, Tablet, 20)).Then(StartOutcome.Started, Started(Second, Tablet, 20));

    [Fact]
    public void A_release_opens_and_a_repeat_changes_nothing() =>
        OnePhone
            .When(Lock(Phone)).Then(ChangeOutcome.Changed, new SignInLocked(Minute(10), Desk, Phone))
            .When(Lock(Phone) with { Request = new Guid(2, 0, 0, new byte[8]) }).Then(ChangeOutcome.Unchanged)
            .When(Lock(Phone, release: true, minute: 12)).Then(ChangeOutcome.Changed, new SignInReleased(Minute(12), Desk, Phone))
            .When(Lock(Phone, release: true, minute: 13)).Then(ChangeOutcome.Unchanged)
            .When(Report(Second, Tablet, 14)).Then(StartOutcome.Started, Started(Second, Tablet, 14));

    [Fact]
    public void A_session_that_nobody_reported_counts_as_ended_when_its_token_is_younger_than_the_users_lock() =>
        OnePhone
            .When(Lock(null)).Then(ChangeOutcome.Changed, new SignInLocked(Minute(10), Desk))
            .When(new Inspect(Minute(12), Second, Minute(11))).Then(new InspectReply(Standing.Ended, default, default))
            .When(new Inspect(Minute(12), Second, Minute(9))).Then(new InspectReply(Standing.Unknown, default, default));

    [Fact]
    public void An_unknown_device_cannot_be_locked() =>
        OnePhone.When(Lock(Tablet)).Then(ChangeOutcome.Unknown);

    [Fact]
    public void No_lock_is_ever_pushed_out_by_another()
    {
        var history = new List<UserEvent>();
        for (var number = 0; number <= UserState.LocksMax; number++)
        {
            var (session, device) = (Session(10 + number), DeviceId.Of($"device {number}"));
            history.Add(Started(session, device));
            if (number < UserState.LocksMax)
            {
                history.Add(new SignInLocked(Minute(1), Desk, device));
            }
        }

        DeviceId[] others = [.. Enumerable.Range(1, UserState.LocksMax).Select(number => DeviceId.Of($"device {number}"))];
        Given(history)
            .When(Lock(DeviceId.Of($"device {UserState.LocksMax}"))).Then(ChangeOutcome.TooManyLocks)
            .When(End(Scope.User) with { Lock = true }).Then(EndOutcome.TooManyLocks)
            .When(Lock(DeviceId.Of("device 0")) with { Until = Minute(90) }).Then( // in place of the one that holds
                ChangeOutcome.Changed, new SignInLocked(Minute(10), Desk, DeviceId.Of("device 0"), Minute(90)))
            .When(End(Scope.Device, device: DeviceId.Of("device 0")) with { Lock = true }).Then(
                EndOutcome.Ended,
                Ended(Scope.Device, [(Session(10), DeviceId.Of("device 0"))], [DeviceId.Of("device 0")], others),
                new SignInLocked(Minute(10), Desk, DeviceId.Of("device 0")))
            .When(Report(First, DeviceId.Of("device 0"), 11)).Then(StartOutcome.Locked);
    }
}
