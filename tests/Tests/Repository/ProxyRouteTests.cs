// Every public route of the service has its way through every proxy that is described here, and no other route has one.
using System.Text.RegularExpressions;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Tests.Support;
using k8s.Models;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Tests.Repository;

public partial class ProxyRouteTests
{
    [Fact]
    public async Task The_ingress_has_exactly_the_public_routes()
    {
        var ingresses = (await Manifests.Render("components/ingress")).OfType<V1Ingress>().ToList();
        var paths = ingresses.SelectMany(ingress => ingress.Spec.Rules.SelectMany(rule => rule.Http.Paths.Select(path => (ingress, path))))
            .ToList();
        Assert.All(paths, found => Assert.Equal(
            ("Exact", "sessions", "public"),
            (found.path.PathType, found.path.Backend.Service.Name, found.path.Backend.Service.Port.Name)));
        var routes = await PublicRoutes();
        Assert.Equal(routes.Select(route => route.Path).Order(), paths.Select(found => found.path.Path).Order());
        foreach (var (ingress, path) in paths.Where(found => routes.Any(route => route.Streams && route.Path == found.path.Path)))
        {
            string Setting(string name) => ingress.Metadata.Annotations[$"nginx.ingress.kubernetes.io/{name}"];
            Assert.Equal("off", Setting("proxy-buffering"));
            Assert.True(
                int.Parse(Setting("proxy-read-timeout")) > EventStream.Heartbeat.TotalSeconds, $"{path.Path} is cut between heartbeats.");
        }
    }

    [Fact]
    public async Task The_HTTPRoute_has_exactly_the_public_routes()
    {
        var route = Assert.Single((await Manifests.Render("components/gateway")).OfType<HttpRoute>());
        Assert.All(route.Spec.Rules, rule =>
        {
            var backend = Assert.Single(rule.BackendRefs);
            Assert.Equal(("sessions", 10000), (backend.Name, backend.Port));
            Assert.All(rule.Matches, match => Assert.Equal("Exact", match.Path.Type));
        });
        var routes = await PublicRoutes();
        var matches = route.Spec.Rules.SelectMany(rule => rule.Matches.Select(match => (match.Path.Value, rule.Timeouts.Request))).ToList();
        Assert.Equal(routes.Select(found => found.Path).Order(), matches.Select(match => match.Value).Order());
        Assert.All(
            matches.Where(match => routes.Any(found => found.Streams && found.Path == match.Value)),
            match => Assert.Equal("0s", match.Request));
    }

    [Fact]
    public async Task Nginx_passes_every_public_route_on_and_names_no_path_that_does_not_exist()
    {
        var text = RepositoryFiles.Read("deploy/nginx/nginx.conf");
        var locations = Locations().Matches(text).ToDictionary(match => match.Groups[1].Value.Trim(), match => match.Groups[2].Value);
        Assert.Contains("proxy_pass http://nodes;", locations["/"], StringComparison.Ordinal);
        var routes = await PublicRoutes();
        foreach (var exact in locations.Keys.Where(name => name.StartsWith("= /onboarding", StringComparison.Ordinal)))
        {
            Assert.Contains(routes, route => route.Path == exact[2..]);
            Assert.Contains("proxy_pass http://nodes;", locations[exact], StringComparison.Ordinal);
        }

        Assert.All(routes.Where(route => route.Streams), route =>
        {
            var location = locations[$"= {route.Path}"];
            Assert.Contains("proxy_buffering off;", location, StringComparison.Ordinal);
            Assert.True(int.Parse(ReadTimeout().Match(location).Groups[1].Value) > EventStream.Heartbeat.TotalSeconds);
        });
    }

    /// <summary>The public listener's routes outside Development, and whether an answer may be a stream.</summary>
    private static async Task<IReadOnlyList<(string Path, bool Streams)>> PublicRoutes()
    {
        await using var service = await ServiceUnderTest.Start("--Sessions:Simulator=false");
        var routes = ((IEndpointRouteBuilder)service.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<RoutePolicy>()?.Listener == Listener.Public)
            .Where(route => route.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null) // pages, in Development only
            .Select(route => (route.RoutePattern.RawText!, route.Metadata.OfType<IProducesResponseTypeMetadata>()
                .Any(answer => answer.ContentTypes.Contains("text/event-stream"))))
            .Distinct().ToList();
        Assert.Contains(routes, route => route.Item2);
        return routes;
    }

    [GeneratedRegex(@"^        location ([^{]+)\{(.*?)^        \}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Locations();

    [GeneratedRegex(@"proxy_read_timeout (\d+)s;")]
    private static partial Regex ReadTimeout();
}
