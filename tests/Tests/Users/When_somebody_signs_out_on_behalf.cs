// Support, a service, an incident, or the user from another device ends sessions: what ends, who is owed a notice, and what repeats do.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_somebody_signs_out_on_behalf
{
    private static readonly InspectReply HasEnded = new(Standing.Ended, default, default);
    private static readonly InspectReply IsUnknown = new(Standing.Unknown, default, default);
    private static readonly Scenario ThreeDevices = Given(Started(First, Phone), Started(Second, Tablet, 1), Started(Third, Watch, 2));

    [Fact]
    public void A_device_loses_its_sessions_and_its_sign_in_and_the_others_are_owed_a_notice() =>
        ThreeDevices
            .When(End(Scope.Device, device: Tablet))
            .Then(EndOutcome.Ended, Ended(Scope.Device, [(Second, Tablet)], [Tablet], Phone, Watch))
            .Owes((Phone, 4), (Watch, 4))
            .When(Report(Session(4), Tablet, 11, Mode.Device)).Then(StartOutcome.DeviceSignInOff)
            .When(Leave(Second, Tablet, Mode.Pin, 12)).Then(SignOutOutcome.SessionEnded)
            .When(Look(First, 12)).Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime));

    [Fact]
    public void A_session_alone_ends_and_device_based_sign_in_stays_on() =>
        ThreeDevices
            .When(End(Scope.Session, session: First)).Then(EndOutcome.Ended, Ended(Scope.Session, [(First, Phone)], [], Tablet, Watch))
            .When(Report(Session(4), Phone, 11, Mode.Device)).Then(StartOutcome.Started, Started(Session(4), Phone, 11, Mode.Device));

    [Fact]
    public void Everything_ends_and_nobody_is_left_to_be_notified() =>
        ThreeDevices
            .When(End(Scope.User)).Then(
                EndOutcome.Ended, Ended(Scope.User, [(First, Phone), (Second, Tablet), (Third, Watch)], [Phone, Tablet, Watch]))
            .When(End(Scope.User, request: 2)).Then(EndOutcome.NothingToEnd);

    [Fact]
    public void A_quiet_sign_out_owes_nobody() =>
        ThreeDevices
            .When(End(Scope.Device, device: Tablet) with { Quiet = true })
            .Then(EndOutcome.Ended, Ended(Scope.Device, [(Second, Tablet)], [Tablet]) with { Quiet = true })
            .Owes();

    [Fact]
    public void The_user_ends_the_other_devices_and_stays() =>
        ThreeDevices
            .When(End(Scope.Others) with { Cause = FromPhone }).Then(
                EndOutcome.Ended,
                Ended(Scope.Others, [(Second, Tablet), (Third, Watch)], [Tablet, Watch]) with { Cause = FromPhone })
            .When(Look(First, 12)).Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime));

    [Fact]
    public void The_device_that_asks_has_its_answer_and_is_owed_nothing() =>
        ThreeDevices
            .When(End(Scope.Device, device: Tablet) with { Cause = FromPhone }).Then(
                EndOutcome.Ended, Ended(Scope.Device, [(Second, Tablet)], [Tablet], Watch) with { Cause = FromPhone });

    [Fact]
    public void A_session_that_has_ended_or_was_never_reported_ends_no_other()
    {
        Given(Started(First, Phone), Left(First, Phone), Started(Second, Tablet, 11))
            .When(End(Scope.Others, minute: 12) with { Cause = FromPhone }).Then(EndOutcome.AskerEnded);
        Given(Started(Second, Tablet)).When(End(Scope.Others) with { Cause = FromPhone }).Then(EndOutcome.AskerEnded);
        ThreeDevices.When(End(Scope.Others, minute: 481.5) with { Cause = FromPhone }).Then(EndOutcome.AskerEnded);
    }

    [Fact]
    public void What_the_log_does_not_know_cannot_end()
    {
        ThreeDevices.When(End(Scope.Session, session: Session(9))).Then(EndOutcome.Unknown);
        ThreeDevices.When(End(Scope.Device, device: DeviceId.Of("somebody else's"))).Then(EndOutcome.Unknown);
        Given().When(End(Scope.User)).Then(EndOutcome.Unknown); // by reference: whose event it would be, nobody knows
    }

    [Fact]
    public void What_has_ended_ends_no_second_time()
    {
        Given(Started(First, Phone), Left(First, Phone)).When(End(Scope.Session, session: First, minute: 11)).Then(EndOutcome.NothingToEnd);
        Given(Started(First, Phone), LeftDevice(Phone, First, 10, First))
            .When(End(Scope.Device, device: Phone, minute: 11)).Then(EndOutcome.NothingToEnd);
    }

    [Fact]
    public void A_lost_phone_without_a_session_loses_its_sign_in() =>
        Given(Started(First, Phone), Left(First, Phone))
            .When(End(Scope.Device, device: Phone, minute: 11)).Then(EndOutcome.Ended, Ended(Scope.Device, [], [Phone], minute: 11))
            .When(Report(Second, Phone, 12, Mode.Device)).Then(StartOutcome.DeviceSignInOff);

    [Fact]
    public void Sign_ins_can_be_locked_in_the_same_moment() =>
        ThreeDevices
            .When(End(Scope.User) with { Lock = true, LockUntil = Minute(60) }).Then(
                EndOutcome.Ended,
                Ended(Scope.User, [(First, Phone), (Second, Tablet), (Third, Watch)], [Phone, Tablet, Watch]),
                new SignInLocked(Minute(10), Desk, null, Minute(60)))
            .When(Report(Session(4), Phone, 59)).Then(StartOutcome.Locked)
            .When(Report(Session(4), Phone, 60)).Then(StartOutcome.Started, Started(Session(4), Phone, 60));

    [Fact]
    public void Devices_that_can_be_woken_are_owed_a_wake() =>
        Given(Started(First, Phone), Started(Second, Tablet, 1), Described(Tablet, "Tab", push: "ref-1", minute: 1))
            .When(End(Scope.Device, device: Phone)).Then(
                EndOutcome.Ended,
                Ended(Scope.Device, [(First, Phone)], [Phone], Tablet),
                new WakesOwed(Minute(10), 4, [new DeviceToWake(Tablet, "ref-1")]))
            .When(new TakeWake(Minute(11), Tablet.Hash, 4)).Then(ChangeOutcome.Changed, new DeviceWoken(Minute(11), Tablet, 4))
            .When(new TakeWake(Minute(12), Tablet.Hash, 4)).Then(ChangeOutcome.Unchanged)
            .Owes((Tablet, 4));

    [Fact]
    public void A_device_that_has_shown_its_notice_is_not_woken() =>
        Given(Started(First, Phone), Started(Second, Tablet, 1), Described(Tablet, "Tab", push: "ref-1", minute: 1))
            .When(Leave(First, Phone, Mode.Device)).Then(
                SignOutOutcome.SignedOut,
                LeftDevice(Phone, First, 10, First).Owing(Tablet), new WakesOwed(Minute(10), 4, [new DeviceToWake(Tablet, "ref-1")]))
            .When(Show(Second, 4)).Then(AcknowledgeOutcome.Acknowledged, Shown(Second, Tablet, 4))
            .When(new TakeWake(Minute(21), Tablet.Hash, 4)).Then(ChangeOutcome.Unchanged);

    [Fact]
    public void Sessions_that_nobody_reported_end_with_everything_and_a_later_sign_in_lives()
    {
        var after = ThreeDevices.When(End(Scope.User)).Then(
            EndOutcome.Ended, Ended(Scope.User, [(First, Phone), (Second, Tablet), (Third, Watch)], [Phone, Tablet, Watch]));
        after.When(Look(Session(9), 11)).Then(HasEnded);
        after.When(Look(Session(9), 11) with { TokenIssuedAt = Minute(10) }).Then(HasEnded); // in the very moment
        after.When(Look(Session(9), 11) with { TokenIssuedAt = Minute(10.1) }).Then(IsUnknown);
        after.When(Leave(Session(9), Phone, Mode.Pin, 11)).Then(SignOutOutcome.SessionEnded);
        after.When(Leave(Session(9), Phone, Mode.Device, 11)).Then(SignOutOutcome.SessionEnded);
        after.When(Show(Session(9), 4, 11) with { TokenIssuedAt = Minute(0) }).Then(AcknowledgeOutcome.SessionEnded);
        after.When(Show(Session(9), 4, 11) with { TokenIssuedAt = Minute(10.1) }).Then(AcknowledgeOutcome.NothingOwed);
        after.When(Report(Session(4), Phone, 11)).Then(StartOutcome.Started, Started(Session(4), Phone, 11))
            .When(Look(Session(4), 12)).Then(new InspectReply(Standing.Live, Minute(11), Minute(11) + TokenLifetime));
    }

    [Fact]
    public void So_they_do_where_the_log_knows_no_live_session_and_not_the_user()
    {
        Given(Started(First, Phone), Left(First, Phone))
            .When(End(Scope.User, minute: 11)).Then(EndOutcome.Ended, Ended(Scope.User, [], [], minute: 11))
            .When(Look(Session(9), 12)).Then(HasEnded);
        Given()
            .When(End(Scope.User) with { Account = Account }).Then(EndOutcome.Ended, Ended(Scope.User, [], []))
            .When(Look(Session(9), 12)).Then(HasEnded)
            .When(Report(First, Phone, 13)).Then(StartOutcome.Started, Started(First, Phone, 13)) // whose it is, the log knows
            .When(Leave(First, Phone, Mode.Pin, 14)).Then(SignOutOutcome.SignedOut, Left(First, Phone, 14));
    }

    [Fact]
    public void The_user_ends_them_from_a_device_that_stays() =>
        Given(Started(First, Phone))
            .When(End(Scope.Others) with { Cause = FromPhone })
            .Then(EndOutcome.Ended, Ended(Scope.Others, [], []) with { Cause = FromPhone })
            .When(Look(Session(9), 11)).Then(HasEnded)
            .When(Look(First, 11)).Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime));

    [Theory]
    [InlineData(Scope.Device)]
    [InlineData(Scope.Session)]
    public void A_sign_out_of_a_device_or_a_session_does_not_reach_them(Scope scope)
    {
        var ended = scope == Scope.Device ? Ended(scope, [(Second, Tablet)], [Tablet], Phone, Watch)
            : Ended(scope, [(Second, Tablet)], [], Phone, Watch);
        ThreeDevices.When(End(scope, Second, Tablet)).Then(EndOutcome.Ended, ended).When(Look(Session(9), 11)).Then(IsUnknown);
    }

    [Fact]
    public void A_clock_that_was_set_back_takes_nothing_back() =>
        Given(Started(First, Phone), Ended(Scope.User, [(First, Phone)], [Phone], minute: 30))
            .When(End(Scope.User, minute: 20)).Then(EndOutcome.NothingToEnd)
            .When(Look(Session(9), 31) with { TokenIssuedAt = Minute(30) }).Then(HasEnded);
}
