// The login service reports a sign-in: it replaces the session on the same device, and the oldest beyond the limit.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_a_session_starts
{
    private static readonly SessionPolicy AtMostTwo = SessionPolicy.Default with { MaxSessions = 2 };

    [Fact]
    public void It_is_written_with_the_limits_that_hold_for_it()
    {
        var policy = new SessionPolicy(TimeSpan.FromMinutes(5), TimeSpan.FromHours(2), 3);
        Given().Under(policy).When(Report(First, Phone, 3)).Then(StartOutcome.Started, Started(First, Phone, 3, policy: policy).AsFirst());
    }

    [Fact]
    public void It_replaces_the_live_session_of_the_same_device_only() =>
        Given(Started(First, Phone), Started(Second, Tablet))
            .When(Report(Third, Phone, 5)).Then(
                StartOutcome.Started, Replaced(First, Phone, Third, 5, Superseding.SameDevice), Started(Third, Phone, 5));

    [Fact]
    public void Beyond_the_limit_the_oldest_ends() =>
        Given(Started(First, DeviceId.Of("a")), Started(Second, DeviceId.Of("b"), 1)).Under(AtMostTwo)
            .When(Report(Third, Phone, 5)).Then(
                StartOutcome.Started, Replaced(First, DeviceId.Of("a"), Third, 5, Superseding.SessionLimit), Started(Third, Phone, 5));

    [Fact]
    public void A_lowered_limit_ends_as_many_as_it_takes() =>
        Given(Started(First, DeviceId.Of("a")), Started(Second, DeviceId.Of("b"), 1), Started(Session(4), DeviceId.Of("c"), 2))
            .Under(AtMostTwo)
            .When(Report(Third, Phone, 5)).Then(
                StartOutcome.Started,
                Replaced(First, DeviceId.Of("a"), Third, 5, Superseding.SessionLimit),
                Replaced(Second, DeviceId.Of("b"), Third, 5, Superseding.SessionLimit),
                Started(Third, Phone, 5));

    [Fact]
    public void A_session_that_leaves_for_its_device_or_its_age_makes_room() =>
        Given(Started(First, Phone), Started(Second, Tablet, 480)).Under(AtMostTwo)
            .When(Report(Third, DeviceId.Of("c"), 481)).Then(
                StartOutcome.Started, Expired(First, Phone, 481, Limit.Token), Started(Third, DeviceId.Of("c"), 481))
            .When(Report(Session(4), Tablet, 482)).Then(
                StartOutcome.Started, Replaced(Second, Tablet, Session(4), 482, Superseding.SameDevice), Started(Session(4), Tablet, 482));

    [Fact]
    public void A_session_does_not_end_by_its_age_while_the_clock_may_be_wrong() =>
        Given(Started(First, Phone), Started(Second, Tablet, 480)).Under(AtMostTwo)
            .When(Report(Third, Phone, 481), new LogTime(Minute(481), IsSettled: false)).Then(
                StartOutcome.Started, Replaced(First, Phone, Third, 481, Superseding.SameDevice), Started(Third, Phone, 481))
            .When(Report(Session(4), DeviceId.Of("c"), 2000), new LogTime(Minute(2000), IsSettled: false)).Then(
                StartOutcome.Started,
                Replaced(Second, Tablet, Session(4), 2000, Superseding.SessionLimit),
                Started(Session(4), DeviceId.Of("c"), 2000));

    [Fact]
    public void The_same_report_again_writes_nothing() =>
        Given(Started(First, Phone)).When(Report(First, Phone, 5) with { ExpiresAt = Minute(0) + TokenLifetime })
            .Then(StartOutcome.AlreadyStarted);

    [Fact]
    public void The_same_report_with_a_later_expiry_renews_the_token()
    {
        var renewed = Given(Started(First, Phone)).When(Report(First, Phone, 5)).Then(
            StartOutcome.Renewed, new SessionRenewed(Minute(5), First, Minute(5) + TokenLifetime));
        renewed.When(Look(First, 482)).Then(new InspectReply(Standing.Live, Minute(0), Minute(5) + TokenLifetime));
        renewed.When(Report(First, Phone, 5)).Then(StartOutcome.AlreadyStarted);
    }

    [Fact]
    public void A_renewal_does_not_outlive_the_absolute_limit()
    {
        var hour = SessionPolicy.Default with { AbsoluteTimeout = TimeSpan.FromHours(1) };
        Given(Started(First, Phone, policy: hour)).When(Report(First, Phone, 5)).Then(
                StartOutcome.Renewed, new SessionRenewed(Minute(5), First, Minute(5) + TokenLifetime))
            .IsNextDue(Minute(60));
    }

    [Fact]
    public void The_same_id_with_anything_else_different_is_refused()
    {
        var live = Given(Started(First, Phone));
        live.When(Report(First, Tablet, 5)).Then(StartOutcome.SessionIdReused);
        live.When(Report(First, Phone, 5, Mode.Device)).Then(StartOutcome.SessionIdReused);
        live.When(Report(First, Phone, 5) with { ExpiresAt = Minute(479) }).Then(StartOutcome.SessionIdReused);
    }

    [Fact]
    public void A_late_report_does_not_revive_a_session_that_has_ended()
    {
        Given(Started(First, Phone), Left(First, Phone)).When(Report(First, Phone, 11)).Then(StartOutcome.SessionEnded);
        Given(Started(First, Phone)).When(Report(First, Phone, 481)).Then(StartOutcome.SessionEnded);
        Given(Adopted(First, Phone), Left(First, Phone)).When(Report(First, Phone, 11)).Then(StartOutcome.SessionEnded)
            .When(Look(First, 12)).Then(new InspectReply(Standing.Ended, default, default));
    }

    [Fact]
    public void A_report_of_a_session_that_was_forgotten_does_not_revive_it() =>
        Given(Started(Second, Tablet)).HavingForgotten(First, Ending.Forgotten)
            .When(Report(First, Phone, 5)).Then(StartOutcome.SessionEnded);

    [Fact]
    public void A_report_later_than_the_token_s_expiry_neither_starts_nor_replaces_anything()
    {
        var late = Report(Second, Phone) with { At = Minute(480) };
        Given(Started(First, Phone, 100)).When(late).Then(StartOutcome.Expired);
        Given(Started(First, Phone, 100)).When(late with { At = Minute(479.999) }).Then(
            StartOutcome.Started,
            Replaced(First, Phone, Second, 479.999, Superseding.SameDevice),
            Started(Second, Phone, 479.999) with { TokenExpiresAt = late.ExpiresAt });
    }

    // The clock of another node was ahead when it wrote: what is reported now is stored all the same, and never answered without an event.
    [Fact]
    public void A_report_is_stored_also_while_the_last_event_s_time_is_ahead() =>
        Given(Started(First, Tablet, 4))
            .When(Report(Second, Phone, 0) with { ExpiresAt = Minute(3) }).Then(
                StartOutcome.Started, Started(Second, Phone, 4) with { TokenExpiresAt = Minute(3) })
            .When(Look(Second, 2)).Then(new InspectReply(Standing.Live, Minute(4), Minute(3)));

    [Fact]
    public void The_times_of_a_stream_do_not_go_back_with_a_clock() =>
        Given(Started(First, Tablet, 10))
            .When(Report(Second, Phone, 4)).Then(
                StartOutcome.Started, Started(Second, Phone, 10) with { TokenExpiresAt = Minute(4) + TokenLifetime });

    [Fact]
    public void Times_are_kept_in_whole_milliseconds()
    {
        var command = Report(First, Phone) with { At = Minute(0).AddTicks(9_999), ExpiresAt = (Minute(0) + TokenLifetime).AddTicks(1) };
        Given().When(command).Then(StartOutcome.Started, Started(First, Phone).AsFirst());
    }

    [Fact]
    public void Limits_are_kept_as_the_log_keeps_them()
    {
        var odd = new SessionPolicy(TimeSpan.FromMilliseconds(1), TimeSpan.FromHours(1) + TimeSpan.FromTicks(1), 3);
        var kept = new SessionPolicy(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), 3);
        Given().Under(odd).When(Report(First, Phone)).Then(StartOutcome.Started, Started(First, Phone, policy: kept).AsFirst());
        Given().Under(odd).When(Leave(First, Phone, Mode.Pin)).Then(
            SignOutOutcome.SignedOut, Adopted(First, Phone).AsFirst() with { EndsAt = Minute(60), IdleLimit = kept.IdleTimeout },
            Left(First, Phone));
    }

    [Fact]
    public void A_token_that_never_expires_is_held_to_the_absolute_limit()
    {
        var never = new DateTimeOffset(DateTimeOffset.MaxValue.UtcTicks - 9_999, TimeSpan.Zero);
        Given().When(Report(First, Phone) with { ExpiresAt = DateTimeOffset.MaxValue })
            .Then(StartOutcome.Started, Started(First, Phone).AsFirst() with { TokenExpiresAt = never })
            .IsNextDue(Minute(24 * 60));
    }
}
