// Which nodes of a cluster show Orleans' dashboard.
using System.Net;
using BankEzy.Sessions.Tests.EventStore;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class OrleansDashboardTests(PostgresServer server) : IDisposable
{
    private readonly OrleansNodes cluster = new(server);

    public void Dispose() => cluster.Dispose();

    [Fact]
    public async Task A_silo_without_front_end_shows_it_and_a_front_end_without_users_does_not()
    {
        var silo = await cluster.Start("silo", ("Sessions__Dashboard", "true"));
        var front = await cluster.Start("api", ("Sessions__Dashboard", "true"));
        Assert.Equal(HttpStatusCode.OK, await StatusOf(silo, "/orleans/"));
        Assert.Equal(HttpStatusCode.OK, await StatusOf(silo, "/orleans/DashboardCounters"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(silo, "/orleans/GrainState"));
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(front, "/orleans/"));
    }

    [Fact]
    public async Task Outside_Development_it_is_off()
    {
        var node = await cluster.Start();
        Assert.Equal(HttpStatusCode.NotFound, await StatusOf(node, "/orleans/"));
    }

    private static async Task<HttpStatusCode> StatusOf(ServiceProcess node, string path)
    {
        using var response = await node.Http.GetAsync(new Uri(node.Management, path), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
