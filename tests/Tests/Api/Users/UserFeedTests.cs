// The feed from its end, with masked accounts, and of one user with every event.
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;
using static BankEzy.Sessions.Tests.Api.Users.Lookups;

namespace BankEzy.Sessions.Tests.Api.Users;

public sealed class UserFeedTests
{
    [Fact]
    public async Task From_its_end_the_feed_has_only_what_comes()
    {
        await using var service = await ServiceUnderTest.Start();
        var (old, fresh) = (await service.SignIn(), await service.SignIn());
        await service.Logout(old);
        using var stream = await FeedTests.Open(service, "?after=end");
        Assert.Empty(await stream.UntilLive());
        await service.Logout(fresh);
        Assert.Contains(fresh.Account, (await stream.NextEvent())!.Data!, StringComparison.Ordinal);

        var page = JsonElement.Parse((await service.Manage("/internal/feed/v1?after=end&follow=false", content: null)).Body);
        Assert.Equal((0, false), (page.GetProperty("events").GetArrayLength(), page.GetProperty("more").GetBoolean()));
        var last = service.Know(old.Again());
        await service.Report(last);
        await service.Logout(last);
        var next = await service.Manage($"/internal/feed/v1?follow=false&after={TextOf(page, "next")}", content: null);
        Assert.Contains($"{last.Session}", next.Body, StringComparison.Ordinal);
        Assert.DoesNotContain($"{old.Session}", next.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Masked_accounts_are_their_last_digits_and_users_are_named_by_reference()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        using var stream = await FeedTests.Open(service, "?accounts=masked");
        var old = JsonElement.Parse(Assert.Single(await stream.UntilLive()).Data!);
        Assert.Equal(
            ($"****{visitor.Account[^4..]}", visitor.User.Reference), (TextOf(old, "account"), TextOf(old, "user")));
        var again = service.Know(visitor.Again());
        await service.Report(again);
        await service.Logout(again);
        var live = (await stream.NextEvent())!.Data!;
        Assert.DoesNotContain(visitor.Account, live, StringComparison.Ordinal);
        Assert.Contains($"{again.Session}", live, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_one_user_every_event_comes_old_and_new_with_its_words()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        var stranger = await service.SignIn();
        using var stream = await Open(service, phone);
        Assert.Equal(["1", "2"], (await stream.UntilLive()).Select(item => item.Id!));
        await service.Logout(stranger);
        await service.Logout(phone, "2");
        await NoticeCalls.Acknowledge(service, tablet, "3");
        var ended = (await stream.NextEvent())!;
        var shown = (await stream.NextEvent())!;
        Assert.Equal(("3", "device-signed-out.v1"), (ended.Id, ended.Event));
        Assert.Equal(("4", "notice-acknowledged.v1"), (shown.Id, shown.Event));
        var name = $"Device {tablet.Device[^4..]}";
        Assert.Equal($"{name} confirmed that it showed the notice", TextOf(JsonElement.Parse(shown.Data!), "words"));
        var timeline = (await service.Ask("timeline", ByReference(phone))).GetProperty("events");
        Assert.Equal(timeline[2].GetRawText(), ended.Data);
    }

    [Fact]
    public async Task Of_one_user_a_reader_resumes_by_version_or_begins_at_the_end()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        using (var resumed = await Open(service, phone, "&after=1"))
        {
            Assert.Equal(["2"], (await resumed.UntilLive()).Select(item => item.Id!));
        }

        using var stream = await Open(service, phone, "&after=end&accounts=masked");
        Assert.Empty(await stream.UntilLive());
        await service.Logout(tablet, "2");
        var ended = (await stream.NextEvent())!;
        Assert.Equal("3", ended.Id);
        Assert.DoesNotContain(phone.Account, ended.Data!, StringComparison.Ordinal);
        service.Time.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal("", (await stream.Next())!.Comment);
    }

    [Theory]
    [InlineData("?user=2001-0123456789abcdef0123456789abcdef")]
    [InlineData("?events=all")]
    [InlineData("?user=1&events=all")]
    [InlineData("?user=2001-0123456789abcdef0123456789abcdef&events=some")]
    [InlineData("?user=2001-0123456789abcdef0123456789abcdef&events=all&follow=false")]
    [InlineData("?user=2001-0123456789abcdef0123456789abcdef&events=all&after=0-1")]
    [InlineData("?user=2001-0123456789abcdef0123456789abcdef&events=all&after=-1")]
    [InlineData("?accounts=all")]
    [InlineData("?after=END")]
    public async Task A_bad_question_is_400(string query)
    {
        await using var service = await ServiceUnderTest.Start();
        Assert.Equal(400, (await service.Manage("/internal/feed/v1" + query, content: null)).Status);
    }

    private static Task<EventStreamClient> Open(ServiceUnderTest service, Visitor visitor, string more = "") =>
        FeedTests.Open(service, $"?user={visitor.User.Reference}&events=all{more}");
}
