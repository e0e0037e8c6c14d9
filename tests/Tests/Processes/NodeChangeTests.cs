// A node comes and another one goes under load: the bank's phones see no more of it than an address where nobody listens any more.
using BankEzy.Sessions.Tests.Support;
using System.Text.Json;
using BankEzy.Sessions.Tests.EventStore;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class NodeChangeTests(PostgresServer server)
{
    private const int Acknowledged = 400;

    [Fact]
    public async Task A_node_is_added_and_another_one_drained_under_load_and_no_acknowledged_sign_out_is_lost()
    {
        await using var nodes = await Nodes.Start(server, 2);
        var (leaves, stays) = (nodes[0], nodes[1]);
        var load = LogoutLoad.Start(nodes.All);
        await load.Reach(Acknowledged);
        var comes = await nodes.Add();
        load.Use(leaves, stays, comes);
        await load.Reach(Acknowledged);
        Assert.Empty(load.Refusals);

        var told = TimeProvider.System.GetUtcNow();
        var exitCode = await leaves.Terminate().WaitAsync(Nodes.Patience, TestContext.Current.CancellationToken);
        await load.Reach(Acknowledged);
        load.Use(stays, comes);
        await load.Reach(Acknowledged);
        await load.Stop();

        Assert.Equal(0, exitCode);
        Assert.All(new[] { leaves, stays, comes }, node => Assert.NotEqual(0, load.AcknowledgedBy(node)));
        Assert.Contains(load.Refusals, refused => refused.IsNoListener); // Else the balancer had taken it out before it went.
        Assert.All(load.Refusals, refused => Assert.True(refused.Node == leaves && refused.At > told, $"{refused}"));
        await load.Prove(nodes, stays, comes);
        ProveThatNothingWasCutOff(load, await nodes.ReadLog());
    }

    // A client whose request met the end of its connection cannot know, but the log does: what the node had read it also answered, so such
    // a sign-out was decided later, by the node that was asked next.
    private static void ProveThatNothingWasCutOff(LogoutLoad load, IReadOnlyDictionary<string, List<StoredEvent>> log)
    {
        foreach (var refused in load.Refusals.Where(refused => refused.Account != 0))
        {
            var last = log[Visitor.UserOf($"{refused.Account}").Stream][^1];
            var decided = JsonElement.Parse(last.Json.Span).GetProperty("at").GetDateTimeOffset();
            Assert.True(
                decided > refused.At.AddMilliseconds(-1), $"Decided at {decided:O}, and at {refused.At:O} the client had: {refused}");
        }
    }
}
