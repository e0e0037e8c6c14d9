// Orleans' dashboard: for operators alone, only where it was switched on, and it shows nothing of a user.
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Cluster;

public sealed class DashboardTests : IAsyncLifetime
{
    private const string UserGrain = "BankEzy.Sessions.Users.UserGrain";

    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start("--Sessions:Dashboard=true");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_browser_opens_the_page_with_a_management_key_as_the_password()
    {
        Assert.Equal(301, (int)(await Get("/orleans")).Response.StatusCode); // the page's own links are relative
        var (page, text) = await Get("/orleans/");
        Assert.Equal((200, "text/html"), ((int)page.StatusCode, page.Content.Headers.ContentType?.MediaType));
        var links = Regex.Matches(text, "(?:src|href)=\"([^\"#]+)\"", RegexOptions.None, TimeSpan.FromSeconds(1))
            .Select(link => link.Groups[1].Value).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.DoesNotContain("//", link, StringComparison.Ordinal)); // nothing comes from elsewhere
        foreach (var link in links)
        {
            Assert.Equal(200, (int)(await Get($"/orleans/{link}")).Response.StatusCode);
        }

        Assert.Equal(200, (int)(await Get("/orleans/", new AuthenticationHeaderValue("Bearer", ServiceUnderTest.ManagementKey))).Response
            .StatusCode);
    }

    [Fact]
    public async Task Without_a_key_every_path_of_it_is_refused()
    {
        foreach (var path in (string[])["/orleans", .. Paths()])
        {
            var bare = (await Send(service.Management, path, key: null)).Response;
            Assert.Equal((401, true), ((int)bare.StatusCode, bare.Headers.WwwAuthenticate.Any(scheme => scheme.Scheme == "Basic")));
            Assert.Equal(401, (int)(await Get(path, Basic("a wrong key of sixteen letters"))).Response.StatusCode);
        }
    }

    [Fact]
    public async Task On_the_public_listener_it_does_not_exist()
    {
        foreach (var path in (string[])["/orleans", .. Paths()])
        {
            Assert.Equal(404, (int)(await Send(service.Public, path, Basic())).Response.StatusCode);
        }
    }

    [Fact]
    public async Task It_shows_how_often_grains_are_called_and_nothing_of_whom_they_are_for()
    {
        await Get("/orleans/DashboardCounters"); // It counts calls only for somebody who looks.
        List<Visitor> visitors = [];
        await Wait.Until(
            async () =>
            {
                visitors.AddRange(await SignInAndOut());
                return (await Get($"/orleans/GrainStats/{UserGrain}")).Text.Contains("SignOut", StringComparison.Ordinal);
            },
            () => "The dashboard never counted a sign-out.");
        var secrets = visitors.SelectMany(SecretsOf).ToList();
        foreach (var path in Paths())
        {
            var (response, text) = await Get(path);
            ServiceUnderTest.NothingIn([text, response.Headers.ToString(), response.Content.Headers.ToString()], secrets);
        }
    }

    [Fact]
    public async Task What_a_grain_holds_and_what_the_log_says_cannot_be_asked_for()
    {
        var visitor = await service.SignIn();
        var state = $"?grainType={UserGrain}&grainId={Uri.EscapeDataString(visitor.User.Stream)}";
        string[] paths =
        [
            "/orleans/GrainState" + state, "/orleans/grainstate" + state, "/orleans/GrainState/" + state,
            "/orleans/Trace", "/orleans/TRACE/", "/orleans/Reminders", "/orleans/Reminders/1", "/orleans/nothing",
        ];
        foreach (var path in paths)
        {
            var (response, text) = await Get(path);
            Assert.Equal((404, "{\"resCode\":404,\"resDesc\":\"Not found\"}"), ((int)response.StatusCode, text));
        }
    }

    [Fact]
    public async Task The_service_s_own_paths_and_their_description_stay_as_they_are()
    {
        Assert.Equal(
            RepositoryFiles.Read(ApiContract.File).TrimEnd(), (await service.Manage(ApiDocument.Path, content: null)).Body.TrimEnd());
        Assert.Equal(200, (await service.Logout(await service.SignIn())).Status);
        Assert.Equal(404, (int)(await Get("/orleansx")).Response.StatusCode);
    }

    [Fact]
    public async Task Switched_off_it_is_neither_shown_nor_hosted_for_others()
    {
        await using var off = await ServiceUnderTest.Start("--Sessions:Dashboard=false");
        foreach (var path in (string[])["/orleans", .. Paths()])
        {
            Assert.Equal(404, (int)(await Send(off.Management, path, Basic())).Response.StatusCode);
        }

        Assert.Contains(Hosted(service), grain => grain.Contains("dashboard", StringComparison.Ordinal));
        Assert.DoesNotContain(Hosted(off), grain => grain.Contains("dashboard", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Hosted(ServiceUnderTest service) =>
        service.App.Services.GetRequiredService<IClusterManifestProvider>().LocalGrainManifest.Grains.Keys.Select(type => type.ToString()!);

    // Every path that the package maps, with the silo and the user's grain where it asks for a name.
    private List<string> Paths()
    {
        var silo = service.App.Services.GetRequiredService<ILocalSiloDetails>().SiloAddress.ToParsableString();
        var paths = ((IEndpointRouteBuilder)service.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(route => route.RoutePattern.RawText!).Where(route => route.StartsWith("/orleans", StringComparison.Ordinal))
            .Select(route => route.Replace("{*grainName}", UserGrain, StringComparison.Ordinal)
                .Replace("{*address}", silo, StringComparison.Ordinal)
                .Replace("{*path}", silo, StringComparison.Ordinal)
                .Replace("{**path}", "x", StringComparison.Ordinal)
                .Replace("{page:int}", "1", StringComparison.Ordinal))
            .ToList();
        Assert.DoesNotContain(paths, path => path.Contains('{', StringComparison.Ordinal));
        Assert.True(paths.Count > 15, $"Only {paths.Count} paths were found.");
        return paths;
    }

    private async Task<IReadOnlyList<Visitor>> SignInAndOut()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        var back = await NoticeCalls.SignOutAndReturn(service, phone);
        Assert.Equal(200, (await service.Sessions(tablet.LoginToken)).Status);
        Assert.Equal(200, (await service.Introspect(("token", back.LoginToken))).Status);
        Assert.Equal(200, (await service.Logout(back)).Status);
        return [phone, tablet, back];
    }

    private static IEnumerable<string> SecretsOf(Visitor visitor) =>
    [
        visitor.Account, visitor.Device, $"{visitor.Session}", $"{visitor.Session:N}", visitor.User.Stream,
        .. visitor.LoginToken.Split('.')[2..], .. visitor.AppToken.Split('.')[2..], "Canary",
    ];

    private static AuthenticationHeaderValue Basic(string key = ServiceUnderTest.ManagementKey) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"operator:{key}")));

    private Task<(HttpResponseMessage Response, string Text)> Get(string path, AuthenticationHeaderValue? key = null) =>
        Send(service.Management, path, key ?? Basic());

    private async Task<(HttpResponseMessage Response, string Text)> Send(Uri listener, string path, AuthenticationHeaderValue? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(listener, path)) { Headers = { Authorization = key } };
        using var response = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return (response, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
