// Whose failures are counted together, for how long, and that counting cannot be filled up.
using System.Net;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class FailureLimiterTests
{
    private static readonly IPAddress V4 = IPAddress.Parse("203.0.113.7");

    private readonly FakeTime time = new();

    [Fact]
    public void An_address_is_over_its_limit_for_the_rest_of_the_minute()
    {
        var limiter = Limiter(3);
        for (var i = 0; i < 3; i++)
        {
            Assert.False(limiter.IsOverLimit(V4));
            limiter.Count(V4);
        }

        Assert.True(limiter.IsOverLimit(V4));
        Assert.True(limiter.IsOverLimit(V4.MapToIPv6())); // the same, on a dual-stack socket
        Assert.False(limiter.IsOverLimit(IPAddress.Parse("203.0.113.8")));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(limiter.IsOverLimit(V4));
    }

    [Fact]
    public void The_addresses_of_one_IPv6_customer_are_counted_together()
    {
        var limiter = Limiter(10);
        for (var i = 1; i <= 10; i++)
        {
            limiter.Count(IPAddress.Parse($"2001:db8:0:7::{i:x}"));
        }

        Assert.True(limiter.IsOverLimit(IPAddress.Parse("2001:db8:0:7:ffff::1")));
        Assert.False(limiter.IsOverLimit(IPAddress.Parse("2001:db8:0:8::1")));
    }

    [Fact]
    public void Without_a_limit_nobody_is_over_it()
    {
        var limiter = Limiter(0);
        limiter.Count(V4);
        Assert.False(limiter.IsOverLimit(V4));
    }

    [Fact]
    public void Parallel_failures_are_all_counted()
    {
        var limiter = Limiter(10_000);
        Parallel.For(0, 9_999, _ => limiter.Count(V4));
        Assert.False(limiter.IsOverLimit(V4));
        limiter.Count(V4);
        Assert.True(limiter.IsOverLimit(V4));
    }

    [Fact]
    public void A_million_addresses_take_no_memory_and_limit_nobody_else()
    {
        var limiter = Limiter(20);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Span<byte> address = stackalloc byte[4];
        for (var i = 0; i < 1_000_000; i++)
        {
            BitConverter.TryWriteBytes(address, 0x0a000000 + i);
            limiter.Count(new IPAddress(address));
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000L * 64); // the addresses of this test themselves
        Assert.False(limiter.IsOverLimit(V4));
    }

    private ForgedTokenLimiter Limiter(int perMinute) => new(new ApiOptions { ForgedTokensPerMinute = perMinute }, time);
}
