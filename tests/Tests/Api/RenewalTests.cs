// A session's second report: with a later end it renews the session, with anything else that differs it changes nothing.
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class RenewalTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task A_later_expiresAt_gives_the_session_its_new_end()
    {
        var visitor = await service.SignIn();
        var end = visitor.IssuedAt.AddMinutes(90);
        var renewed = await service.Report(visitor, expiresAt: end);
        var answer = $$"""{"sessionId":"{{visitor.Session}}","version":2}""";
        Assert.Equal((200, answer), (renewed.Status, renewed.Body));
        Assert.Equal(end.ToUnixTimeSeconds(), await EndOf(visitor));
        Assert.Equal(["session-started.v1", "session-renewed.v1"], await service.EventsOf(visitor));
        var shown = Json(await service.Manage("/internal/timeline/v1", $$"""{"program":2001,"account":"{{visitor.Account}}"}"""));
        var last = shown.GetProperty("events")[1];
        Assert.Equal("session-renewed.v1", last.GetProperty("name").GetString());
        Assert.Equal(end, last.GetProperty("data").GetProperty("tokenExpiresAt").GetDateTimeOffset());

        // The same again is the same, without an event.
        var again = await service.Report(visitor, expiresAt: end);
        Assert.Equal((200, answer), (again.Status, again.Body));
        Assert.Equal(2, (await service.EventsOf(visitor)).Count);
    }

    [Fact]
    public async Task A_renewed_session_lives_beyond_its_first_end_with_the_token_that_says_so()
    {
        await using var own = await ServiceUnderTest.Start();
        var (renewed, other) = (await own.SignIn(), await own.SignIn());
        Assert.Equal(200, (await own.Report(renewed, expiresAt: renewed.IssuedAt.AddMinutes(90))).Status);
        own.Time.Advance(TimeSpan.FromMinutes(45));
        Assert.Equal("{\"active\":false}", (await own.IntrospectById(other)).Body);
        Assert.Equal("{\"active\":false}", (await own.Introspect(("token", renewed.LoginToken))).Body); // the first token has expired
        var now = own.Time.GetUtcNow().ToUnixTimeSeconds();
        var token = renewed.LoginTokenWith(("iat", $"{now}"), ("exp", $"{now + 2_700}"));
        Assert.Equal(now + 2_700, ExpOf(await own.Introspect(("token", token))));
        Assert.Equal(200, (await own.Logout(token, renewed.Body())).Status);
        Assert.Equal("{\"active\":false}", (await own.IntrospectById(renewed)).Body);
        Assert.Equal(409, (await own.Report(renewed, expiresAt: renewed.IssuedAt.AddMinutes(120))).Status); // what has ended stays so
    }

    [Theory]
    [InlineData("an earlier end", 1, 20)]
    [InlineData("another mode", 2, 30)]
    [InlineData("another mode and a later end", 2, 90)]
    [InlineData("another device", 1, 30)]
    [InlineData("another device and a later end", 1, 90)]
    public async Task Anything_else_that_differs_is_409_and_changes_nothing(string what, int mode, int minutes)
    {
        var visitor = await service.SignIn();
        var before = await service.IntrospectById(visitor);
        var device = what.StartsWith("another device", StringComparison.Ordinal) ? visitor.Elsewhere().Device : visitor.Device;
        var reply = await service.Report(visitor with { Device = device }, mode, visitor.IssuedAt.AddMinutes(minutes));
        Assert.Equal((409, "session_reused"), (reply.Status, service.Log.Codes[^1]));
        Assert.Equal(before.Body, (await service.IntrospectById(visitor)).Body);
        Assert.Equal(["session-started.v1"], await service.EventsOf(visitor));
        Assert.Equal(200, (await service.Logout(visitor)).Status); // on its own device
    }

    private async Task<long> EndOf(Visitor visitor) => ExpOf(await service.IntrospectById(visitor));

    private static long ExpOf(Reply reply) => Json(reply).GetProperty("exp").GetInt64();

    private static JsonElement Json(Reply reply) => JsonElement.Parse(reply.Body);
}
