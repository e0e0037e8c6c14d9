// A lock on three silos while a thousand sign-ins of the locked device race it: none begins behind it in the log, none that was asked for
// after its answer is let in, and it ends by itself at its time.
using System.Collections.Concurrent;
using System.Diagnostics;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class LockProcessTests(PostgresServer server) : IDisposable
{
    private const int SignIns = 1_000;
    private const int AtOnce = 24;
    private static readonly TimeSpan Held = TimeSpan.FromSeconds(2);

    private readonly OrleansNodes _cluster = new(server);

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task No_racing_sign_in_gets_through_a_lock_on_any_silo_and_the_lock_ends_at_its_time()
    {
        ServiceProcess[] nodes = [await _cluster.Start(), await _cluster.Start(), await _cluster.Start()];
        var visitor = await nodes[0].SignIn(ServiceProcess.NewVisitor());
        var (watch, replies) = (Stopwatch.StartNew(), new ConcurrentQueue<(TimeSpan Begun, int Status)>());
        var race = Parallel.ForAsync(0, SignIns, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (turn, _) =>
        {
            var begun = watch.Elapsed;
            replies.Enqueue((begun, (await NodeCalls.Patiently(() => nodes[turn % nodes.Length].Report(visitor.Again()))).Status));
        });
        await Wait.Until(() => Task.FromResult(replies.Count > SignIns / 10), () => "The race has not begun.");
        await Lock(nodes[1], visitor, until: null);
        var answered = watch.Elapsed;
        await race;

        Assert.All(replies, reply => Assert.True(reply.Status is 201 or 409, $"{reply.Status}"));
        Assert.True(replies.Count(reply => reply.Begun > answered) > 100, "Nobody asked after the lock.");
        Assert.All(replies.Where(reply => reply.Begun > answered), reply => Assert.Equal(409, reply.Status));
        var events = await nodes[2].Timeline(visitor.Account);
        Assert.DoesNotContain("session-started.v1", events.SkipWhile(name => name != "sign-in-locked.v1"));
        Assert.Equal(replies.Count(reply => reply.Status == 201) + 1, events.Count(name => name == "session-started.v1"));

        await EndsAtItsTime(nodes, visitor);
    }

    // One clock for all, as everything runs on one machine: what is asked before the time is refused, what is asked after it is not.
    private static async Task EndsAtItsTime(ServiceProcess[] nodes, Visitor visitor)
    {
        var until = TimeProvider.System.GetUtcNow() + Held;
        until = until.AddTicks(-(until.Ticks % TimeSpan.TicksPerMillisecond));
        await Lock(nodes[2], visitor, until);
        var (turn, last) = (0, 0);
        while (last != 201)
        {
            var begun = TimeProvider.System.GetUtcNow();
            last = (await NodeCalls.Patiently(() => nodes[turn++ % nodes.Length].Report(visitor.Again()))).Status;
            Assert.True(last == 201 ? TimeProvider.System.GetUtcNow() >= until : begun < until + TimeSpan.FromSeconds(1), $"{last}");
        }
    }

    private static async Task Lock(ServiceProcess node, Visitor visitor, DateTimeOffset? until)
    {
        var end = until is { } time ? $",\"until\":\"{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\"" : "";
        var reply = await NodeCalls.Patiently(() => node.Manage(
            "/internal/lock/v1",
            $"{{\"program\":2001,\"account\":\"{visitor.Account}\",\"reason\":\"phone-lost\",\"requestId\":\"{Visitor.NewId()}\"{end}}}"));
        Assert.True(reply.Status == 200, reply.Body);
    }
}
