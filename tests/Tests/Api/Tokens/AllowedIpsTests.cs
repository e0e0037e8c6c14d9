// ALLOWED_IPS: who is let in, and the spellings that let nobody in. The rule is in docs/api.md.
using System.Net;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Tests.Api.Tokens;

public sealed class AllowedIpsTests
{
    [Theory]
    [InlineData(null, "203.0.113.7", true)]
    [InlineData("*", "203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.7", true)]
    [InlineData("203.0.113.7", "203.0.113.8", false)]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7", true)]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7", true)]
    [InlineData("10.0.0.0/8", "10.255.255.255", true)]
    [InlineData("10.0.0.0/8", "11.0.0.0", false)]
    [InlineData("10.0.0.0/8", "::ffff:10.1.2.3", true)]
    [InlineData("192.0.2.0/31,203.0.113.7/32", "192.0.2.1", true)]
    [InlineData("192.0.2.0/31,203.0.113.7/32", "203.0.113.7", true)]
    [InlineData("192.0.2.0/31,203.0.113.7/32", "192.0.2.2", false)]
    [InlineData("0.0.0.0/0", "8.8.8.8", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "2001:db8::1", true)]
    [InlineData("::/0", "8.8.8.8", false)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("2001:DB8::1", "2001:db8:0:0:0:0:0:1", true)]
    [InlineData("fe80::1", "fe80::1%2", true)]
    [InlineData("255.255.255.255", "255.255.255.255", true)]
    public void A_list_lets_its_addresses_in(string? list, string caller, bool allowed) =>
        Assert.Equal(allowed, AllowedIps.Allows(list, IPAddress.Parse(caller)));

    [Theory]
    [InlineData(" * ")]
    [InlineData(" 10.0.0.5 ")]
    [InlineData("10.0.0.6, 10.0.0.5")]
    [InlineData("10.0.0.6 ,10.0.0.5,")]
    [InlineData("10.0.0.6,,10.0.0.5")]
    [InlineData("10.0.0.6/8")]
    [InlineData("10.255.255.255/08")]
    [InlineData("::ffff:10.0.0.6/104")]
    public void Blanks_and_bits_behind_the_prefix_lock_nobody_out(string list)
    {
        Assert.True(AllowedIps.Allows(list, IPAddress.Parse("10.0.0.5")));
        Assert.True(AllowedIps.Allows("2001:db8::7/64", IPAddress.Parse("2001:db8::5")));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(",")]
    [InlineData("*,10.0.0.6")]
    [InlineData("10.0.0.5;10.0.0.6")]
    [InlineData("10.0.0.5 10.0.0.6")]
    [InlineData("10.0.0.5 /32")]
    [InlineData("10.0.0.0/33")]
    [InlineData("10.0.0.0/")]
    [InlineData("10.0.0.0/-1")]
    [InlineData("10.0.0.0/+8")]
    [InlineData("10.0.0.0/8/8")]
    [InlineData("10.0.0.0/99999999999")]
    [InlineData("10.0.0.5/255.255.255.255")]
    [InlineData("010.0.0.0/8")]
    [InlineData("012.0.0.5")]
    [InlineData("10.0.0.05")]
    [InlineData("10.5")]
    [InlineData("167772165")]
    [InlineData("0xa.0.0.5")]
    [InlineData("10.0.0.256")]
    [InlineData("10.0.0.5.")]
    [InlineData("10.0.0.5.6")]
    [InlineData("10.0.0.٥")]
    [InlineData("10.0.0.5:80")]
    [InlineData("localhost")]
    [InlineData("::ffff:010.0.0.5")]
    [InlineData("::ffff:10.5")]
    [InlineData("::ffff:10.0.0.5/95")]
    [InlineData("::ffff:10.0.0.5/129")]
    [InlineData("::10.0.0.5")]
    [InlineData("/8")]
    public void An_entry_that_is_not_understood_is_nobody_s_and_takes_nothing_from_the_others(string entry)
    {
        Assert.False(AllowedIps.Allows(entry, IPAddress.Parse("10.0.0.5")));
        Assert.False(AllowedIps.Allows($"203.0.113.7,{entry}", IPAddress.Parse("10.0.0.5")));
        Assert.True(AllowedIps.Allows($"{entry},10.0.0.5", IPAddress.Parse("10.0.0.5")));
    }

    [Theory]
    [InlineData("[2001:db8::1]")]
    [InlineData("[2001:db8::1]:443")]
    [InlineData("2001:db8::1%2")]
    [InlineData("2001:db8::/129")]
    [InlineData("2001:db8:::1")]
    public void What_is_no_IPv6_address_alone_is_nobody_s(string entry) =>
        Assert.False(AllowedIps.Allows(entry, IPAddress.Parse("2001:db8::1")));

    [Fact]
    public void An_unknown_caller_is_let_in_only_where_everybody_is()
    {
        Assert.True(AllowedIps.Allows(null, null));
        Assert.True(AllowedIps.Allows("*", null));
        Assert.False(AllowedIps.Allows("0.0.0.0/0,::/0", null));
    }
}
