// Another device's sign-out is owed to every device that is signed in, until it says that it has shown it.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_notices_are_owed
{
    private static readonly SessionId Fourth = Session(4);

    private static Scenario TwoHear => Given(
        Started(First, Phone), Started(Second, Tablet), Started(Third, Watch),
        LeftDevice(Phone, First, 10, First).Owing(Tablet, Watch));

    [Fact]
    public void Every_other_device_that_is_signed_in_is_owed_one() =>
        Given(Started(First, Phone), Started(Second, Tablet), Started(Third, Watch), Left(Third, Watch, 5))
            .When(Leave(First, Phone, Mode.Device)).Then(SignOutOutcome.SignedOut, LeftDevice(Phone, First, 10, First).Owing(Tablet))
            .Owes((Tablet, 5));

    [Fact]
    public void A_sign_out_of_a_session_is_owed_to_nobody() =>
        Given(Started(First, Phone), Started(Second, Tablet))
            .When(Leave(First, Phone, Mode.Pin)).Then(SignOutOutcome.SignedOut, Left(First, Phone)).Owes();

    [Fact]
    public void A_device_whose_limit_has_passed_is_owed_nothing() =>
        Given(Started(Second, Tablet), Started(First, Phone, 100))
            .When(Leave(First, Phone, Mode.Device, 482)).Then(SignOutOutcome.SignedOut, LeftDevice(Phone, First, 482, First)).Owes();

    [Fact]
    public void An_acknowledgement_is_for_its_own_device_and_is_written_once() =>
        TwoHear.Owes((Tablet, 4), (Watch, 4))
            .When(Show(Second, 4)).Then(AcknowledgeOutcome.Acknowledged, Shown(Second, Tablet, 4)).Owes((Watch, 4))
            .When(Show(Second, 4, 21)).Then(AcknowledgeOutcome.NothingOwed)
            .When(Show(Second, 99, 22)).Then(AcknowledgeOutcome.NothingOwed);

    [Theory]
    [InlineData(long.MinValue, 0)]
    [InlineData(0, 0)]
    [InlineData(3, 0)]
    [InlineData(4, 4)]
    [InlineData(6, 6)]
    [InlineData(long.MaxValue, 6)]
    public void It_reaches_up_to_its_version_and_no_further_than_there_are_notices(long asked, long upTo)
    {
        var twice = Given(
            Started(First, Phone), Started(Second, Tablet), Started(Third, Watch), LeftDevice(Phone, First, 10, First).Owing(Tablet),
            Started(Fourth, Phone, 11), LeftDevice(Phone, Fourth, 12, Fourth).Owing(Tablet));
        if (upTo == 0)
        {
            twice.When(Show(Second, asked)).Then(AcknowledgeOutcome.NothingOwed).Owes((Tablet, 4), (Tablet, 6));
        }
        else
        {
            twice.When(Show(Second, asked)).Then(AcknowledgeOutcome.Acknowledged, Shown(Second, Tablet, upTo))
                .When(Show(Second, asked, 30)).Then(AcknowledgeOutcome.NothingOwed);
        }
    }

    [Fact]
    public void A_session_that_has_ended_acknowledges_nothing()
    {
        TwoHear.When(Leave(Second, Tablet, Mode.Pin, 11)).Then(SignOutOutcome.SignedOut, Left(Second, Tablet, 11))
            .When(Show(Second, 4)).Then(AcknowledgeOutcome.SessionEnded).Owes((Tablet, 4), (Watch, 4));
        TwoHear.When(Show(Second, 4, 481)).Then(AcknowledgeOutcome.SessionEnded);
        TwoHear.When(Show(Fourth, 4)).Then(AcknowledgeOutcome.NothingOwed);
    }

    [Fact]
    public void A_device_that_comes_back_is_still_owed_what_it_missed() =>
        TwoHear.When(Leave(Second, Tablet, Mode.Pin, 11)).Then(SignOutOutcome.SignedOut, Left(Second, Tablet, 11))
            .When(Report(Fourth, Tablet, 600)).Then(
                StartOutcome.Started, Expired(Third, Watch, 600, Limit.Token), Started(Fourth, Tablet, 600)).Owes((Tablet, 4), (Watch, 4))
            .When(Show(Fourth, 4, 601)).Then(AcknowledgeOutcome.Acknowledged, Shown(Fourth, Tablet, 4, 601)).Owes((Watch, 4));

    [Fact]
    public void No_time_that_passes_takes_a_notice_away()
    {
        var later = 365.0 * 24 * 60;
        Given(Started(First, Phone), Started(Second, Tablet), LeftDevice(Phone, First, 10, First).Owing(Tablet), Left(Second, Tablet, 11))
            .When(Report(Fourth, Phone, later)).Then(StartOutcome.Started, Started(Fourth, Phone, later)).Owes((Tablet, 3));
    }

    [Fact]
    public void A_user_s_devices_are_owed_at_most_so_many_together()
    {
        DeviceId[] others = [.. Enumerable.Range(0, 60).Select(number => DeviceId.Of($"device {number}"))];
        var history = new List<UserEvent> { Started(First, Tablet) };
        for (var number = 0; number < 5; number++)
        {
            history.Add(Started(Session(10 + number), Phone, number));
            history.Add(LeftDevice(Phone, Session(10 + number), number, Session(10 + number)).Owing(others));
        }

        var all = Enumerable.Range(0, 5).SelectMany(number => others.Select(device => (device, 3L + (2 * number))));
        Given(history).Owes(all.TakeLast(NoticeRules.PerUserMax));
    }

    [Fact]
    public void A_device_is_owed_at_most_so_many_and_the_newest_ones()
    {
        var history = new List<UserEvent> { Started(First, Tablet) };
        for (var number = 0; number <= NoticeRules.PerDeviceMax; number++)
        {
            history.Add(Started(Session(10 + number), Phone, number));
            history.Add(LeftDevice(Phone, Session(10 + number), number, Session(10 + number)).Owing(Tablet));
        }

        Given(history).Owes(Enumerable.Range(1, NoticeRules.PerDeviceMax).Select(number => (Tablet, 3L + (2 * number))));
    }
}
