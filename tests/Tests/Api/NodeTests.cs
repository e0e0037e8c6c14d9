// The node itself: what it does while it stops, when its store is down, and how its listeners are set.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Tests.Api.Tokens;
using BankEzy.Sessions.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace BankEzy.Sessions.Tests.Api;

public sealed class NodeTests
{
    [Fact]
    public async Task A_stopping_node_finishes_what_it_has_and_sends_the_rest_away()
    {
        await using var service = await ServiceUnderTest.Start();
        var (visitor, late) = (await service.SignIn(), await service.SignIn());
        var (underWay, goOn) = await service.LogoutOnHold(visitor);

        service.App.Services.GetRequiredService<NodeState>().Stop();
        var refused = await service.Ask(RawLogout.Of(late));
        Assert.Equal((503, "1", true), (refused.Status, refused.Header("Retry-After"), refused.IsClosed));
        Assert.Equal(ServiceUnderTest.Unavailable, refused.Body);
        var ready = await service.Manage("/health/ready", content: null, key: null);
        Assert.Equal((503, "{\"status\":\"stopping\"}"), (ready.Status, ready.Body));

        var stopped = service.App.StopAsync(TestContext.Current.CancellationToken);
        goOn.SetResult();
        Assert.Equal(200, (await underWay).Status);
        await stopped;
    }

    [Fact]
    public async Task A_store_that_is_down_is_503_everywhere_and_never_401()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = service.NewVisitor();
        service.Store.IsDown = true;
        Assert.Equal(503, (await service.Logout(visitor)).Status);
        Assert.Equal(503, (await service.Sessions(visitor.LoginToken)).Status);
        Assert.Equal(503, (await service.Report(visitor)).Status);
        Assert.Equal(503, (await service.Introspect(("token", visitor.LoginToken))).Status);
        Assert.Single(service.Log.Lines, line => line.Text.StartsWith("evt=unhandled", StringComparison.Ordinal)); // four alike in a second
        var ready = await service.Manage("/health/ready", content: null, key: null);
        Assert.Equal((503, "{\"status\":\"store unavailable\"}"), (ready.Status, ready.Body));
        Assert.Equal(200, (await service.Manage("/health/live", content: null, key: null)).Status);

