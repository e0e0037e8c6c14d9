// Mode 2 ends every live session on the device and switches its device-based sign-in off until the next sign-in with the PIN there.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_signing_out_of_a_device
{
    [Fact]
    public void Every_live_session_on_it_ends_and_no_other() =>
        Given(Started(First, Phone), Started(Second, Phone), Started(Third, Tablet))
            .When(Leave(Second, Phone, Mode.Device))
            .Then(SignOutOutcome.SignedOut, LeftDevice(Phone, Second, 10, First, Second).Owing(Tablet))
            .When(Leave(First, Phone, Mode.Pin, 11)).Then(SignOutOutcome.AlreadySignedOut)
            .When(Leave(Third, Tablet, Mode.Pin, 12)).Then(SignOutOutcome.SignedOut, Left(Third, Tablet, 12));

    [Fact]
    public void Sessions_that_have_ended_there_are_not_named_again() =>
        Given(Started(First, Phone), Left(First, Phone, 5), Started(Second, Phone, 6))
            .When(Leave(Second, Phone, Mode.Device)).Then(SignOutOutcome.SignedOut, LeftDevice(Phone, Second, 10, Second));

    [Fact]
    public void Device_based_sign_in_is_off_until_the_next_sign_in_with_the_PIN_there() =>
        Given(Started(First, Phone), LeftDevice(Phone, First, 10, First))
            .When(Report(Second, Phone, 11, Mode.Device)).Then(StartOutcome.DeviceSignInOff)
            .When(Report(Second, Tablet, 12, Mode.Device)).Then(StartOutcome.Started, Started(Second, Tablet, 12, Mode.Device))
            .When(Report(Third, Phone, 13)).Then(StartOutcome.Started, Started(Third, Phone, 13))
            .When(Report(Session(4), Phone, 14, Mode.Device)).Then(
                StartOutcome.Started,
                Replaced(Third, Phone, Session(4), 14, Superseding.SameDevice),
                Started(Session(4), Phone, 14, Mode.Device));

    [Fact]
    public void A_sign_in_of_unknown_mode_does_not_switch_it_on_again() =>
        Given(Started(First, Phone), LeftDevice(Phone, First, 10, First), Started(Second, Phone, 11, Mode.Unknown))
            .When(Report(Third, Phone, 12, Mode.Device)).Then(StartOutcome.DeviceSignInOff);

    [Fact]
    public void A_repeat_in_any_mode_writes_nothing()
    {
        var gone = Given(Started(First, Phone), LeftDevice(Phone, First, 10, First));
        foreach (var mode in Enum.GetValues<Mode>())
        {
            gone.When(Leave(First, Phone, mode, 11)).Then(SignOutOutcome.AlreadySignedOut);
            gone.WhenOvertaken(Leave(First, Phone, mode, 11)).Then(SignOutOutcome.AlreadySignedOut);
        }
    }

    [Fact]
    public void A_token_whose_session_was_signed_out_of_before_authorises_it_no_more() =>
        Given(Started(First, Phone), Left(First, Phone))
            .When(Leave(First, Phone, Mode.Device, 11)).Then(SignOutOutcome.SessionEnded);

    [Fact]
    public void An_absent_mode_that_means_the_device_authorises_it_no_more_either()
    {
        var gone = Given(Started(First, Phone, mode: Mode.Device), Left(First, Phone));
        gone.When(Leave(First, Phone, Mode.Unknown, 11)).Then(SignOutOutcome.SessionEnded);
        gone.WhenOvertaken(Leave(First, Phone, Mode.Unknown, 11)).Then(SignOutOutcome.SignedOut, LeftDevice(Phone, First, 11));
    }

    [Fact]
    public void A_request_that_a_sign_out_of_the_session_overtook_is_accepted() =>
        Given(Started(First, Phone), Started(Second, Phone), Left(First, Phone))
            .WhenOvertaken(Leave(First, Phone, Mode.Device)).Then(SignOutOutcome.SignedOut, LeftDevice(Phone, First, 10, Second))
            .When(Report(Third, Phone, 11, Mode.Device)).Then(StartOutcome.DeviceSignInOff);

    [Fact]
    public void A_repeat_of_such_a_request_writes_nothing() =>
        Given(Started(First, Phone), Left(First, Phone), LeftDevice(Phone, First, 10))
            .When(Leave(First, Phone, Mode.Device, 11)).Then(SignOutOutcome.AlreadySignedOut)
            .WhenOvertaken(Leave(First, Phone, Mode.Device, 12)).Then(SignOutOutcome.AlreadySignedOut)
            .When(Leave(First, Phone, Mode.Pin, 13)).Then(SignOutOutcome.AlreadySignedOut);

    [Fact]
    public void An_unknown_session_is_adopted_and_ends_on_a_device_where_none_lives() =>
        Given(Started(Third, Tablet))
            .When(Leave(First, Phone, Mode.Device))
            .Then(SignOutOutcome.SignedOut, Adopted(First, Phone), LeftDevice(Phone, First, 10, First).Owing(Tablet))
            .When(Leave(First, Phone, Mode.Device, 11)).Then(SignOutOutcome.AlreadySignedOut);

    [Fact]
    public void An_unknown_session_does_not_end_the_session_that_was_reported_on_the_device_it_names()
    {
        var reported = Given(Started(Second, Phone), Started(Third, Tablet));
        reported.When(Leave(First, Phone, Mode.Device)).Then(SignOutOutcome.OtherDevice)
            .When(Look(Second, 11)).Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime))
            .When(Report(Session(4), Tablet, 12, Mode.Device)).Then(
                StartOutcome.Started, Replaced(Third, Tablet, Session(4), 12, Superseding.SameDevice),
                Started(Session(4), Tablet, 12, Mode.Device));
        reported.When(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.SignedOut, Adopted(First, Phone), Left(First, Phone));
    }

    [Fact]
    public void A_forgotten_session_acts_no_more_and_its_repeat_is_recognised()
    {
        var live = Given(Started(Second, Phone));
        live.HavingForgotten(First, Ending.Forgotten).When(Leave(First, Phone, Mode.Device)).Then(SignOutOutcome.SessionEnded);
        live.HavingForgotten(First, Ending.SignedOut).When(Leave(First, Phone, Mode.Device)).Then(SignOutOutcome.SessionEnded);
        live.HavingForgotten(First, Ending.SignedOut).When(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.AlreadySignedOut);
        live.HavingForgotten(First, Ending.DeviceSignedOut).When(Leave(First, Phone, Mode.Device)).Then(SignOutOutcome.AlreadySignedOut);
    }

    [Fact]
    public void More_devices_than_are_listed_make_device_based_sign_in_off_everywhere_but_where_the_PIN_was_entered()
    {
        var history = new List<UserEvent>();
        for (var number = 0; number <= DeviceSignIn.DevicesMax; number++)
        {
            var (session, device) = (Session(10 + number), DeviceId.Of($"device {number}"));
            history.AddRange([Started(session, device, number), LeftDevice(device, session, number, session)]);
        }

        var later = DeviceSignIn.DevicesMax + 1;
        Given(history)
            .When(Report(First, DeviceId.Of("device 0"), later, Mode.Device)).Then(StartOutcome.DeviceSignInOff)
            .When(Report(First, Phone, later, Mode.Device)).Then(StartOutcome.DeviceSignInOff)
            .When(Report(First, Phone, later)).Then(StartOutcome.Started, Started(First, Phone, later))
            .When(Report(Second, Phone, later + 1, Mode.Device)).Then(
                StartOutcome.Started, Replaced(First, Phone, Second, later + 1, Superseding.SameDevice),
                Started(Second, Phone, later + 1, Mode.Device))
            .When(Leave(Second, Phone, Mode.Device, later + 2)).Then(
                SignOutOutcome.SignedOut, LeftDevice(Phone, Second, later + 2, Second))
            .When(Report(Third, Phone, later + 3, Mode.Device)).Then(StartOutcome.DeviceSignInOff);
    }
}
