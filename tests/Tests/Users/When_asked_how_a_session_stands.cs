// Introspection: live, ended or unknown; a use is written only where an idle limit holds, and sparsely.
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Users.Samples;
using static BankEzy.Sessions.Tests.Users.Scenario;

namespace BankEzy.Sessions.Tests.Users;

public sealed class When_asked_how_a_session_stands
{
    private static readonly SessionPolicy Idle = SessionPolicy.Default with { IdleTimeout = TimeSpan.FromMinutes(10) };
    private static readonly InspectReply Ended = new(Standing.Ended, default, default);
    private static readonly InspectReply Unknown = new(Standing.Unknown, default, default);

    [Fact]
    public void A_live_one_tells_its_start_and_its_latest_end()
    {
        Given(Started(First, Phone)).When(Look(First, 5)).Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime));
        var hour = SessionPolicy.Default with { AbsoluteTimeout = TimeSpan.FromHours(1) };
        Given(Started(First, Phone, policy: hour)).When(Look(First, 5)).Then(new InspectReply(Standing.Live, Minute(0), Minute(60)));
    }

    [Fact]
    public void One_that_has_ended_in_any_way_has_ended()
    {
        Given(Started(First, Phone), Left(First, Phone)).When(Look(First, 11)).Then(Ended);
        Given(Started(First, Phone), LeftDevice(Phone, First, 10, First)).When(Look(First, 11)).Then(Ended);
        Given(Started(First, Phone), Expired(First, Phone, 481, Limit.Token)).When(Look(First, 482)).Then(Ended);
        Given(Started(First, Phone)).When(Look(First, 481)).Then(Ended);
    }

    [Fact]
    public void One_that_the_log_does_not_know_is_unknown() => Given().When(Look(First, 5)).Then(Unknown);

    [Fact]
    public void An_unknown_one_beyond_the_absolute_limit_has_ended()
    {
        Given().When(Look(First, (24 * 60) - 0.001)).Then(Unknown);
        Given().When(Look(First, 24 * 60)).Then(Ended);
        Given().When(Look(First, 24 * 60) with { TokenIssuedAt = null }).Then(Unknown);
    }

    [Fact]
    public void Without_an_idle_limit_nothing_is_written() =>
        Given(Started(First, Phone)).When(Look(First, 400)).Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime));

    [Fact]
    public void A_use_is_written_after_a_tenth_of_the_idle_limit()
    {
        var live = new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime);
        Given(Started(First, Phone, policy: Idle)).Under(Idle)
            .When(Look(First, 0.999)).Then(live)
            .When(Look(First, 1)).Then(live, new SessionUsed(Minute(1), First))
            .When(Look(First, 1.999)).Then(live)
            .When(Look(First, 10.999)).Then(live, new SessionUsed(Minute(10.999), First));
    }

    [Fact]
    public void Asking_without_a_token_is_no_use() =>
        Given(Started(First, Phone, policy: Idle)).Under(Idle)
            .When(Look(First, 9) with { TokenIssuedAt = null })
            .Then(new InspectReply(Standing.Live, Minute(0), Minute(0) + TokenLifetime));
}
