// Mode 1 ends the session that the token names, once.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_signing_out_of_a_session
{
    [Fact]
    public void The_session_ends_and_no_other() =>
        Given(Started(First, Phone), Started(Second, Tablet))
            .When(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.SignedOut, Left(First, Phone))
            .When(Look(First, 11)).Then(new InspectReply(Standing.Ended, default, default))
            .When(Leave(Second, Tablet, Mode.Pin, 12)).Then(SignOutOutcome.SignedOut, Left(Second, Tablet, 12));

    [Fact]
    public void Device_based_sign_in_stays_on() =>
        Given(Started(First, Phone), Left(First, Phone))
            .When(Report(Second, Phone, 20, Mode.Device)).Then(StartOutcome.Started, Started(Second, Phone, 20, Mode.Device));

    [Fact]
    public void A_repeat_writes_nothing() =>
        Given(Started(First, Phone), Left(First, Phone))
            .When(Leave(First, Phone, Mode.Pin, 11)).Then(SignOutOutcome.AlreadySignedOut)
            .When(Leave(First, Phone, Mode.Unknown, 12)).Then(SignOutOutcome.AlreadySignedOut)
            .WhenOvertaken(Leave(First, Phone, Mode.Pin, 13)).Then(SignOutOutcome.AlreadySignedOut);

    [Fact]
    public void An_absent_mode_is_the_mode_of_the_sign_in()
    {
        Given(Started(First, Phone)).When(Leave(First, Phone, Mode.Unknown)).Then(SignOutOutcome.SignedOut, Left(First, Phone));
        Given(Started(First, Phone, mode: Mode.Device))
            .When(Leave(First, Phone, Mode.Unknown)).Then(SignOutOutcome.SignedOut, LeftDevice(Phone, First, 10, First))
            .When(Leave(First, Phone, Mode.Unknown, 11)).Then(SignOutOutcome.AlreadySignedOut);
    }

    [Fact]
    public void An_absent_mode_is_1_where_the_sign_in_is_not_known()
    {
        Given(Started(First, Phone, mode: Mode.Unknown))
            .When(Leave(First, Phone, Mode.Unknown)).Then(SignOutOutcome.SignedOut, Left(First, Phone));
        Given().When(Leave(First, Phone, Mode.Unknown)).Then(
            SignOutOutcome.SignedOut, Adopted(First, Phone).AsFirst(), Left(First, Phone));
    }

    [Fact]
    public void Another_device_than_the_known_one_is_refused()
    {
        Given(Started(First, Phone)).When(Leave(First, Tablet, Mode.Pin)).Then(SignOutOutcome.OtherDevice);
        Given(Started(First, Phone)).When(Leave(First, Tablet, Mode.Device)).Then(SignOutOutcome.OtherDevice);
        Given(Started(First, Phone), Left(First, Phone)).When(Leave(First, Tablet, Mode.Pin, 11)).Then(SignOutOutcome.OtherDevice);
    }

    [Fact]
    public void An_unknown_session_is_adopted_and_ended_together() =>
        Given(Started(Second, Tablet))
            .When(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.SignedOut, Adopted(First, Phone), Left(First, Phone))
            .When(Leave(First, Phone, Mode.Pin, 11)).Then(SignOutOutcome.AlreadySignedOut);

    [Fact]
    public void An_unknown_session_beyond_the_absolute_limit_is_over()
    {
        var day = SessionPolicy.Default.AbsoluteTimeout.TotalMinutes;
        Given().When(Leave(First, Phone, Mode.Pin, day)).Then(SignOutOutcome.SessionEnded);
        Given().When(Leave(First, Phone, Mode.Pin, day - 0.001))
            .Then(SignOutOutcome.SignedOut, Adopted(First, Phone, day - 0.001).AsFirst(), Left(First, Phone, day - 0.001));
    }

    [Fact]
    public void A_session_that_a_limit_has_ended_is_over()
    {
        var over = Given(Started(First, Phone), Expired(First, Phone, 481, Limit.Token));
        over.When(Leave(First, Phone, Mode.Pin, 482)).Then(SignOutOutcome.SessionEnded);
        over.WhenOvertaken(Leave(First, Phone, Mode.Device, 482)).Then(SignOutOutcome.SessionEnded);
        Given(Started(First, Phone)).When(Leave(First, Phone, Mode.Pin, 481)).Then(SignOutOutcome.SessionEnded);
    }

    [Fact]
    public void A_session_that_a_newer_one_has_replaced_is_over()
    {
        var over = Given(Started(First, Phone), Replaced(First, Phone, Second, 5, Superseding.SameDevice), Started(Second, Phone, 5));
        over.When(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.SessionEnded);
        over.WhenOvertaken(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.SessionEnded);
    }
}
