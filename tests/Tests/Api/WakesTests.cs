// The wakes that notices make, as the bank's push service reads and takes them.
using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Api;

public sealed class WakesTests : IAsyncLifetime
{
    private const string PushService = "the key of the push service 0123456789";
    private const string OfOther = "the key of another program's service 01";
    private const string OfTablet = "canary-push-of-tablet";
    private const string OfWatch = "canary-push-of-watch";

    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start(
        $"--Sessions:Programs:1111:TokenKeys:0={Base64Url.EncodeToString(SHA256.HashData("the other program's key"u8))}",
        "--Sessions:Management:Keys:1:Name=push-service", $"--Sessions:Management:Keys:1:Key={PushService}",
        "--Sessions:Management:Keys:1:Roles=report", "--Sessions:Management:Keys:1:Programs:0=2001",
        "--Sessions:Management:Keys:2:Name=other-service", $"--Sessions:Management:Keys:2:Key={OfOther}",
        "--Sessions:Management:Keys:2:Roles=report", "--Sessions:Management:Keys:2:Programs:0=1111");

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        ServiceUnderTest.NothingIn(service.Log.Lines.Select(line => line.Text), [PushService, OfOther, OfTablet, OfWatch]);
    }

    [Fact]
    public async Task The_push_service_hears_of_a_wake_at_once_and_takes_it_once()
    {
        using var stream = await Open();
        Assert.Empty(await stream.UntilLive());
        var (phone, tablet, watch) = await SignIn();
        await NoticeCalls.SignOutDevice(service, phone);
        var item = (await stream.NextEvent())!;
        var data = JsonElement.Parse(item.Data!);
        var version = data.GetProperty("version").GetInt64();
        Assert.Equal("wakes-owed.v1", item.Event);
        Assert.Equal(
            $$"""{"program":2001,"user":"{{phone.User.Reference}}","version":{{version}},"at":"2026-11-22T09:00:00Z","devices":["""
            + $$"""{"device":"{{RefOf(tablet)}}","push":"{{OfTablet}}"},{"device":"{{RefOf(watch)}}","push":"{{OfWatch}}"}]}""",
            item.Data);

        Assert.Equal(200, (await NoticeCalls.Acknowledge(service, watch, $"{version}")).Status); // over its own stream, meanwhile
        Assert.Equal((true, false), (await Take(data, 0), await Take(data, 0)));
        Assert.False(await Take(data, 1));
        Assert.Contains("device-woken.v1", await service.EventsOf(phone));
    }

    [Fact]
    public async Task Each_sign_out_that_owes_notices_is_one_event_and_one_without_references_is_none()
    {
        using var stream = await Open();
        var (phone, tablet, _) = await SignIn();
        await service.Logout(phone, "2"); // the app's own, device based
        Assert.Equal(2, Devices((await stream.NextEvent())!));
        await NoticeCalls.Return(service, phone); // without a reference
        await NoticeCalls.SignOutDevice(service, tablet);
        Assert.Equal(1, Devices((await stream.NextEvent())!));
        var (one, _) = await NoticeCalls.SignInTwice(service);
        await NoticeCalls.SignOutDevice(service, one);
        var (last, _, _) = await SignIn();
        await NoticeCalls.SignOutDevice(service, last);
        var next = (await stream.NextEvent())!;
        Assert.Contains(last.User.Reference, next.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_resumes_by_its_cursor_begins_at_the_end_and_reads_pages()
    {
        var (phone, _, _) = await SignIn();
        await NoticeCalls.SignOutDevice(service, phone);
        using var fromEnd = await Open("?after=end");
        Assert.Empty(await fromEnd.UntilLive());
        var (other, _, _) = await SignIn();
        await NoticeCalls.SignOutDevice(service, other);
        using var whole = await Open();
        var all = await whole.UntilLive();
        Assert.Equal([phone.User.Reference, other.User.Reference], all.Select(UserOf));
        Assert.Equal(all[1], await fromEnd.NextEvent());
        using var resumed = await Open("?after=0-0", lastEventId: all[0].Id);
        Assert.Equal(all[1], Assert.Single(await resumed.UntilLive()));

        var page = JsonElement.Parse((await Ask("?follow=false&max=1")).Body);
        Assert.Equal(all[0].Id, page.GetProperty("events")[0].GetProperty("cursor").GetString());
        Assert.True(page.GetProperty("more").GetBoolean());
        var next = JsonElement.Parse((await Ask($"?follow=false&after={page.GetProperty("next").GetString()}")).Body);
        Assert.Equal(all[1].Data, Assert.Single(next.GetProperty("events").EnumerateArray()).GetProperty("data").GetRawText());
        Assert.False(next.GetProperty("more").GetBoolean());
    }

    [Fact]
    public async Task A_key_of_another_program_hears_nothing_of_it()
    {
        using var foreign = await Open(key: OfOther);
        await foreign.UntilLive();
        var (phone, _, _) = await SignIn();
        await NoticeCalls.SignOutDevice(service, phone);
        using var own = await Open();
        Assert.Single(await own.UntilLive());
        using var again = await Open(key: OfOther);
        Assert.Empty(await again.UntilLive());
        Assert.Empty(JsonElement.Parse((await Ask("?follow=false", OfOther)).Body).GetProperty("events").EnumerateArray());
        var theirs = await NoticeCalls.SignInWithPush(service, service.NewVisitor(), "canary-push-of-phone", program: 1111);
        await NoticeCalls.SignInWithPush(service, service.Know(theirs.Elsewhere()), OfTablet, program: 1111);
        await NoticeCalls.SignOutDevice(service, theirs, program: 1111);
        var first = (await foreign.NextEvent())!; // the first since its stream was opened
        Assert.Equal(1111, JsonElement.Parse(first.Data!).GetProperty("program").GetInt32());
    }

    [Fact]
    public async Task A_quiet_stream_sends_a_heartbeat()
    {
        using var stream = await Open();
        await stream.UntilLive();
        service.Time.Advance(EventStream.Heartbeat);
        Assert.Equal("", (await stream.Next())!.Comment);
    }

    [Fact]
    public async Task The_push_service_may_not_read_the_feed_of_ended_sessions() =>
        Assert.Equal(403, (await service.Manage("/internal/feed/v1?follow=false", null, PushService)).Status);

    [Theory]
    [InlineData("?after=x")]
    [InlineData("?after=0-1000000")]
    [InlineData("?follow=no")]
    [InlineData("?max=5")]
    [InlineData("?user=2001-00000000000000000000000000000000&events=all")]
    [InlineData("?events=all")]
    [InlineData("?accounts=masked")]
    public async Task A_bad_question_is_400(string query) => Assert.Equal(400, (await Ask(query)).Status);

    [Fact]
    public void The_name_of_wakes_is_the_codecs() => Assert.Contains(UserEventCodec.WakesOwedName, UserEventCodec.Names);

    private static string RefOf(Visitor visitor) => DeviceId.Of(visitor.Device).HashText;

    private static int Devices(StreamItem item) => JsonElement.Parse(item.Data!).GetProperty("devices").GetArrayLength();

    private static string? UserOf(StreamItem item) => JsonElement.Parse(item.Data!).GetProperty("user").GetString();

    private async Task<(Visitor Phone, Visitor Tablet, Visitor Watch)> SignIn()
    {
        var phone = await NoticeCalls.SignInWithPush(service, service.NewVisitor(), "canary-push-of-phone");
        var tablet = await NoticeCalls.SignInWithPush(service, service.Know(phone.Elsewhere()), OfTablet);
        return (phone, tablet, await NoticeCalls.SignInWithPush(service, service.Know(phone.Elsewhere()), OfWatch));
    }

    private async Task<bool> Take(JsonElement wakes, int device)
    {
        var body = $$"""
            {"user":"{{wakes.GetProperty("user").GetString()}}","version":{{wakes.GetProperty("version")}},
            "device":"{{wakes.GetProperty("devices")[device].GetProperty("device").GetString()}}"}
            """;
        var reply = await service.Manage(
            "/internal/wakes/v1", new StringContent(body, new MediaTypeHeaderValue("application/json")), PushService);
        return JsonElement.Parse(reply.Body).GetProperty("wake").GetBoolean();
    }

    private Task<Reply> Ask(string query, string key = PushService) => service.Manage("/internal/wakes/v1" + query, null, key);

    private async Task<EventStreamClient> Open(string query = "", string? lastEventId = null, string key = PushService)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Management, "/internal/wakes/v1" + query));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        return await EventStreamClient.Open(service.Http, request);
    }
}
