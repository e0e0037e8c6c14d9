// A node whose clock is wrong: it answers nobody with a wrong 200 or 401, writes nothing, and is itself again when the clock is.
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class WrongClockTests
{
    [Theory]
    [InlineData(25 * 60)]
    [InlineData(25)]
    [InlineData(-25)]
    public async Task A_clock_that_jumps_decides_nothing_and_ends_nothing(int minutes)
    {
        await using var service = await ServiceUnderTest.Start();
        var (alive, over, owed) = (await service.SignIn(), await service.SignIn(), await service.SignIn());
        var told = service.Know(owed.Elsewhere());
        Assert.Equal(201, (await service.Report(told)).Status);
        Assert.Equal(200, (await service.Logout(over)).Status);
        Assert.Equal(200, (await service.Logout(owed, "2")).Status);
        var length = await service.LogLength();

        service.Time.Jump(TimeSpan.FromMinutes(minutes));
        Assert.Equal(503, (await service.Logout(alive)).Status);
        Assert.Equal(503, (await service.Logout(over)).Status);
        Assert.Equal(503, (await service.Introspect(("token", alive.LoginToken))).Status);
        Assert.Equal(503, (await service.Report(alive.Again())).Status);
        Assert.Equal(503, (await service.Manage("/health/ready", content: null, key: null)).Status);
        service.Time.Jump(TimeSpan.FromMinutes(-minutes));

        Assert.Equal(200, (await service.Manage("/health/ready", content: null, key: null)).Status);
        Assert.Equal(length, await service.LogLength());
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", over.LoginToken))).Body);
        Assert.StartsWith("{\"active\":true,", (await service.Introspect(("token", alive.LoginToken))).Body, StringComparison.Ordinal);
        Assert.Contains($"\"label\":\"{told.Device[^4..]}\",\"version\":", (await service.Manage(
            "/internal/user/v1", $$"""{"program":2001,"account":"{{owed.Account}}"}""")).Body, StringComparison.Ordinal);
        Assert.Equal(200, (await service.Logout(alive)).Status);
        Assert.Contains(service.Log.Complaints, line => line.Text.Contains("clock", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_machine_that_starts_with_a_clock_ahead_ends_no_session_for_good()
    {
        await using var service = await ServiceUnderTest.Start();
        var (alive, over) = (await service.SignIn(), await service.SignIn());
        Assert.Equal(200, (await service.Logout(over)).Status);

        service.Time.Jump(TimeSpan.FromHours(25));
        await service.Restart();
        Assert.Equal("{\"active\":false}", (await service.IntrospectById(alive)).Body); // as its limit has passed by this clock
        await ExpirySweepTests.Sweep(service);
        service.Time.Jump(TimeSpan.FromHours(-25));
        await service.Restart();

        Assert.Equal(["session-started.v1"], await service.EventsOf(alive));
        Assert.StartsWith("{\"active\":true,", (await service.Introspect(("token", alive.LoginToken))).Body, StringComparison.Ordinal);
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", over.LoginToken))).Body);
        Assert.Equal(200, (await service.Logout(alive)).Status);
    }

    [Fact]
    public async Task A_log_is_not_opened_with_another_user_key()
    {
        var folder = Directory.CreateTempSubdirectory("bankezy-key-");
        await using (await ServiceUnderTest.Start($"--Sessions:Sqlite:Path={folder.FullName}/sessions.db"))
        {
        }

        var fault = await Assert.ThrowsAsync<Silo.Configuration.SettingsException>(() => ServiceUnderTest.Start(
            $"--Sessions:Sqlite:Path={folder.FullName}/sessions.db", "--Sessions:UserKey=AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"));
        Assert.Contains("Sessions__UserKey", fault.Message, StringComparison.Ordinal);
        folder.Delete(recursive: true);
    }
}
