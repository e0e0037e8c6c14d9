// The database goes away under load, as in a crash, and comes back: the nodes lose nothing that they acknowledged, and go on by themselves.
using BankEzy.Sessions.Tests.EventStore;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class ServerRestartTests(PostgresServer server)
{
    private const int Restarts = 3;
    private const int AcknowledgedBetween = 300;

    [Fact]
    public async Task A_database_that_crashes_under_load_costs_no_acknowledged_sign_out_and_no_restart_of_a_node()
    {
        Assert.SkipUnless(
            server.Missing is not null || server.IsOwn, "The server that ConnectionStrings__Test names is not ours to restart.");
        await using var nodes = await Nodes.Start(server, 2);
        var load = LogoutLoad.Start(nodes.All);
        for (var restart = 0; restart < Restarts; restart++)
        {
            await load.Reach(AcknowledgedBetween);
            await server.Restart();
            foreach (var node in nodes.All)
            {
                // Both nodes again, not only the one that was quicker.
                load.Use(node);
                await load.Reach(AcknowledgedBetween);
            }

            load.Use([.. nodes.All]);
        }

        await load.Stop();
        Assert.NotEmpty(load.Refusals); // Else nobody was under way when the server went.
        Assert.All(load.Refusals, refused => Assert.True(refused.Answer is not null, $"A node did not answer: {refused}"));
        Assert.All(nodes.All, node => Assert.False(node.HasExited));
        await load.Prove(nodes, [.. nodes.All]);
    }
}
