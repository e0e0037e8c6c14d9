// GET /internal/log/v1: every event as it is stored, in pages, damaged or not.
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class LogTests : IAsyncLifetime
{
    private ServiceUnderTest service = null!;

    public static TheoryData<Damage> Damages => [Damage.Content, Damage.Name, Damage.Hash, Damage.Missing];

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start();

    public async ValueTask DisposeAsync() => await service.DisposeAsync();

    [Fact]
    public async Task A_line_is_an_event_from_which_its_hash_can_be_recomputed_and_the_last_line_says_where_to_read_on()
    {
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        var lines = await Read("");
        var events = lines[..^1].Where(line => line.GetProperty("stream").GetString() == visitor.User.Stream).ToList();
        Assert.Equal([1L, 2L], events.Select(line => line.GetProperty("version").GetInt64()));
        var hash = default(EventHash);
        foreach (var line in events)
        {
            ApiContract.Check(ApiContract.SchemaOf("LogEvent"), line.GetRawText(), "log");
            hash = hash.Next(
                visitor.User.Stream, line.GetProperty("version").GetInt64(), new CommandId(line.GetProperty("command").GetGuid()),
                line.GetProperty("ordinal").GetInt32(), line.GetProperty("name").GetString()!,
                    line.GetProperty("data").GetBytesFromBase64());
            Assert.Equal(hash.ToString(), line.GetProperty("hash").GetString());
        }

        var end = lines[^1];
        Assert.Equal(["next", "more", "percent"], end.EnumerateObject().Select(member => member.Name));
        Assert.Equal((false, 100), (end.GetProperty("more").GetBoolean(), end.GetProperty("percent").GetInt32()));
        Assert.Single(await Read($"?after={end.GetProperty("next").GetString()}"));
    }

    [Fact]
    public async Task Pages_follow_each_other_without_a_gap()
    {
        await service.SignIn();
        await service.SignIn();
        await Read(""); // That the log is read stands in it, once an hour.
        var whole = (await Read(""))[..^1].Select(line => line.GetRawText()).ToList();
        var (paged, next, more) = (new List<string>(), "0-0", true);
        while (more)
        {
            var page = await Read($"?max=2&after={next}");
            paged.AddRange(page[..^1].Select(line => line.GetRawText()));
            (next, more) = (page[^1].GetProperty("next").GetString()!, page[^1].GetProperty("more").GetBoolean());
        }

        Assert.Equal(whole, paged);
        Assert.Equal(1, whole.Count(line => line.Contains("\"audit-", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public async Task Damage_is_shown_as_it_is(Damage damage)
    {
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        var before = await Read("");
        service.Store.Changed = damage.To(visitor.User.Stream, 2);
        var after = await Read("");
        service.Store.Changed = null;
        Assert.Equal(before.Count - (damage == Damage.Missing ? 1 : 0), after.Count);
        Assert.NotEqual(string.Join('\n', before), string.Join('\n', after));
    }

    [Fact]
    public async Task Content_that_is_no_text_and_a_name_that_needs_escapes_arrive_to_the_byte()
    {
        var visitor = await service.SignIn();
        var bytes = Enumerable.Range(0, 256).Select(value => (byte)value).ToArray();
        service.Store.Changed = stored =>
            stored.Stream == visitor.User.Stream ? stored with { Json = bytes, Name = "a\"\\\u0001\n", Stream = "", Ordinal = -1 } : stored;
        var line = Assert.Single((await Read(""))[..^1], line => line.GetProperty("stream").GetString() == "");
        service.Store.Changed = null;
        Assert.Equal(bytes, line.GetProperty("data").GetBytesFromBase64());
        Assert.Equal(("a\"\\\u0001\n", -1), (line.GetProperty("name").GetString(), line.GetProperty("ordinal").GetInt32()));
    }

    [Theory]
    [InlineData("after=x")]
    [InlineData("after=0-1&after=0-1")]
    [InlineData("after=0-999999")]
    [InlineData("max=0")]
    [InlineData("max=10001")]
    [InlineData("max=1&max=1")]
    public async Task Another_form_is_400(string query) =>
        Assert.Equal(400, (await service.Manage($"/internal/log/v1?{query}", content: null)).Status);

    [Fact]
    public async Task A_store_that_is_away_is_503()
    {
        service.Store.IsDown = true;
        Assert.Equal(503, (await service.Manage("/internal/log/v1", content: null)).Status);
        service.Store.IsDown = false;
    }

    [Fact]
    public async Task An_event_whose_stream_the_log_does_not_know_is_served_nowhere_else()
    {
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        service.Store.Changed = stored => stored.Stream == visitor.User.Stream ? stored with { Stream = "" } : stored;
        Assert.Equal(503, (await service.Manage("/internal/feed/v1?follow=false", content: null)).Status);
        service.Store.Changed = null;
    }

    private async Task<List<JsonElement>> Read(string query)
    {
        var reply = await service.Manage($"/internal/log/v1{query}", content: null);
        Assert.Equal((200, "application/x-ndjson"), (reply.Status, reply.Content.ContentType?.ToString()));
        Assert.EndsWith("}\n", reply.Body, StringComparison.Ordinal);
        return [.. reply.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
