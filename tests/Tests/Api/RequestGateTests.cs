// Paths below a prefix: let in by listener and key as every other, then left to the framework's routing.
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Audit;
using BankEzy.Sessions.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Tests.Api;

public sealed class RequestGateTests : IAsyncLifetime
{
    private const string Key = "a management key of this test";
    private const string ReaderKey = "a key that+may 100% introspect";
    private static readonly RoutePolicy Pages = new(Listener.Management, RouteAccess.ManagementKey)
    {
        Prefix = "/pages",
        Roles = Roles.Operate,
    };

    private static readonly RoutePolicy Smith =
        new(Listener.Management, RouteAccess.ManagementKey) { Roles = Roles.Introspect | Roles.Audit };

    private readonly HttpClient http = new();
    private WebApplication? app;
    private Uri management = new("http://localhost");
    private Uri publicly = new("http://localhost");

    public async ValueTask InitializeAsync()
    {
        var (store, builder) = (new MemoryEventStore(TimeProvider.System), WebApplication.CreateSlimBuilder());
        builder.Logging.ClearProviders();
        builder.Services.AddProbes()
            .AddSingleton(TimeProvider.System)
            .AddSingleton<IFeed>(store)
            .AddSingleton<IConsoleLog>(new ConsoleLog(store))
            .AddSingleton(new UserKey(new byte[UserKey.Size]))
            .AddSingleton(new ProgramDirectory([]))
            .AddSingleton(new ApiOptions
            {
                ManagementKeys =
                [
                    ManagementKey.Of("key-0", isNamed: false, Key, Roles.All, programs: null),
                    ManagementKey.Of("reader", isNamed: true, ReaderKey, Roles.Introspect, programs: null),
                ],
            });
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, options => Accept(options, Listener.Management));
            kestrel.Listen(IPAddress.Loopback, 0, options => Accept(options, Listener.Public));
        });
        app = builder.Build();
        var gate = app.Services.GetRequiredService<RequestGate>();
        app.Use(next => context => gate.Handle(context, next));
        app.UseRouting();
        app.MapGet("/pages/{name}", (Delegate)Echo).WithMetadata(Pages);
        app.MapGet("/pages", (Delegate)Echo).WithMetadata(Pages);
        app.MapGet("/pagesmith", (Delegate)Echo).WithMetadata(Smith);
        app.MapPost("/pagesmith", (Delegate)Echo).WithMetadata(Smith);
        gate.SetRoutes(((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints));
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (management, publicly) = (new Uri(addresses[0]), new Uri(addresses[1]));
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await app!.DisposeAsync();
    }

    [Theory]
    [InlineData("/pages", 200)]
    [InlineData("/pages/one", 200)]
    [InlineData("/pages/one/two", 404)]
    [InlineData("/Pages/one", 404)]
    [InlineData("/pagesmiths", 404)]
    public async Task A_path_below_a_prefix_is_the_frameworks_with_a_key_and_refused_without(string path, int status)
    {
        Assert.Equal(status, await Ask(management, path, new AuthenticationHeaderValue("Bearer", Key)));
        Assert.Equal(status, await Ask(management, path, Basic($"anybody:{Key}")));
        Assert.Equal(404, await Ask(publicly, path, new AuthenticationHeaderValue("Bearer", Key)));
        var below = path == "/pages" || path.StartsWith("/pages/", StringComparison.Ordinal);
        Assert.Equal(below ? 401 : 404, await Ask(management, path, null));
    }

    [Theory]
    [InlineData("a:" + Key, 200)]
    [InlineData(":" + Key, 200)]
    [InlineData(Key, 401)]
    [InlineData(Key + ":", 401)]
    [InlineData("a:" + Key + " ", 401)]
    [InlineData("reader:" + ReaderKey, 200)]
    [InlineData("reader:a+key+that%2Bmay%20100%25+introspect", 200)] // as OAuth clients encode it
    [InlineData("Reader:" + ReaderKey, 401)]
    [InlineData("a:" + ReaderKey, 401)]
    [InlineData(":" + ReaderKey, 401)]
    [InlineData("key-0:" + ReaderKey, 401)]
    public async Task A_password_is_the_key_and_the_name_beside_it_is_its_name_where_it_has_one(string pair, int status) =>
        Assert.Equal(status, await Ask(management, "/pagesmith", Basic(pair)));

    [Fact]
    public async Task A_key_without_one_of_the_routes_roles_is_refused_and_learns_which_it_needs()
    {
        var reader = new AuthenticationHeaderValue("Bearer", ReaderKey);
        Assert.Equal(200, await Ask(management, "/pagesmith", reader));
        Assert.Equal(403, await Ask(management, "/pages", reader));
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(management, "/pages")) { Headers = { Authorization = reader } };
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(
            "{\"resCode\":403,\"resDesc\":\"Your key may not do this. It needs the role operate.\"}",
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("g.bianchi", 200)]
    [InlineData("AZ09._-", 200)]
    [InlineData("g", 400)]
    [InlineData("", 400)]
    [InlineData("g bianchi", 400)]
    [InlineData("g,bianchi", 400)]
    [InlineData("abcdefghijabcdefghijabcdefghijabc", 400)]
    public async Task An_actor_has_a_proper_name(string actor, int status)
    {
        var key = new AuthenticationHeaderValue("Bearer", Key);
        Assert.Equal(status, await Ask(management, "/pagesmith", key, ("X-Actor", actor)));
        Assert.Equal(401, await Ask(management, "/pagesmith", null, ("X-Actor", actor)));
    }

    [Theory]
    [InlineData("Origin", "https://elsewhere.example", 403)]
    [InlineData("Origin", "null", 403)]
    [InlineData("Sec-Fetch-Site", "cross-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-site", 403)]
    [InlineData("Sec-Fetch-Site", "same-origin", 200)]
    [InlineData("Sec-Fetch-Site", "none", 200)]
    public async Task A_browsers_password_changes_nothing_for_a_page_of_another_site(string header, string value, int status)
    {
        Assert.Equal(status, await Ask(management, "/pagesmith", Basic($"a:{Key}"), (header, value), HttpMethod.Post));
        Assert.Equal(200, await Ask(management, "/pagesmith", Basic($"a:{Key}"), (header, value)));
        var bearer = new AuthenticationHeaderValue("Bearer", Key);
        Assert.Equal(200, await Ask(management, "/pagesmith", bearer, (header, value), HttpMethod.Post));
        Assert.Equal(200, await Ask(
            management, "/pagesmith", Basic($"a:{Key}"), ("Origin", $"http://{management.Authority}"), HttpMethod.Post));
    }

    [Fact]
    public async Task Wrong_keys_are_counted_and_a_right_one_always_passes()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(401, await Ask(management, "/pagesmith", new AuthenticationHeaderValue("Bearer", $"guess {i}")));
            Assert.Equal(401, await Ask(management, "/pagesmith", null)); // is no guess
        }

        Assert.Equal(429, await Ask(management, "/pagesmith", new AuthenticationHeaderValue("Bearer", "guess 21")));
        Assert.Equal(429, await Ask(management, "/pages", Basic("a:guess 22")));
        Assert.Equal(401, await Ask(management, "/pagesmith", null));
        Assert.Equal(200, await Ask(management, "/pagesmith", new AuthenticationHeaderValue("Bearer", Key)));
        Assert.Equal(200, await Ask(management, "/pages", Basic($"a:{Key}")));
    }

    [Fact]
    public void A_route_without_a_policy_or_outside_its_prefix_stops_the_start()
    {
        var gate = app!.Services.GetRequiredService<RequestGate>();
        foreach (var (path, policy) in ((string, RoutePolicy?)[])
            [
                ("/literal", null), ("/without/role", new RoutePolicy(Listener.Management, RouteAccess.ManagementKey)),
                ("/with/{parameter}", new RoutePolicy(Listener.Public, RouteAccess.Open)), ("/elsewhere/{x}", Pages),
            ])
        {
            var route = new RouteEndpointBuilder(_ => Task.CompletedTask, RoutePatternFactory.Parse(path), order: 0);
            route.Metadata.Add(new HttpMethodMetadata(["GET"]));
            if (policy is not null)
            {
                route.Metadata.Add(policy);
            }

            Assert.Throws<InvalidOperationException>(() => gate.SetRoutes([route.Build()]));
        }
    }

    private static Task Echo(HttpContext context) => context.Response.WriteAsync("here");

    private static AuthenticationHeaderValue Basic(string pair) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(pair)));

    private static void Accept(ListenOptions options, Listener listener) => options.Use(next => connection =>
    {
        connection.Features.Set(new ConnectionOrigin(listener));
        return next(connection);
    });

    private async Task<int> Ask(
        Uri address, string path, AuthenticationHeaderValue? authorization, (string Name, string Value)? header = null,
        HttpMethod? method = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, new Uri(address, path));
        request.Headers.Authorization = authorization;
        if (header is { } more)
        {
            request.Headers.TryAddWithoutValidation(more.Name, more.Value);
        }

        using var response = await http.SendAsync(request);
        return (int)response.StatusCode;
    }
}
