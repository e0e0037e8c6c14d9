// Bytes of the log that are not those that were stored: nobody is served them, over whatever endpoint, and the log says where they are.
using System.Text.Json;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Api;

public sealed class DamagedLogTests
{
    private const string Stream = "user-2001-77";

    public static TheoryData<Damage> Damages => [Damage.Content, Damage.Name, Damage.Hash, Damage.Missing];

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_page_of_the_feed_is_503(Damage damage)
    {
        await using var service = await ServiceUnderTest.Start();
        await AppendEndings(service, Stream);
        service.Store.Changed = damage.To(Stream, 2);
        Assert.Equal(503, (await service.Manage("/internal/feed/v1?follow=false", content: null)).Status);
        Complains(service);
        service.Store.Changed = null;
        var page = await service.Manage("/internal/feed/v1?follow=false", content: null);
        Assert.Equal((200, 3), (page.Status, page.Body.Split("session-expired.v1").Length - 1));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_stream_of_the_feed_that_replays_breaks_off_before_the_page(Damage damage)
    {
        await using var service = await ServiceUnderTest.Start();
        await AppendEndings(service, Stream);
        service.Store.Changed = damage.To(Stream, 2);
        using (var broken = await FeedTests.Open(service))
        {
            await Assert.ThrowsAnyAsync<IOException>(broken.NextEvent);
        }

        Complains(service);
        service.Store.Changed = null;
        using var mended = await FeedTests.Open(service);
        Assert.Equal(3, (await mended.UntilLive()).Count);
    }

    [Theory]
    [InlineData(Damage.Content, 2, 2)]
    [InlineData(Damage.Name, 2, 2)]
    [InlineData(Damage.Hash, 2, 2)]
    [InlineData(Damage.Missing, 2, 3)]
    [InlineData(Damage.Hash, 1, 2)]
    [InlineData(Damage.Missing, 1, 2)]
    public async Task A_page_of_the_feed_whose_first_event_does_not_follow_the_page_before_is_503(Damage damage, int version, int breaksAt)
    {
        await using var service = await ServiceUnderTest.Start();
        await AppendEndings(service, "user-2001-78");
        await AppendEndings(service, Stream);
        var before = await service.Manage("/internal/feed/v1?follow=false&max=4", content: null); // the other user's, and version 1
        var cursor = JsonElement.Parse(before.Body).GetProperty("next").GetString();
        service.Store.Changed = damage.To(Stream, version);
        Assert.Equal(503, (await service.Manage($"/internal/feed/v1?follow=false&after={cursor}", content: null)).Status);
        Assert.Contains(
            service.Log.Complaints,
            line => line.Text.Contains($"damaged where version {breaksAt} of {Stream} should be", StringComparison.Ordinal));
        using (var broken = await FeedTests.Open(service, lastEventId: cursor))
        {
            await Assert.ThrowsAnyAsync<IOException>(broken.NextEvent);
        }

        service.Store.Changed = null;
        var rest = await service.Manage($"/internal/feed/v1?follow=false&after={cursor}", content: null);
        Assert.Equal((200, 2), (rest.Status, rest.Body.Split("session-expired.v1").Length - 1));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_live_stream_of_the_feed_breaks_off_at_the_damage(Damage damage)
    {
        await using var service = await ServiceUnderTest.Start();
        using var stream = await FeedTests.Open(service);
        await stream.UntilLive();
        service.Store.Changed = damage.To(Stream, 2);
        await AppendEndings(service, Stream);
        var seen = 0;
        await Assert.ThrowsAnyAsync<IOException>(async () =>
        {
            for (; await stream.NextEvent() is not null; seen++)
            {
            }
        });
        Assert.InRange(seen, 0, 1);
        Complains(service);
    }

    [Theory]
    [InlineData(Damage.Content)]
    [InlineData(Damage.Name)]
    [InlineData(Damage.Hash)]
    public async Task Live_streams_break_off_at_damage_whose_predecessor_they_have_sent_long_ago(Damage damage)
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, _) = await NoticeCalls.SignInTwice(service);
        using var feed = await FeedTests.Open(service);
        await feed.UntilLive();
        using var notices = await NoticeCalls.Open(service, phone);
        await notices.UntilLive();
        await AppendEndings(service, phone.User.Stream); // versions 3 to 5
        foreach (var version in (string[])["3", "4", "5"])
        {
            Assert.Contains($"\"version\":{version}", (await feed.NextEvent())!.Data, StringComparison.Ordinal);
        }

        service.Store.Changed = damage.To(phone.User.Stream, 6); // the first one of the page
        await AppendEndings(service, phone.User.Stream, command: 2);
        await Assert.ThrowsAnyAsync<IOException>(feed.NextEvent);
        await Assert.ThrowsAnyAsync<IOException>(notices.NextEvent);
        Complains(service);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_timeline_is_503_also_where_its_page_begins_with_the_damage(Damage damage)
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = service.NewVisitor();
        await AppendEndings(service, visitor.User.Stream);
        var question = $$"""{"program":2001,"account":"{{visitor.Account}}","after":""";
        service.Store.Changed = damage.To(visitor.User.Stream, 2);
        Assert.Equal(503, (await service.Manage("/internal/timeline/v1", question + "0}")).Status);
        Assert.Equal(503, (await service.Manage("/internal/timeline/v1", question + "1}")).Status);
        Complains(service);
        service.Store.Changed = null;
        foreach (var (after, count) in ((int, int)[])[(0, 3), (1, 2), (3, 0), (9, 0)])
        {
            var page = await service.Manage("/internal/timeline/v1", $"{question}{after}}}");
            Assert.Equal((200, count), (page.Status, page.Body.Split("\"version\":").Length - 1));
        }
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_stream_of_notices_that_catches_up_breaks_off(Damage damage)
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, _) = await NoticeCalls.SignInTwice(service);
        await AppendEndings(service, phone.User.Stream); // As another node does: versions 3 to 5.
        service.Store.Changed = damage.To(phone.User.Stream, 3);
        using (var broken = await NoticeCalls.Open(service, phone))
        {
            await Assert.ThrowsAnyAsync<IOException>(broken.UntilLive);
        }

