using System.Text;
using BankEzy.Sessions.Api.Users;
using BankEzy.Sessions.Tests.Users;
using BankEzy.Sessions.Tests.Users.Codec;

namespace BankEzy.Sessions.Tests.Api.Users;

public sealed class AccountsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("7", "")]
    [InlineData("12", "2")]
    [InlineData("100", "0")]
    [InlineData("1234567", "567")]
    [InlineData("12345678", "5678")]
    [InlineData("12345678901234567890", "7890")]
    public void At_most_four_digits_and_half_of_them_are_shown(string account, string ending) =>
        Assert.Equal(ending, Accounts.Ending(account));

    [Fact]
    public void A_masked_event_is_the_stored_one_but_for_the_account_and_push_references() => Assert.All(GoldenEvents.ByName.Keys, name =>
    {
        var stored = GoldenEvents.Read(name);
        var expected = Encoding.UTF8.GetString(stored).Replace(Samples.Account, "****7890", StringComparison.Ordinal)
            .Replace("\"ref-1\"", "\"****\"", StringComparison.Ordinal);
        Assert.Equal(expected, Encoding.UTF8.GetString(Accounts.Masked(stored).Utf8.Span));
    });

    [Fact]
    public void An_account_is_masked_wherever_it_stands_and_whatever_its_type_is() => Assert.Equal(
        """{"account":"****4567","a":[{"account":["****56"]}],"n":1.50,"text":"é·\"<"}""",
        Encoding.UTF8.GetString(Accounts.Masked(
            """{"account":12345674567,"a":[{"account":["3456"]}],"n":1.50,"text":"é·\"<"}"""u8.ToArray()).Utf8.Span));
}
