// Who looked at whom: recorded before it is shown, shown to auditors, and never in the way of anybody else.
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class AuditTests : IAsyncLifetime
{
    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start(
        "--Sessions:Management:Keys:1:Name=help-desk", "--Sessions:Management:Keys:1:Key=the key of the help desk",
        "--Sessions:Management:Keys:1:Roles=support,audit");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Who_looked_at_whom_is_shown_newest_first_and_opening_it_is_a_row()
    {
        var visitor = await service.SignIn();
        var question = $$"""{"program":2001,"account":"{{visitor.Account}}"}""";
        Assert.Equal(200, (await Ask("/internal/timeline/v1", question, "g.bianchi")).Status);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await service.Manage("/internal/user/v1", question)).Status);
        var page = await Audit("{}");
        var user = visitor.User.Stream["user-".Length..];
        Assert.Equal(
            [("audit", "help-desk", null, null), ("user", "key-0", null, user), ("timeline", "help-desk", "g.bianchi", user)],
            page.Rows.Select(row => (row.What, row.Key, row.Actor, row.User)));
        Assert.Equal(["20261122-3", "20261122-2", "20261122-1"], page.Rows.Select(row => row.Id));
        Assert.DoesNotContain(visitor.Account, page.Text, StringComparison.Ordinal);
        Assert.Equal(["session-started.v1"], await service.EventsOf(visitor)); // nothing of it is in the user's own stream
    }

    [Fact]
    public async Task Rows_are_found_by_key_actor_user_and_time_and_in_pages()
    {
        var (first, second) = (await service.SignIn(), await service.SignIn());
        foreach (var (visitor, actor) in ((Visitor, string)[])[(first, "a.one"), (second, "a.one"), (first, "b.two")])
        {
            await Ask("/internal/user/v1", $$"""{"program":2001,"account":"{{visitor.Account}}"}""", actor);
            service.Time.Advance(TimeSpan.FromHours(12)); // over two midnights
        }

        var user = first.User.Stream["user-".Length..];
        Assert.Equal(["b.two", "a.one"], (await Audit($"{{\"user\":\"{user}\"}}")).Rows.Select(row => row.Actor));
        Assert.Equal(2, (await Audit("{\"actor\":\"a.one\"}")).Rows.Count);
        Assert.Empty((await Audit("{\"key\":\"key-0\"}")).Rows);
        Assert.Equal(
            ["a.one"],
            (await Audit("{\"from\":\"2026-11-22T21:00:00Z\",\"until\":\"2026-11-23T09:00:00Z\"}")).Rows.Select(row => row.Actor));

        var (all, next) = (new List<Row>(), (string?)null);
        do
        {
            var page = await Audit($"{{\"actor\":\"a.one\",\"max\":1{(next is null ? "" : $",\"before\":\"{next}\"")}}}");
            Assert.True(page.Rows.Count <= 1);
            all.AddRange(page.Rows);
            next = page.Next;
        }
        while (next is not null);
        Assert.Equal(["20261122-2", "20261122-1"], all.Select(row => row.Id));
    }

    [Theory]
    [InlineData("{\"from\":\"2026-11-22T09:00:00Z\",\"until\":\"2026-11-22T09:00:00Z\"}", "from")]
    [InlineData("{\"from\":\"2025-01-01T00:00:00Z\"}", "from")]
    [InlineData("{\"until\":1}", "until")]
    [InlineData("{\"before\":\"20261122\"}", "before")]
    [InlineData("{\"before\":\"20261122-0\"}", "before")]
    [InlineData("{\"before\":\"20261199-1\"}", "before")]
    [InlineData("{\"max\":0}", "max")]
    [InlineData("{\"max\":1001}", "max")]
    [InlineData("{\"user\":\"user-2001-0123\"}", "user")]
    [InlineData("{\"key\":1}", "key")]
    public async Task A_question_that_makes_no_sense_is_400_and_names_the_member(string body, string named)
    {
        var reply = await Ask("/internal/audit/v1", body);
        Assert.Equal(400, reply.Status);
        Assert.StartsWith($"{{\"resCode\":400,\"resDesc\":\"{named} ", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_far_behind_the_end_is_answered_at_once()
    {
        var page = await Audit("{\"before\":\"20261122-9223372036854775807\"}");
        Assert.Equal("audit", Assert.Single(page.Rows).What);
        Assert.Single((await Audit("{\"before\":\"20991231-7\",\"max\":1}")).Rows);
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_not_shown()
    {
        var visitor = await service.SignIn();
        var question = $$"""{"program":2001,"account":"{{visitor.Account}}"}""";
        service.Store.OnAppend = (_, _) => throw new StoreUnavailableException("The test says that nothing can be appended.");
        foreach (var (path, body) in ((string, string)[])
            [("/internal/timeline/v1", question), ("/internal/user/v1", question), ("/internal/audit/v1", "{}")])
        {
            Assert.Equal((503, ServiceUnderTest.Unavailable), await StatusOf(path, body));
        }

        Assert.Equal(503, (await service.Manage("/internal/feed/v1?follow=false", content: null)).Status);
        service.Store.OnAppend = (_, _) => new ValueTask<AppendOutcome>(AppendOutcome.Unknown);
        Assert.Equal((503, ServiceUnderTest.Unavailable), await StatusOf("/internal/timeline/v1", question));
        service.Store.OnAppend = null;
        Assert.Equal(200, (await Ask("/internal/timeline/v1", question)).Status);
        Assert.Equal(["audit", "timeline"], (await Audit("{}")).Rows.Select(row => row.What));

        async Task<(int, string)> StatusOf(string path, string body)
        {
            var reply = await Ask(path, body);
            return (reply.Status, reply.Body);
        }
    }

    [Fact]
    public async Task A_bad_request_is_not_recorded_and_a_read_costs_one_append()
    {
        var appends = 0;
        service.Store.OnAppend = (store, append) =>
        {
            Interlocked.Increment(ref appends);
            return store.Append(append);
        };
        Assert.Equal(400, (await Ask("/internal/timeline/v1", "{\"program\":2001}")).Status);
        Assert.Equal(0, appends);
        Assert.Equal(200, (await Ask("/internal/timeline/v1", "{\"program\":2001,\"account\":\"1\"}")).Status);
        Assert.Equal(1, appends);
    }

    [Fact]
    public async Task The_feed_shows_no_row_of_it_and_its_reader_is_recorded_once_an_hour()
    {
        var visitor = await service.SignIn();
        await Ask("/internal/timeline/v1", $$"""{"program":2001,"account":"{{visitor.Account}}"}""");
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        for (var asked = 0; asked < 3; asked++)
        {
            var events = JsonElement.Parse((await service.Manage("/internal/feed/v1?follow=false", content: null)).Body)
                .GetProperty("events").EnumerateArray().Select(row => row.GetProperty("event").GetString());
            Assert.Equal(["session-signed-out.v1"], events);
        }

        Assert.Equal(["audit", "feed", "timeline"], (await Audit("{}")).Rows.Select(row => row.What));
        service.Time.Advance(TimeSpan.FromHours(1));
        await service.Manage("/internal/feed/v1?follow=false", content: null);
        Assert.Equal(["audit", "feed"], (await Audit("{\"max\":2}")).Rows.Select(row => row.What));
    }

    [Fact]
    public async Task Whoever_reads_the_same_at_the_same_moment_waits_for_one_row()
    {
        var (reached, goOn) = service.Store.HoldAppend();
        var incidents = service.Manage("/internal/incidents/v1", content: null);
        await reached;
        var versions = service.Manage("/internal/app-versions/v1", content: null);
        goOn.SetResult();
        Assert.Equal((200, 200), ((await incidents).Status, (await versions).Status));
        service.Store.OnAppend = null;
        Assert.Equal(["audit", "incidents"], (await Audit("{}")).Rows.Select(row => row.What));
    }

    [Fact]
    public async Task The_record_goes_on_after_a_restart()
    {
        await Audit("{}");
        await service.Restart();
        await Audit("{}");
        Assert.Equal(["20261122-3", "20261122-2", "20261122-1"], (await Audit("{}")).Rows.Select(row => row.Id));
    }

    private sealed record Row(string Id, string What, string Key, string? Actor, string? User);

    private async Task<(List<Row> Rows, string? Next, string Text)> Audit(string body)
    {
        var reply = await Ask("/internal/audit/v1", body);
        Assert.Equal(200, reply.Status);
        var page = JsonElement.Parse(reply.Body);
        var rows = page.GetProperty("rows").EnumerateArray().Select(row => new Row(
            TextOf(row, "id")!, TextOf(row, "what")!, TextOf(row, "key")!, TextOf(row, "actor"), TextOf(row, "user")));
        return ([.. rows], TextOf(page, "next"), reply.Body);
    }

    private static string? TextOf(JsonElement of, string name) => of.TryGetProperty(name, out var value) ? value.GetString() : null;

    private Task<Reply> Ask(string path, string body, string? actor = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Management, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "the key of the help desk") },
        };
        request.Headers.TryAddWithoutValidation("X-Actor", actor is null ? [] : [actor]);
        return service.Send(request);
    }
}
