// The feed of the bank's other services: order, replay, resume, going on live, and what it refuses.
using System.Net.Http.Headers;
using System.Text.Json;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Api;

public sealed class FeedTests
{
    [Fact]
    public async Task The_feed_replays_every_ending_in_order_and_goes_on_live()
    {
        await using var service = await ServiceUnderTest.Start();
        var (first, second, third) = (await service.SignIn(), await service.SignIn(), await service.SignIn());
        await service.Logout(first);
        await service.Logout(second, "2");
        using var stream = await Open(service);
        Assert.Equal((200, "text/event-stream"), (stream.Status, stream.MediaType));
        Assert.Equal("no-store", stream.Headers.CacheControl!.ToString());
        Assert.Equal(["no"], stream.Headers.GetValues("X-Accel-Buffering"));
        Assert.Equal("2000", (await stream.Next())!.Retry);

        var old = await stream.UntilLive();
        Assert.Equal(["session-signed-out.v1", "device-signed-out.v1"], old.Select(item => item.Event!));
        Assert.Equal(
            $$"""{"program":2001,"account":"{{first.Account}}","sessions":["{{first.Session}}"],"device":"{{first.Device[^4..]}}"""
            + "\",\"at\":\"2026-11-22T09:00:00Z\",\"mode\":1,\"version\":2,"
            + $"\"user\":\"{first.User.Reference}\"}}",
            old[0].Data);
        Assert.Equal(
            $$"""{"program":2001,"account":"{{second.Account}}","sessions":["{{second.Session}}"],"device":"{{second.Device[^4..]}}"""
            + "\",\"at\":\"2026-11-22T09:00:00Z\",\"mode\":2,\"version\":2,"
            + $"\"user\":\"{second.User.Reference}\"}}",
            old[1].Data);

        await service.Logout(third);
        Assert.Equal(third.Account, AccountOf((await stream.NextEvent())!));
        await service.Logout(third); // a repeat: nothing
        await service.Report(third.Again());
        var fourth = third.Again();
        await service.Report(fourth);
        var replaced = (await stream.NextEvent())!;
        Assert.Equal("session-superseded.v1", replaced.Event);
        Assert.Equal("same-device", JsonElement.Parse(replaced.Data!).GetProperty("why").GetString());
    }

    [Fact]
    public async Task A_reader_resumes_by_its_cursor_also_after_a_restart()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitors = new List<Visitor>();
        for (var i = 0; i < 6; i++)
        {
            visitors.Add(await service.SignIn());
            await service.Logout(visitors[i]);
        }

        List<StreamItem> all;
        using (var whole = await Open(service))
        {
            all = await whole.UntilLive();
        }