        Complains(service);
        service.Store.Changed = null;
        using var mended = await NoticeCalls.Open(service, phone);
        Assert.Empty(await mended.UntilLive());
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task A_live_stream_of_notices_breaks_off_and_another_users_goes_on(Damage damage)
    {
        await using var service = await ServiceUnderTest.Start();
        var ((phone, _), (other, otherTablet)) = (await NoticeCalls.SignInTwice(service), await NoticeCalls.SignInTwice(service));
        using var stream = await NoticeCalls.Open(service, phone);
        using var others = await NoticeCalls.Open(service, otherTablet);
        await stream.UntilLive();
        await others.UntilLive();
        service.Store.Changed = damage.To(phone.User.Stream, 4);
        await AppendEndings(service, phone.User.Stream);
        await Assert.ThrowsAnyAsync<IOException>(stream.NextEvent);
        Complains(service);
        Assert.Equal(200, (await service.Logout(other, "2")).Status);
        Assert.Equal("device-signed-out", (await others.NextEvent())!.Event);
    }

    // Three sessions, of nobody who listens, that expired.
    private static async Task AppendEndings(ServiceUnderTest service, string stream, int command = 1)
    {
        var head = await service.Store.Head(stream);
        var (at, id) = (service.Time.GetUtcNow(), Appends.Command(command));
        var json = UserEventCodec.Encode(new SessionExpired(at, "77", new SessionId(Guid.Empty), DeviceId.Of("x"), Limit.Idle));
        var events = Appends.ChainOf("session-expired.v1", stream, head, id, json, json, json);
        Assert.Equal(AppendOutcome.Appended, await service.Store.Append(new(stream, head.Version, id, at, events, null)));
    }

    private static void Complains(ServiceUnderTest service) =>
        Assert.Contains(service.Log.Complaints, line => line.Text.Contains("its hash chain breaks there", StringComparison.Ordinal));
}