        service.Store.IsDown = false;
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        ready = await service.Manage("/health/ready", content: null, key: null);
        Assert.Equal((200, "{\"status\":\"ready\"}"), (ready.Status, ready.Body));
    }

    [Fact]
    public async Task A_host_that_nobody_adjusted_starts_and_ends_cleanly()
    {
        var folder = Directory.CreateTempSubdirectory("bankezy-host-").FullName;
        await using (var app = SessionsHost.Build(
            [
                "--environment=Development", $"--Sessions:Sqlite:Path={folder}/s.db", "--Sessions:Public:Url=http://127.0.0.1:0",
                "--Sessions:Management:Url=http://127.0.0.1:0", "--Logging:LogLevel:Default=None", "--Sessions:Cluster:SiloPort=0",
                "--Sessions:Cluster:GatewayPort=0",
            ]))
        {
            await app.StartAsync(TestContext.Current.CancellationToken);
            await app.Services.GetRequiredService<IFeed>().ReadFeed(FeedCursor.Start, 1, CancellationToken.None);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task The_listeners_have_the_limits_that_are_written_down()
    {
        await using var service = await ServiceUnderTest.Start();
        var kestrel = service.App.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
        var limits = kestrel.Limits;
        Assert.Equal((16 * 1024L, 16 * 1024, 64, 2 * 1024),
            (limits.MaxRequestBodySize, limits.MaxRequestHeadersTotalSize, limits.MaxRequestHeaderCount, limits.MaxRequestLineSize));
        Assert.Equal((TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(60)), (limits.RequestHeadersTimeout, limits.KeepAliveTimeout));
        var (request, response) = (limits.MinRequestBodyDataRate!, limits.MinResponseDataRate!);
        Assert.Equal((240, TimeSpan.FromSeconds(10)), (request.BytesPerSecond, request.GracePeriod));
        Assert.Equal((240, TimeSpan.FromSeconds(5)), (response.BytesPerSecond, response.GracePeriod));
        Assert.Equal((6_096L, 0L), (limits.MaxConcurrentConnections, limits.MaxConcurrentUpgradedConnections));
        Assert.Equal((false, false), (kestrel.AddServerHeader, kestrel.AllowSynchronousIO));
        Assert.Equal(TimeSpan.FromSeconds(10), service.App.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout);
    }

    [Fact]
    public async Task Every_route_says_its_policy_and_answers_on_its_own_listener_only()
    {
        await using var service = await ServiceUnderTest.Start();
        var routes = ((IEndpointRouteBuilder)service.App).DataSources
            .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        Assert.All(routes, route => Assert.NotNull(route.Metadata.GetMetadata<RoutePolicy>()));
        var ofBoth = routes.GroupBy(route => route.RoutePattern.RawText!) // what the pages of both share
            .Where(group => group.Select(route => route.Metadata.GetMetadata<RoutePolicy>()!.Listener).Distinct().Count() > 1)
            .Select(group => group.Key).ToHashSet();
        Assert.All(ofBoth, path => Assert.True(path == "/" || path.StartsWith("/assets/", StringComparison.Ordinal), path));
        foreach (var route in routes.Where(route => route.Metadata.GetMetadata<RoutePolicy>()!.Prefix is null)) // others: DocsTests
        {
            var (path, policy) = (route.RoutePattern.RawText!, route.Metadata.GetMetadata<RoutePolicy>()!);
            Assert.Equal(path.Split('/')[1] is "internal", policy.Access != RouteAccess.Open); // Development: no key for the description
            foreach (var method in route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods)
            {
                var isPublic = policy.Listener == Listener.Public;
                var (own, other) = isPublic ? (service.Public, service.Management) : (service.Management, service.Public);
                var elsewhere = (await service.Send(new HttpRequestMessage(new HttpMethod(method), new Uri(other, path)))).Status;
                Assert.Equal(!ofBoth.Contains(path), elsewhere == 404);
                Assert.NotEqual(404, (await service.Send(new HttpRequestMessage(new HttpMethod(method), new Uri(own, path)))).Status);
            }
        }

        foreach (var path in (string[])["/swagger", "/metrics", "/health", "/openapi/v1.json", "/openapi/v2.json", "/console"])
        {
            Assert.Equal(404, (await service.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(service.Public, path)))).Status);
        }
    }

    [Fact]
    public async Task Without_the_simulator_its_paths_do_not_exist()
    {
        await using var service = await ServiceUnderTest.Start("--Sessions:Simulator=false");
        foreach (var path in (string[])["/token-service/new/v2/token", "/onboarding/user/login/v1"])
        {
            Assert.Equal(404, (await service.Send(new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, path)))).Status);
        }
    }

    [Fact]
    public async Task In_production_a_user_signs_out_and_nothing_is_simulated()
    {
        const string production = "--environment=Production";
        var own = new ServiceUnderTest { LoginKey = TestTokens.OtherKey, AppKey = TestTokens.OtherKey };
        await using var service = await ServiceUnderTest.Start(own, production);
        var visitor = await service.SignIn();
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        var simulator = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, "/token-service/new/v2/token"));
        Assert.Equal(404, (await service.Send(simulator)).Status);
        await Assert.ThrowsAsync<SettingsException>(() => ServiceUnderTest.Start(production)); // with the vectors' key
    }

    [Theory]
    [InlineData("GET /health/ready HTTP/1.0", "")]
    [InlineData("HEAD /health/ready HTTP/1.0", "")]
    [InlineData("HEAD /health/live HTTP/1.1", "Host: 10.0.0.7\r\n")]
    [InlineData("GET /health/live HTTP/1.1", "Host: \r\n")]
    public async Task A_load_balancers_probe_is_answered(string line, string host)
    {
        await using var service = await ServiceUnderTest.Start("--AllowedHosts=bank.example;127.0.0.1");
        var probe = System.Text.Encoding.ASCII.GetBytes($"{line}\r\n{host}\r\n");
        Assert.Equal(200, (await RawConnection.Ask(service.Management, probe)).Status);
        Assert.Equal(404, (await service.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(service.Public, "/health/live")))).Status);
    }

    [Fact]
    public async Task Only_the_allowed_hosts_are_served()
    {
        await using var service = await ServiceUnderTest.Start("--AllowedHosts=bank.example;127.0.0.1");
        var visitor = await service.SignIn();
        Assert.Equal(400, (await service.Ask(RawLogout.Of(visitor).Instead("Host: evil.example"))).Status);
        Assert.Equal(400, (await service.Ask(RawLogout.Of(visitor).Instead("Host: "))).Status);
        Assert.Equal(200, (await service.Ask(RawLogout.Of(visitor).Instead("Host: bank.example"))).Status);
        Assert.Empty(service.Log.Complaints);
    }
}
