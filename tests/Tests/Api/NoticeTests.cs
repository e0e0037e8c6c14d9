// Two devices of one user over the real host: what the one learns of the other, once, whatever happens to the stream between them.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using static BankEzy.Sessions.Tests.Support.NoticeCalls;

namespace BankEzy.Sessions.Tests.Api;

public sealed class NoticeTests
{
    [Fact]
    public async Task A_device_hears_of_another_ones_sign_out_while_it_listens()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        using var stream = await Open(service, tablet);
        Assert.Equal((200, "text/event-stream"), (stream.Status, stream.MediaType));
        Assert.Equal(["no"], stream.Headers.GetValues("X-Accel-Buffering"));
        Assert.Equal("no-store", stream.Headers.CacheControl!.ToString());
        Assert.Equal("2000", (await stream.Next())!.Retry);
        Assert.Empty(await stream.UntilLive());

        Assert.Equal(200, (await service.Logout(phone, "2")).Status);
        var notice = (await stream.NextEvent())!;
        Assert.Equal(("3", "device-signed-out"), (notice.Id, notice.Event));
        Assert.Equal(
            $$"""{"account":"****{{phone.Account[^4..]}}","device":"{{phone.Device[^4..]}}"""
            + "\",\"at\":\"2026-11-22T09:00:00Z\",\"mode\":2,\"version\":3}",
            notice.Data);
    }

    [Fact]
    public async Task What_is_still_owed_and_to_whom_is_shown_until_it_is_acknowledged()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        await service.Logout(phone, "2");
        var question = $$"""{"program":2001,"account":"{{phone.Account}}"}""";
        var (to, label) = (DeviceId.Of(tablet.Device).HashText, (phone.Device[^4..], tablet.Device[^4..]));
        var owed = $$"""
            "owed":[{"to":"{{to}}","label":"{{label.Item2}}","version":3,"at":"2026-11-22T09:00:00Z","signedOut":"{{label.Item1}}"}],
            """;
        var before = await service.Manage("/internal/user/v1", question);
        Assert.Equal(200, before.Status);
        Assert.Contains("\"version\":3,\"sessions\":[" + Live(tablet), before.Body, StringComparison.Ordinal);
        Assert.Contains(owed, before.Body, StringComparison.Ordinal);

        await Acknowledge(service, tablet, "3");
        var after = await service.Manage("/internal/user/v1", question);
        Assert.Contains("\"version\":4,\"sessions\":[" + Live(tablet), after.Body, StringComparison.Ordinal);
        Assert.Contains(",\"owed\":[],", after.Body, StringComparison.Ordinal);
        Assert.Contains(
            "\"version\":0,\"sessions\":[],\"devices\":[],\"owed\":[],",
            (await service.Manage("/internal/user/v1", """{"program":2001,"account":"77"}""")).Body,
            StringComparison.Ordinal);

        static string Live(Visitor visitor) =>
            $$"""{"sessionId":"{{visitor.Session}}","device":"{{visitor.Device[^4..]}}","signInMode":1,""";
    }

    [Fact]
    public async Task A_sign_out_of_a_session_is_told_to_nobody_else()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        using var stream = await Open(service, tablet);
        await stream.UntilLive();
        await service.Logout(phone);
        var other = await Return(service, phone);
        await service.Logout(other, "2");
        Assert.Equal("5", (await stream.NextEvent())!.Id); // 3 was mode 1, 4 the new sign-in
    }

    [Fact]
    public async Task What_happened_while_the_stream_was_down_comes_first_and_nothing_twice()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        var ids = new List<string>();
        string? last = null;
        for (var round = 0; round < 4; round++)
        {
            phone = await SignOutAndReturn(service, phone);
            if (round == 1)
            {
                await service.Restart();
            }

            using var stream = await Open(service, tablet, last);
            ids.AddRange((await stream.UntilLive()).Select(item => item.Id!));
            phone = await SignOutAndReturn(service, phone);
            ids.Add((await stream.NextEvent())!.Id!);
            last = ids[^1];
        }

        Assert.Equal(["3", "5", "7", "9", "11", "13", "15", "17"], ids);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("100000000000000000000")]
    [InlineData("99")]
    [InlineData("' OR 1=1 --")]
    public async Task An_id_that_is_no_version_of_the_users_means_all_that_is_owed(string? lastEventId)
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        await SignOutAndReturn(service, phone);
        using var stream = await Open(service, tablet, lastEventId);
        Assert.Equal(["3"], (await stream.UntilLive()).Select(item => item.Id!));
    }

    [Fact]
    public async Task What_was_acknowledged_is_not_owed_and_a_repeat_writes_nothing()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        phone = await SignOutAndReturn(service, phone);
        await SignOutAndReturn(service, phone);
        Assert.Equal([3, 5], await OwedTo(service, tablet));
        Assert.Equal((200, ServiceUnderTest.Success), Said(await Acknowledge(service, tablet, "3")));
        Assert.Equal([5], await OwedTo(service, tablet));
        var length = await service.LogLength();
        Assert.Equal((200, ServiceUnderTest.Success), Said(await Acknowledge(service, tablet, "3")));
        Assert.Equal(length, await service.LogLength());
        using (var stream = await Open(service, tablet))
        {
            Assert.Equal(["5"], (await stream.UntilLive()).Select(item => item.Id!));
        }

        Assert.Equal(200, (await Acknowledge(service, tablet, "9223372036854775807")).Status);
        Assert.Equal(200, (await Acknowledge(service, tablet, "9223372036854775807")).Status);
        Assert.Empty(await OwedTo(service, tablet));
        Assert.Equal(length + 1, await service.LogLength());
        Assert.Equal(2, (await service.EventsOf(tablet)).Count(name => name == "notice-acknowledged.v1"));
    }

    [Theory]
    [InlineData("{}", 400, "body_version")]
    [InlineData("{\"version\":0}", 400, "body_version")]
    [InlineData("{\"version\":-1}", 400, "body_version")]
    [InlineData("{\"version\":\"3\"}", 400, "body_version")]
    [InlineData("{\"version\":1.5}", 400, "body_version")]
    [InlineData("{\"version\":1e30}", 400, "body_version")]
    [InlineData("{\"version\":1,\"version\":1}", 400, "body_form")]
    [InlineData("[1]", 400, "body_form")]
    [InlineData("", 400, "body_form")]
    public async Task An_acknowledgement_without_a_version_is_400(string body, int status, string code)
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        Assert.Equal(status, (await Post(service, visitor.LoginToken, body)).Status);
        Assert.Equal(code, service.Log.Codes[^1]);
        Assert.Equal(415, (await Post(service, visitor.LoginToken, "{\"version\":1}", "text/html")).Status);
        Assert.Equal(413, (await Post(service, visitor.LoginToken, new string(' ', 20_000))).Status);
        Assert.Equal(401, (await Post(service, visitor.AppToken, body)).Status);
    }

    [Fact]
    public async Task Without_a_live_session_both_are_401()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        await service.Logout(phone, "2");
        using var ended = await Open(service, phone);
        Assert.Equal((401, "revoked"), (ended.Status, service.Log.Codes[^1]));
        Assert.Equal((401, ServiceUnderTest.Unauthorized), Said(await Acknowledge(service, phone, "3")));
        using var wrong = await EventStreamClient.Open(service.Http, Request(service, tablet.AppToken));
        Assert.Equal(401, wrong.Status);
    }

    [Theory]
    [InlineData("1", "signed-out")]
    [InlineData("2", "device-signed-out")]
    public async Task When_its_own_session_ends_the_stream_says_so_and_closes(string mode, string reason)
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, _) = await SignInTwice(service);
        using var stream = await Open(service, phone);
        await stream.UntilLive();
        await service.Logout(phone, mode);
        var end = (await stream.NextEvent())!;
        Assert.Equal(("3", "session-ended"), (end.Id, end.Event));
        Assert.Equal($$"""{"reason":"{{reason}}","at":"2026-11-22T09:00:00Z","version":3}""", end.Data);
        Assert.Null(await stream.Next());
    }

    [Fact]
    public async Task A_newer_session_on_the_device_ends_the_older_ones_stream()
    {
        await using var service = await ServiceUnderTest.Start();
        var phone = await service.SignIn();
        using var stream = await Open(service, phone);
        await stream.UntilLive();
        await Return(service, phone);
        var end = (await stream.NextEvent())!;
        Assert.Equal("superseded", JsonElement.Parse(end.Data!).GetProperty("reason").GetString());
        Assert.Null(await stream.Next());
    }

    [Fact]
    public async Task When_the_token_expires_the_stream_says_so_and_closes()
    {
        await using var service = await ServiceUnderTest.Start();
        var phone = await service.SignIn();
        using var stream = await Open(service, phone);
        await stream.UntilLive();
        service.Time.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromSeconds(1));
        Assert.Equal("", (await stream.Next())!.Comment);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        var end = (await stream.NextEvent())!;
        Assert.Equal(("expired", "{\"at\":\"2026-11-22T09:30:00Z\"}"), (end.Event, end.Data));
        Assert.Null(await stream.Next());
    }

    [Fact]
    public async Task A_quiet_stream_sends_a_heartbeat_and_ends_when_the_node_stops()
    {
        await using var service = await ServiceUnderTest.Start();
        using var stream = await Open(service, await service.SignIn());
        await stream.UntilLive();
        service.Time.Advance(EventStream.Heartbeat);
        Assert.Equal("", (await stream.Next())!.Comment);
        await service.App.StopAsync(TestContext.Current.CancellationToken);
        Assert.Null(await stream.Next());
    }

    [Fact]
    public async Task What_another_node_has_appended_is_sent_although_the_grain_here_has_not_read_it()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        var json = UserEventCodec.Encode(new DeviceSignedOut(
            service.Time.GetUtcNow(), phone.Account, DeviceId.Of(phone.Device), new SessionId(phone.Session),
            [new SessionId(phone.Session)],
            [DeviceId.Of(tablet.Device)]));
        var (user, command) = (phone.User.Stream, new CommandId(phone.Session));
        var events = Appends.ChainOf("device-signed-out.v1", user, await service.Store.Head(user), command, json);
        Assert.Equal(AppendOutcome.Appended, await service.Store.Append(new Append(
            user, 2, command, service.Time.GetUtcNow(), events, null)));
        using var stream = await Open(service, tablet);
        Assert.Equal(["3"], (await stream.UntilLive()).Select(item => item.Id!));
        using var ended = await Open(service, phone); // alive for all that the grain knows
        Assert.Equal("session-ended", (await ended.NextEvent())!.Event);
        Assert.Null(await ended.Next());
    }

    [Fact]
    public async Task A_session_that_nobody_has_reported_is_owed_nothing_and_still_hears_of_its_own_end()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        var unknown = service.Know(phone.Elsewhere());
        using var stream = await Open(service, unknown);
        Assert.Empty(await stream.UntilLive());
        await service.Logout(phone, "2");
        await service.Logout(unknown);
        Assert.Equal("session-ended", (await stream.NextEvent())!.Event);
        Assert.Equal([3], await OwedTo(service, tablet));
    }

    private static (int, string) Said(Reply reply) => (reply.Status, reply.Body);
}
