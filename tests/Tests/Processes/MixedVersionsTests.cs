// One log, written by several versions of the service: what an older one wrote is read, and what only a newer one knows stops the answers
// for that user alone. An answer from half of what happened could be a wrong one.
using System.Globalization;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Tests.Users;
using BankEzy.Sessions.Tests.Users.Codec;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class MixedVersionsTests(PostgresServer server)
{
    // In an order in which they can happen to one user.
    private static readonly string[] GoldenLife =
    [
        "session-started.v1", "device-described.v1", "session-used.v1", "session-renewed.v1", "device-renamed.v1", "sign-in-locked.v1",
        "session-superseded.v1", "session-expired.v1", "session-signed-out.v1", "device-signed-out.v1", "signed-out-on-behalf.v1",
        "wakes-owed.v1", "device-woken.v1", "sign-in-released.v1", "notice-acknowledged.v1",
    ];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_log_that_older_versions_wrote_is_read_and_gone_on_with()
    {
        Assert.Equal(UserEventCodec.Names.Order(StringComparer.Ordinal), GoldenLife.Order(StringComparer.Ordinal));
        await using var nodes = await Nodes.Start(server, 1);
        using var log = nodes.OpenLog();
        var visitor = ServiceProcess.NewVisitor();
        string[] contents = [.. GoldenLife.Select(Golden)];
        await Append(log, visitor, [.. GoldenLife.Zip(contents)]);

        Assert.Equal(NodeCalls.Inactive, (await nodes[0].AskById(Visiting(visitor, Samples.First, "any"))).Body);
        Assert.Equal(contents, await ContentsOf(nodes[0], visitor));
        Assert.StartsWith("{\"active\":true,", (await nodes[0].Ask(visitor)).Body, StringComparison.Ordinal);
        await nodes[0].LogoutForSure(visitor);
        Assert.Equal(NodeCalls.Inactive, (await nodes[0].Ask(visitor)).Body);
        Assert.Equal([.. GoldenLife, "session-started.v1", "session-signed-out.v1"], await nodes[0].Timeline(visitor.Account));

        var page = JsonElement.Parse((await nodes[0].Manage("/internal/feed/v1?follow=false")).Body);
        string[] endings = [.. GoldenLife.Where(SessionsEnded.IsOne), "session-signed-out.v1"];
        var fed = page.GetProperty("events").EnumerateArray().Select(ended => ended.GetProperty("event").GetString()!);
        Assert.Equal(endings, fed);
    }

    [Fact]
    public async Task A_session_that_an_older_version_began_lives_on_and_is_ended_by_this_one()
    {
        await using var nodes = await Nodes.Start(server, 1);
        using var log = nodes.OpenLog();
        var phone = Visiting(ServiceProcess.NewVisitor(), Samples.First, "tdid:cGhvbmU=:7971");
        var start = Golden("session-started.v1")
            .Replace("2026-03-02T08:00:00.060Z", Time(phone.IssuedAt), StringComparison.Ordinal)
            .Replace("2026-03-02T16:00:00.060Z", Time(phone.IssuedAt.AddMinutes(20)), StringComparison.Ordinal)
            .Replace("2026-03-03T08:00:00.060Z", Time(phone.IssuedAt.AddHours(24)), StringComparison.Ordinal);
        await Append(log, phone, ("session-started.v1", start));

        var alive = JsonElement.Parse((await nodes[0].Ask(phone)).Body);
        Assert.True(alive.GetProperty("active").GetBoolean());
        Assert.InRange(alive.GetProperty("exp").GetInt64(), 1, phone.IssuedAt.AddMinutes(20).ToUnixTimeSeconds());
        var tablet = await nodes[0].SignIn(phone.Elsewhere());
        using var stream = await nodes[0].Listen(tablet);
        await nodes[0].LogoutForSure(phone, "2");
        var notice = (await stream.NextEvent())!;
        Assert.Equal(("3", "7971"), (notice.Id, NodeCalls.FieldOf(notice.Data!, "device")));
        Assert.Equal(NodeCalls.Inactive, (await nodes[0].Ask(phone)).Body);
    }

    [Fact]
    public async Task An_event_that_only_a_newer_version_knows_stops_the_answers_for_its_user_alone()
    {
        await using var nodes = await Nodes.Start(server, 1);
        using var log = nodes.OpenLog();
        var (phone, over) = (await nodes[0].SignIn(ServiceProcess.NewVisitor()), await nodes[0].SignIn(ServiceProcess.NewVisitor()));
        await nodes[0].LogoutForSure(over);
        var (neighbour, tablet) = (await nodes[0].SignIn(ServiceProcess.NewVisitor()), default(Visitor));
        tablet = await nodes[0].SignIn(neighbour.Elsewhere());
        using var notices = await nodes[0].Listen(tablet);
        using var feed = await EventStreamClient.Open(nodes[0].Http, NodeCalls.FeedOf(nodes[0]), Nodes.Patience);
        await feed.UntilLive();

        // The node remembers both users, and a newer one writes.
        await Append(log, phone, ("session-paused.v1", "{\"at\":\"2026-11-22T09:00:00.000Z\"}"));
        await Append(log, over, ("session-revived.v1", "{\"at\":\"2026-11-22T09:00:00.000Z\"}"));
        await nodes.Add(); // and one that remembers nothing
        foreach (var node in nodes.All)
        {
            await RefusesAll(node, phone);
            await RefusesAll(node, over);
            Assert.StartsWith("{\"active\":true,", (await node.Ask(neighbour)).Body, StringComparison.Ordinal);
            Assert.Equal(200, (await node.Manage("/health/ready")).Status);
        }

        await nodes[1].LogoutForSure(neighbour, "2");
        Assert.Equal("device-signed-out", (await notices.NextEvent())!.Event);
        Assert.Equal(neighbour.Account, NodeCalls.FieldOf((await feed.NextEvent())!.Data!, "account"));
        Assert.Equal(["session-started.v1", "session-paused.v1"], await nodes[0].Timeline(phone.Account));
        Assert.Equal(3, (await nodes[1].Timeline(over.Account)).Count);
    }

    // 503, which asks to try again, and neither "alive" nor "ended": this node does not know.
    private static async Task RefusesAll(ServiceProcess node, Visitor visitor)
    {
        Reply[] replies =
        [
            await node.Ask(visitor), await node.AskById(visitor), await node.Sessions(visitor), await node.Logout(visitor),
            await node.Logout(visitor, "2"), await node.Report(visitor.Again()), await node.Send(NodeCalls.NoticesOf(node, visitor)),
        ];
        Assert.All(replies, reply => Assert.Equal(
            (503, "1", ServiceUnderTest.Unavailable), (reply.Status, reply.Headers.RetryAfter?.ToString(), reply.Body)));
    }

    private static async Task Append(PostgresEventStore log, Visitor visitor, params (string Name, string Json)[] events)
    {
        var (stream, head) = (visitor.User.Stream, await log.Head(visitor.User.Stream));
        var (version, hash, appended) = (head.Version, head.Hash, new List<NewEvent>());
        foreach (var (name, json) in events)
        {
            var bytes = Encoding.UTF8.GetBytes(json);
            hash = hash.Next(stream, ++version, Appends.Command(1), appended.Count, name, bytes);
            appended.Add(new NewEvent(name, bytes, hash));
        }

        var append = new Append(stream, head.Version, Appends.Command(1), TimeProvider.System.GetUtcNow(), appended, null);
        Assert.Equal(AppendOutcome.Appended, await log.Append(append));
    }

    private static async Task<IEnumerable<string>> ContentsOf(ServiceProcess node, Visitor visitor)
    {
        var reply = await node.Manage("/internal/timeline/v1", $$"""{"program":2001,"account":"{{visitor.Account}}"}""");
        var events = JsonElement.Parse(reply.Body).GetProperty("events");
        return events.EnumerateArray().Select(stored => stored.GetProperty("data").GetRawText());
    }

    private static Visitor Visiting(Visitor visitor, SessionId session, string device) =>
        new(visitor.Account, session.Value, device, visitor.IssuedAt, visitor.LoginKey, visitor.AppKey);

    private static string Golden(string name) => Encoding.UTF8.GetString(GoldenEvents.Read(name));

    private static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
