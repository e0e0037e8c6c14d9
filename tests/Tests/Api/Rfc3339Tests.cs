// Times as RFC 3339 allows them, and what only looks like one.
using System.Globalization;
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Tests.Api;

public sealed class Rfc3339Tests
{
    [Theory]
    [InlineData("2026-11-22T10:00:00Z", "2026-11-22T10:00:00.0000000")]
    [InlineData("2026-11-22t10:00:00z", "2026-11-22T10:00:00.0000000")]
    [InlineData("2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00.5000000")]
    [InlineData("2026-11-22T10:00:00.12345678Z", "2026-11-22T10:00:00.1234567")]
    [InlineData("2026-11-22T10:00:00.123456789+05:30", "2026-11-22T04:30:00.1234567")]
    [InlineData("2026-11-22T10:00:00-00:00", "2026-11-22T10:00:00.0000000")]
    [InlineData("2026-11-22T10:00:00+23:59", "2026-11-21T10:01:00.0000000")]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.0000000")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.0000000")]
    public void A_time_is_read(string text, string utc)
    {
        Assert.True(Rfc3339.TryParse(text, out var time));
        Assert.Equal(utc, time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.Zero, time.Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-22")]
    [InlineData("2026-11-22T10:00:00")] // whose time zone?
    [InlineData("2026-11-22 10:00:00Z")]
    [InlineData("2026-11-22T10:00Z")]
    [InlineData("2026-11-22T10:00:00.Z")]
    [InlineData("2026-11-22T10:00:00.1234567890Z")]
    [InlineData("2026-11-22T10:00:00.5")]
    [InlineData("2026-11-22T10:00:00,5Z")]
    [InlineData("2026-11-22T10:00:00+0530")]
    [InlineData("2026-11-22T10:00:00+24:00")]
    [InlineData("2026-11-22T10:00:00+05:60")]
    [InlineData("2026-11-22T10:00:00Zx")]
    [InlineData("2026-11-22T24:00:00Z")]
    [InlineData("2026-11-22T10:00:61Z")]
    [InlineData("2026-02-29T10:00:00Z")]
    [InlineData("0001-01-01T00:00:00+00:01")] // before the calendar
    [InlineData("9999-12-31T23:59:60Z")]
    [InlineData("2026-11-22T10:00:00Z ")]
    [InlineData("\u0662026-11-22T10:00:00Z")]
    public void Anything_else_is_not(string text) => Assert.False(Rfc3339.TryParse(text, out _));
}
