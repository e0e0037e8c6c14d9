// A silo that stood still for longer than the others wait: they have declared it dead. When it wakes up it ends as an operator wants it.
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class BuriedSiloTests(PostgresServer server) : IDisposable
{
    private readonly OrleansNodes _cluster = new(server);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task It_ends_with_one_line_and_exit_code_70_and_the_others_serve()
    {
        var (buried, other) = (await _cluster.Start(), await _cluster.Start());
        await buried.UntilReady();
        await other.UntilReady();
        Assert.Equal(200, await buried.Logout(ServiceProcess.TokenOf(1)));
        await buried.Signal("STOP");
        await Wait.Until(
            () => Task.FromResult(_cluster.CountDead() == 1), () => "The silo that stands still is not declared dead.");
        await buried.Signal("CONT");

        Assert.Equal(70, await buried.Ended().WaitAsync(Nodes.Patience, TestContext.Current.CancellationToken));
        await Wait.Until(() => buried.LastLines.Any(IsTheLine), () => $"It said {string.Join('\n', buried.LastLines)}");
        Assert.Single(buried.LastLines, IsTheLine);
        Assert.DoesNotContain(buried.LastLines, line => line.Contains("   at ", StringComparison.Ordinal));
        Assert.False(other.HasExited);
        Assert.Equal(200, await other.Logout(ServiceProcess.TokenOf(1)));
        Assert.Equal("{\"active\":false}", await other.Introspect(ServiceProcess.TokenOf(1)));
    }

    // As on a machine that has no processor to give, or is moved to another host. The pause is what the test is about, so it is a real one.
    [Fact]
    public async Task One_that_stands_still_for_six_seconds_is_not_declared_dead_and_serves_its_users_again()
    {
        var (paused, other) = (await _cluster.Start(), await _cluster.Start());
        await paused.UntilReady();
        await other.UntilReady();
        Assert.StartsWith("{\"active\":true", await paused.Introspect(ServiceProcess.TokenOf(1)), StringComparison.Ordinal);
        await paused.Signal("STOP");
        await Task.Delay(TimeSpan.FromSeconds(6), TimeProvider.System, TestContext.Current.CancellationToken);
        await paused.Signal("CONT");
        await Wait.Until(
            async () => await other.Logout(ServiceProcess.TokenOf(1)) == 200, () => "The user of the silo that stood still is not served.");
        await paused.UntilReady();
        Assert.Equal(200, await paused.Logout(ServiceProcess.TokenOf(2)));
        Assert.Equal((0, false, false), (_cluster.CountDead(), paused.HasExited, other.HasExited));
    }

    private static bool IsTheLine(string line) => line.Contains("\"EventId\":1008", StringComparison.Ordinal);
}
