// Orleans: the contract, as a client of a silo sees it, so that calls and answers go through its serializer and over its wire.
using Orleans.TestingHost;

namespace BankEzy.Sessions.Tests.Engine;

public sealed class OrleansCluster : IAsyncLifetime
{
    private InProcessTestCluster? cluster;

    public InProcessTestCluster Running => cluster!;

    public async ValueTask InitializeAsync()
    {
        cluster = new InProcessTestClusterBuilder(initialSilosCount: 1).Build();
        await cluster.DeployAsync();
    }

    public ValueTask DisposeAsync() => cluster!.DisposeAsync();
}

public sealed class OrleansEngineTests(OrleansCluster cluster) : EngineContract, IClassFixture<OrleansCluster>
{
    protected override IGrainFactory Grains => cluster.Running.Client;

    protected override Task PassTime(TimeSpan time) =>
        Task.Delay(time + TimeSpan.FromMilliseconds(300), TimeProvider.System, TestContext.Current.CancellationToken);
}
