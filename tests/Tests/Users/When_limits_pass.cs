// Limits end sessions: the token's expiry with the leeway that tokens get, the absolute and the idle limit exactly.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_limits_pass
{
    private const double TokenDue = (8 * 60) + 1;
    private const double Moment = 0.001;

    private static readonly SessionPolicy Short = SessionPolicy.Default with { AbsoluteTimeout = TimeSpan.FromMinutes(60) };
    private static readonly SessionPolicy Idle = SessionPolicy.Default with { IdleTimeout = TimeSpan.FromMinutes(10) };

    [Fact]
    public void The_token_s_expiry_counts_with_the_leeway() => Passes(Started(First, Phone), TokenDue, Limit.Token);

    [Fact]
    public void The_absolute_limit_counts_exactly() => Passes(Started(First, Phone, policy: Short), 60, Limit.Absolute);

    [Fact]
    public void The_idle_limit_counts_exactly() => Passes(Started(First, Phone, policy: Idle), 10, Limit.Idle);

    [Fact]
    public void A_use_puts_the_idle_limit_off() =>
        Given(Started(First, Phone, policy: Idle), new SessionUsed(Minute(7), First))
            .When(new ExpireDue(Minute(17 - Moment))).Then(false)
            .When(new ExpireDue(Minute(17))).Then(true, Expired(First, Phone, 17, Limit.Idle));

    [Fact]
    public void All_that_are_due_end_together_and_the_next_due_time_is_known()
    {
        var after = Given(Started(First, Phone), Started(Second, Tablet), Started(Third, DeviceId.Of("c"), 5));
        after.IsNextDue(Minute(TokenDue));
        after.When(new ExpireDue(Minute(TokenDue)))
            .Then(true, Expired(First, Phone, TokenDue, Limit.Token), Expired(Second, Tablet, TokenDue, Limit.Token))
            .When(new ExpireDue(Minute(TokenDue))).Then(false)
            .IsNextDue(Minute(TokenDue + 5));
    }

    [Fact]
    public void Nothing_is_due_where_no_session_lives() => Given(Started(First, Phone), Left(First, Phone)).IsNextDue(null);

    [Fact]
    public void The_last_ended_sessions_are_remembered_whatever_time_passes()
    {
        var year = 365.0 * 24 * 60;
        Given(Started(First, Phone), Left(First, Phone))
            .When(Report(Second, Tablet, year)).Then(StartOutcome.Started, Started(Second, Tablet, year)).Remembers(First, Second);
    }

    [Fact]
    public void Ten_thousand_past_sessions_leave_a_small_state()
    {
        var history = Enumerable.Range(1, 10_000).SelectMany(number => new UserEvent[]
        {
            Started(Session(number), Phone, number), Left(Session(number), Phone, number + 0.5),
        });
        Given(history).Remembers(Enumerable.Range(10_001 - UserState.EndedMax, UserState.EndedMax).Select(Session));
    }

    [Fact]
    public void A_thousand_sessions_that_are_due_at_once_end_in_turns()
    {
        var many = SessionPolicy.Default with { MaxSessions = 1_000 };
        var state = Enumerable.Range(1, 1_000).Select(number => Started(Session(number), DeviceId.Of($"{number}"), policy: many))
            .Aggregate(UserState.Initial, UserEvolution.Evolve);
        var ended = 0;
        while (UserDecider.Decide(state, new ExpireDue(Minute(TokenDue))) is { Events: { IsEmpty: false } events })
        {
            Assert.InRange(events.Length, 1, 999);
            state = events.Aggregate(state, UserEvolution.Evolve);
            ended += events.Length;
        }

        Assert.Equal((1_000, null), (ended, UserDecider.NextDue(state)));
    }

    private static void Passes(SessionStarted started, double due, Limit limit)
    {
        var live = Given(started);
        live.IsNextDue(Minute(due));
        live.When(new ExpireDue(Minute(due - Moment))).Then(false);
        live.When(Leave(First, Phone, Mode.Pin, due - Moment)).Then(SignOutOutcome.SignedOut, Left(First, Phone, due - Moment));
        live.When(Leave(First, Phone, Mode.Pin, due)).Then(SignOutOutcome.SessionEnded);
        live.When(new ExpireDue(Minute(due))).Then(true, Expired(First, Phone, due, limit))
            .When(Leave(First, Phone, Mode.Pin, due)).Then(SignOutOutcome.SessionEnded);
    }
}
