// A node comes and another one goes under load: the bank's phones see no more of it than an address where nobody listens any more.
using BankEzy.Sessions.Tests.Store;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresCollection.Name)]
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

        var told = TimeProvider.System.GetTimestamp();
        var exitCode = await leaves.Terminate().WaitAsync(Nodes.Patience, TestContext.Current.CancellationToken);
        await load.Reach(Acknowledged);
        load.Use(stays, comes);
        await load.Reach(Acknowledged);
        await load.Stop();

        Assert.Equal(0, exitCode);
        Assert.All(new[] { leaves, stays, comes }, node => Assert.NotEqual(0, load.AcknowledgedBy(node)));
        Assert.Contains(load.Refusals, refused => refused.IsNoListener); // Else the balancer had taken it out before it went.
        Assert.All(load.Refusals, refused => Assert.True(
            refused.Node == leaves && refused.At > told && (refused.Answer is not null || refused.IsNoListener), $"{refused}"));
        await load.Prove(nodes, stays, comes);
    }
}