        Assert.Equal(visitors.Select(visitor => visitor.Account), all.Select(AccountOf));
        await service.Restart();
        foreach (var after in (int[])[0, 2, 5])
        {
            using var byHeader = await Open(service, lastEventId: all[after].Id);
            Assert.Equal(all.Skip(after + 1), await byHeader.UntilLive());
            using var byQuery = await Open(service, $"?after={all[after].Id}");
            Assert.Equal(all.Skip(after + 1), await byQuery.UntilLive());
            using var byBoth = await Open(service, "?after=0-0", all[after].Id);
            Assert.Equal(all.Skip(after + 1), await byBoth.UntilLive());
        }
    }

    [Fact]
    public async Task A_service_that_polls_reads_pages_and_misses_nothing()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitors = new List<Visitor>();
        for (var i = 0; i < 5; i++)
        {
            visitors.Add(await service.SignIn());
            await service.Logout(visitors[i]);
        }

        var (next, accounts, pages) = ("", new List<string>(), 0);
        bool more;
        do
        {
            var reply = await service.Manage($"/internal/feed/v1?follow=false&max=2{next}", content: null);
            Assert.Equal((200, "application/json; charset=utf-8"), (reply.Status, reply.Content.ContentType!.ToString()));
            var page = JsonElement.Parse(reply.Body);
            accounts.AddRange(page.GetProperty("events").EnumerateArray()
                .Select(entry => entry.GetProperty("data").GetProperty("account").GetString()!));
            next = $"&after={page.GetProperty("next").GetString()}";
            more = page.GetProperty("more").GetBoolean();
            pages++;
        }
        while (more);
        Assert.Equal(visitors.Select(visitor => visitor.Account), accounts);
        Assert.Equal(3, pages);
        await service.SignIn();
        var empty = JsonElement.Parse((await service.Manage($"/internal/feed/v1?follow=false{next}", content: null)).Body);
        Assert.Empty(empty.GetProperty("events").EnumerateArray());
        Assert.NotEqual(next, $"&after={empty.GetProperty("next").GetString()}"); // what ends nothing is not read again
    }

    [Theory]
    [InlineData("?after=x")]
    [InlineData("?after=0--1")]
    [InlineData("?after=0-99999999999999999999")]
    [InlineData("?after=0-1000000")]
    [InlineData("?after=00-1")]
    [InlineData("?after=")]
    [InlineData("?after=0-0&after=0-0")]
    [InlineData("?follow=no")]
    [InlineData("?follow=false&max=0")]
    [InlineData("?follow=false&max=1001")]
    [InlineData("?follow=false&max=x")]
    [InlineData("?max=5")]
    public async Task A_bad_question_is_400_and_says_what_is_wrong(string query)
    {
        await using var service = await ServiceUnderTest.Start();
        var reply = await service.Manage("/internal/feed/v1" + query, content: null);
        Assert.Equal(400, reply.Status);
        Assert.Contains(query[1..].Split('=')[0] == "after" ? "after" : query.Contains("max") ? "max" : "follow", reply.Body);
    }

    [Fact]
    public async Task A_bad_cursor_in_the_header_is_400_whatever_the_query_says()
    {
        await using var service = await ServiceUnderTest.Start();
        using var stream = await Open(service, "?after=0-0", "' OR 1=1 --");
        Assert.Equal(400, stream.Status);
    }

    [Fact]
    public async Task A_quiet_stream_sends_a_heartbeat_every_15_seconds()
    {
        await using var service = await ServiceUnderTest.Start();
        using var stream = await Open(service);
        await stream.UntilLive();
        for (var i = 0; i < 3; i++)
        {
            service.Time.Advance(EventStream.Heartbeat);
            Assert.Equal("", (await stream.Next())!.Comment);
        }
    }

    [Fact]
    public async Task A_stopping_node_ends_its_streams_at_once()
    {
        await using var service = await ServiceUnderTest.Start();
        using var stream = await Open(service);
        await stream.UntilLive();
        await service.App.StopAsync(TestContext.Current.CancellationToken);
        Assert.Null(await stream.Next());
    }

    [Fact]
    public async Task A_burst_that_no_buffer_holds_arrives_whole_and_in_order()
    {
        await using var service = await ServiceUnderTest.Start();
        using var stream = await Open(service);
        await stream.UntilLive();
        var versions = new List<long>();
        const int appends = 20;
        var head = default(StreamHead);
        for (var i = 0; i < appends; i++)
        {
            var append = Endings(service.Time.GetUtcNow(), 1_000, i, head);
            await service.Store.Append(append);
            head = new StreamHead(head.Version + append.Events.Count, append.Events[^1].Hash);
        }

        while (versions.Count < appends * 1_000)
        {
            versions.Add(JsonElement.Parse((await stream.NextEvent())!.Data!).GetProperty("version").GetInt64());
        }

        Assert.Equal(Enumerable.Range(1, appends * 1_000).Select(version => (long)version), versions);
    }

    [Fact]
    public async Task One_stream_more_than_the_limit_is_503()
    {
        await using var service = await ServiceUnderTest.Start();
        var streams = new List<EventStreamClient>();
        for (var i = 0; i < FeedOfAll.StreamsMax; i++)
        {
            streams.Add(await Open(service));
        }

        using (var refused = await Open(service))
        {
            Assert.Equal((503, "overload"), (refused.Status, service.Log.Codes[^1]));
        }

        streams.ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task A_damaged_event_breaks_the_stream_off_and_is_told_in_the_log()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        using var stream = await Open(service);
        await stream.UntilLive();
        var command = new CommandId(Guid.Empty);
        var events = Appends.ChainOf("session-expired.v1", "user-2001-1", default, command, "{}"u8.ToArray());
        await service.Store.Append(new("user-2001-1", 0, command, service.Time.GetUtcNow(), events, null));
        await Assert.ThrowsAnyAsync<IOException>(stream.NextEvent);
        await service.Logout(visitor);
        Assert.Equal(503, (await service.Manage("/internal/feed/v1?follow=false", content: null)).Status);
        Assert.Contains(service.Log.Complaints, line => line.Text.Contains("damaged", StringComparison.Ordinal));
    }

    [Fact]
    public void The_names_of_endings_are_the_codecs() =>
        Assert.All(SessionsEnded.Names, name => Assert.Contains(name, UserEventCodec.Names));

    private static Append Endings(DateTimeOffset at, int count, int round, StreamHead head)
    {
        const string stream = "user-2001-77";
        var command = new CommandId(new Guid(round, 0, 0, new byte[8]));
        var json = UserEventCodec.Encode(new SessionExpired(
            DateTimeOffset.UnixEpoch, "77", new SessionId(Guid.Empty), DeviceId.Of("x"), Limit.Idle));
        var events = Appends.ChainOf("session-expired.v1", stream, head, command, [.. Enumerable.Repeat(json, count)]);
        return new(stream, head.Version, command, at, events, null);
    }

    private static string AccountOf(StreamItem item) => JsonElement.Parse(item.Data!).GetProperty("account").GetString()!;

    internal static async Task<EventStreamClient> Open(ServiceUnderTest service, string query = "", string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Management, "/internal/feed/v1" + query));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", ServiceUnderTest.ManagementKey);
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        return await EventStreamClient.Open(service.Http, request);
    }
}
