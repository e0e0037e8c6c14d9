// A version of the app is locked for all users of a program.
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class AppVersionLockTests : IAsyncLifetime
{
    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync() =>
        service = await ServiceUnderTest.Start("--Sessions:Sentences:update:en=Please update the app.");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task No_session_of_a_locked_version_begins_until_the_release_and_the_refusal_has_the_banks_sentence()
    {
        var locked = await Lock("lock", "\"appVersion\":\"5.1.0\"");
        Assert.Equal((200, "{\"version\":1,\"changed\":true}"), (locked.Status, locked.Body));
        var refused = await SignIn("5.1.0");
        Assert.Equal(409, refused.Status);
        Assert.Contains("\"sentence\":\"Please update the app.\"", refused.Body, StringComparison.Ordinal);
        Assert.Equal(201, (await SignIn("5.2.0")).Status);
        Assert.Equal(200, (await Lock("release", "\"appVersion\":\"5.1.0\"")).Status);
        Assert.Equal(201, (await SignIn("5.1.0")).Status);
        Assert.Equal("{\"version\":2,\"changed\":false}", (await Lock("release", "\"appVersion\":\"5.1.0\"")).Body);
    }

    [Fact]
    public async Task A_lock_ends_by_itself_at_its_time()
    {
        var until = service.Time.GetUtcNow().AddMinutes(10);
        await Lock("lock", $"\"appVersion\":\"5.1.0\",\"until\":\"{until:yyyy-MM-dd'T'HH:mm:ss'Z'}\"");
        service.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.Equal(409, (await SignIn("5.1.0")).Status);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(201, (await SignIn("5.1.0")).Status);
    }

    [Fact]
    public async Task The_locks_that_hold_are_listed_with_who_and_why()
    {
        var until = service.Time.GetUtcNow().AddMinutes(10);
        await Lock("lock", $"\"appVersion\":\"5.1.0\",\"until\":\"{until:yyyy-MM-dd'T'HH:mm:ss'Z'}\"");
        await Lock("lock", "\"appVersion\":\"5.0.0\"");
        var both = await service.Manage("/internal/app-versions/v1", content: null);
        Assert.StartsWith(
            "{\"locks\":[{\"program\":2001,\"appVersion\":\"5.1.0\",\"at\":\"2026-11-22T09:00:00Z\",\"until\":\"2026-11-22T09:10:00Z\","
            + "\"key\":\"key-0\",\"reason\":\"incident\",\"sentence\":\"update\"},", both.Body, StringComparison.Ordinal);
        Assert.Contains("\"appVersion\":\"5.0.0\"", both.Body, StringComparison.Ordinal);
        service.Time.Advance(TimeSpan.FromMinutes(10));
        Assert.DoesNotContain("5.1.0", (await service.Manage("/internal/app-versions/v1", content: null)).Body, StringComparison.Ordinal);
        await Lock("release", "\"appVersion\":\"5.0.0\"");
        Assert.Equal("{\"locks\":[]}", (await service.Manage("/internal/app-versions/v1", content: null)).Body);
    }

    [Theory]
    [InlineData("\"appVersion\":\"\"", 400)]
    [InlineData("\"appVersion\":\"5.1.0\",\"account\":\"100\"", 400)]
    [InlineData("\"appVersion\":\"5.1.0\",\"device\":\"x\"", 400)]
    public async Task What_does_not_go_together_changes_nothing(string members, int status)
    {
        Assert.Equal(status, (await Lock("lock", members)).Status);
        Assert.Equal(0, await service.LogLength());
    }

    private Task<Reply> Lock(string what, string members) => service.Manage($"/internal/{what}/v1", $$"""
        {"program":2001,{{members}},"reason":"incident","sentence":"update","requestId":"{{Visitor.NewId()}}"}
        """);

    private Task<Reply> SignIn(string version)
    {
        var visitor = service.NewVisitor();
        return service.Manage("/internal/sessions/v1", $$"""
            {"program":2001,"account":"{{visitor.Account}}","sessionId":"{{visitor.Session}}","deviceId":"{{visitor.Device}}",
            "signInMode":1,
            "expiresAt":"{{visitor.IssuedAt.AddMinutes(60):yyyy-MM-dd'T'HH:mm:ss'Z'}}","device":{"appVersion":"{{version}}"} }
            """);
    }
}
