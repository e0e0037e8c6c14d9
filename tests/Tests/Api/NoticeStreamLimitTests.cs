// How many streams of notices may be open, and which one makes room for another.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Tests.Support;
using static BankEzy.Sessions.Tests.Support.NoticeCalls;

namespace BankEzy.Sessions.Tests.Api;

public sealed class NoticeStreamLimitTests
{
    [Fact]
    public async Task A_further_stream_replaces_the_oldest_of_its_session_or_of_the_session_that_has_most()
    {
        await using var service = await ServiceUnderTest.Start("--Sessions:Notices:PerUserMax=3");
        var (vanished, healthy) = await SignInTwice(service);
        using var oldest = await Open(service, vanished);
        using var second = await Open(service, vanished);
        using var third = await Open(service, vanished);
        await oldest.UntilLive();
        using var fourth = await Open(service, vanished);
        await fourth.UntilLive();
        await Assert.ThrowsAnyAsync<Exception>(oldest.Next); // cut off
        using var ofHealthy = await Open(service, healthy);
        await ofHealthy.UntilLive();
        await second.UntilLive();
        await Assert.ThrowsAnyAsync<Exception>(second.Next);

        service.Time.Advance(EventStream.Heartbeat); // the others live
        Assert.Equal("", (await ofHealthy.Next())!.Comment);
        Assert.Equal("", (await fourth.Next())!.Comment);
    }

    [Fact]
    public async Task One_session_more_of_a_user_is_429_and_one_more_of_a_node_503_and_what_was_closed_counts_no_more()
    {
        await using var service = await ServiceUnderTest.Start(
            "--Sessions:Notices:PerUserMax=2", "--Sessions:Notices:PerNodeMax=3", "--Sessions:Public:ConcurrentRequestsMax=1");
        var (phone, tablet) = await SignInTwice(service);
        var third = service.Know(phone.Elsewhere());
        Assert.Equal(201, (await service.Report(third)).Status);
        var (other, another) = (await service.SignIn(), await service.SignIn());
        using var first = await Open(service, phone);
        using var second = await Open(service, tablet);
        using (var refused = await Open(service, third))
        {
            Assert.Equal((429, "streams_user"), (refused.Status, service.Log.Codes[^1]));
        }

        using var ofOther = await Open(service, other);
        using (var oneMore = await Open(service, another))
        {
            Assert.Equal((503, "streams_node"), (oneMore.Status, service.Log.Codes[^1]));
            Assert.Equal("1", oneMore.Headers.RetryAfter!.ToString());
        }

        // Three streams are open, one request at a time is allowed, and the logout gets in.
        foreach (var stream in (EventStreamClient[])[first, second, ofOther])
        {
            Assert.Equal(200, stream.Status);
            await stream.UntilLive();
        }

        Assert.Equal(200, (await service.Logout(phone)).Status);
        Assert.Equal("session-ended", (await first.NextEvent())!.Event);
        Assert.Null(await first.Next());
        using var again = await Open(service, another);
        Assert.Equal(200, again.Status);
    }
}
