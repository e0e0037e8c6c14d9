// What a failed readiness probe leaves in the log: a line a second with its cause in words, however many load balancers probe.
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace BankEzy.Sessions.Tests.Api;

public sealed class ReadinessTests
{
    [Fact]
    public async Task A_store_that_is_down_is_a_line_a_second_that_counts_the_others_and_has_no_stack_trace()
    {
        await using var service = await ServiceUnderTest.Start();
        service.Store.IsDown = true;
        await Probe(service, times: 5);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        await Probe(service, times: 1);
        const string line = "Not ready: the log cannot be used. kind=StoreUnavailableException";
        const string reason = "The test says that the store is down.";
        Assert.Equal([$"{line} left_out=0: {reason}", $"{line} left_out=4: {reason}"], LinesOf(service));

        // A probe's line takes the place of no request's, and a request's of no probe's.
        Assert.Equal(503, (await service.Logout(service.NewVisitor())).Status);
        Assert.Single(service.Log.Lines, logged => logged.Text.StartsWith("evt=unhandled", StringComparison.Ordinal));
        service.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(503, (await service.Logout(service.NewVisitor())).Status);
        await Probe(service, times: 1);
        Assert.Equal(3, LinesOf(service).Count);
    }

    [Fact]
    public async Task A_cluster_that_cannot_be_reached_is_paced_alike()
    {
        var own = new ServiceUnderTest
        {
            Adjust = services => services.RemoveAll<IClusterConnection>().AddSingleton<IClusterConnection, NoSilo>(),
        };
        await using var service = await ServiceUnderTest.Start(own);
        await Probe(service, times: 3);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        await Probe(service, times: 1);
        const string line = "Not ready: no silo of the cluster can be reached. kind=TimeoutException";
        Assert.Equal([$"{line} left_out=0", $"{line} left_out=2"], LinesOf(service));
    }

    private static async Task Probe(ServiceUnderTest service, int times)
    {
        for (var time = 0; time < times; time++)
        {
            Assert.Equal(503, (await service.Manage("/health/ready", content: null, key: null)).Status);
        }
    }

    private static List<string> LinesOf(ServiceUnderTest service) =>
        [.. service.Log.Lines.Select(line => line.Text).Where(text => text.StartsWith("Not ready", StringComparison.Ordinal))];

    private sealed class NoSilo : IClusterConnection
    {
        public bool IsConnected => false;

        public ValueTask Check(CancellationToken cancellation) => throw new TimeoutException("The test says that no silo answers.");
    }
}
