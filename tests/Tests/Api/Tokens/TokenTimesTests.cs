// The limits of a token's time, to the second.
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Tests.Api.Tokens;

public sealed class TokenTimesTests
{
    private static readonly DateTimeOffset Now = TestTokens.Now;

    [Theory]
    [InlineData(-600, 1, true)]
    [InlineData(-600, 0, true)] // expires now
    [InlineData(-600, -59, true)]
    [InlineData(-600, -60, false)]
    [InlineData(-600, -61, false)]
    [InlineData(60, 600, true)]
    [InlineData(61, 600, false)]
    [InlineData(-5, -5, false)] // no life at all
    [InlineData(-5, -6, false)]
    [InlineData(0, 86_400, true)]
    [InlineData(0, 86_401, false)]
    public void A_token_lives_from_iat_to_exp_with_one_leeway(int issuedIn, int expiresIn, bool valid) =>
        Assert.Equal(Fault(valid), TokenTimes.Check(Claims(issuedIn, expiresIn, null), Now, TestTokens.MaxLifetime, TokenUse.Authorises));

    [Theory]
    [InlineData(60, true)]
    [InlineData(61, false)]
    public void A_token_is_not_used_before_nbf(int notBeforeIn, bool valid) =>
        Assert.Equal(Fault(valid), TokenTimes.Check(Claims(-5, 600, notBeforeIn), Now, TestTokens.MaxLifetime, TokenUse.Identifies));

    [Fact]
    public void An_expired_token_may_identify_but_its_other_times_still_count()
    {
        Assert.Equal(TokenFault.None, TokenTimes.Check(Claims(-9000, -8000, null), Now, TestTokens.MaxLifetime, TokenUse.Identifies));
        Assert.Equal(TokenFault.ClaimsTime, TokenTimes.Check(Claims(61, 600, null), Now, TestTokens.MaxLifetime, TokenUse.Identifies));
        Assert.Equal(TokenFault.ClaimsTime, TokenTimes.Check(Claims(-90_000, -1, null), Now, TestTokens.MaxLifetime, TokenUse.Identifies));
    }

    [Theory]
    [InlineData(-600, 1, null, true)]
    [InlineData(-600, 0, null, false)] // expires now
    [InlineData(0, 600, null, true)]
    [InlineData(1, 600, null, false)]
    [InlineData(-5, 600, 0, true)]
    [InlineData(-5, 600, 1, false)]
    public void A_token_is_introspected_without_leeway(int issuedIn, int expiresIn, int? notBeforeIn, bool valid) => Assert.Equal(
        Fault(valid), TokenTimes.Check(Claims(issuedIn, expiresIn, notBeforeIn), Now, TestTokens.MaxLifetime, TokenUse.Introspected));

    [Fact]
    public void The_ends_of_the_calendar_do_not_overflow()
    {
        var claims = Claims(0, 0, null) with { IssuedAt = DateTimeOffset.UnixEpoch, ExpiresAt = DateTimeOffset.MaxValue };
        Assert.Equal(TokenFault.ClaimsTime, TokenTimes.Check(claims, DateTimeOffset.MaxValue, TestTokens.MaxLifetime, TokenUse.Authorises));
        Assert.Equal(TokenFault.None, TokenTimes.Check(claims, DateTimeOffset.MaxValue, TimeSpan.MaxValue, TokenUse.Authorises));
    }

    private static TokenFault Fault(bool valid) => valid ? TokenFault.None : TokenFault.ClaimsTime;

    private static TokenClaims Claims(int issuedIn, int expiresIn, int? notBeforeIn) => new(
        2001, null, null, null, Now.AddSeconds(issuedIn), Now.AddSeconds(expiresIn),
        notBeforeIn is { } seconds ? Now.AddSeconds(seconds) : null, null);
}
