// /docs: a page of the service's own, which asks no other host for anything, and needs a key outside Development.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed partial class DocsTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task In_Development_the_page_opens_without_a_key_and_everything_it_loads_is_the_service_s_own()
    {
        var (status, page, headers) = await Get(service, "/docs/");
        Assert.Equal(200, status);
        Assert.Contains("frame-ancestors 'none'", headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.DoesNotContain("//", page.Replace("<!doctype", "", StringComparison.Ordinal), StringComparison.Ordinal);
        var files = Files().Matches(page).Select(match => match.Groups[1].Value).ToList();
        Assert.True(files.Count >= 2);
        foreach (var file in files)
        {
            Assert.Equal(200, (await Get(service, $"/docs/{file}")).Status);
        }

        using var on = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Public, "/docs/"));
        Assert.Equal(404, (await service.Send(on)).Status);
    }

    [Fact]
    public async Task Its_document_is_the_committed_one_with_the_addresses_of_this_service()
    {
        var (_, body, _) = await Get(service, "/docs/openapi.json");
        var (given, committed) = (JsonElement.Parse(body), JsonElement.Parse(RepositoryFiles.Read(ApiContract.File)));
        Assert.Equal(Operations(committed), Operations(given));
        Assert.Equal(service.Public.ToString().TrimEnd('/'), given.GetProperty("servers")[0].GetProperty("url").GetString());
        var introspect = given.GetProperty("paths").GetProperty("/internal/introspect/v1").GetProperty("post");
        Assert.Equal(
            service.Management.ToString().TrimEnd('/'), introspect.GetProperty("servers")[0].GetProperty("url").GetString());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public async Task In_Development_the_page_and_no_other_may_call_the_public_listener(bool isOwnPage, bool isAllowed)
    {
        var origin = isOwnPage ? service.Management.ToString().TrimEnd('/') : "http://evil.example";
        using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(service.Public, RawLogout.Path))
        {
            Headers =
            {
                { "Origin", origin }, { "Access-Control-Request-Method", "POST" }, { "Access-Control-Request-Headers", "x-api-token" },
            },
        };
        using var answer = await service.Http.SendAsync(preflight, TestContext.Current.CancellationToken);
        Assert.Equal(isAllowed, answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    [Fact]
    public async Task In_Production_it_needs_a_key_and_other_origins_get_nothing()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        await using var production = await ServiceUnderTest.Start(
            new ServiceUnderTest { LoginKey = key, AppKey = key }, "--environment=Production", "--Sessions:DrainGrace=00:00:00");
        foreach (var path in (string[])["/docs", "/docs/", "/docs/openapi.json", "/docs/scalar.js"])
        {
            Assert.Equal(401, (await Get(production, path)).Status);
            Assert.InRange((await Get(production, path, ServiceUnderTest.ManagementKey)).Status, 200, 302);
        }

        using var preflight = new HttpRequestMessage(HttpMethod.Options, new Uri(production.Public, RawLogout.Path))
        {
            Headers = { { "Origin", production.Management.ToString().TrimEnd('/') }, { "Access-Control-Request-Method", "POST" } },
        };
        using var answer = await production.Http.SendAsync(preflight, TestContext.Current.CancellationToken);
        Assert.Equal((405, false), ((int)answer.StatusCode, answer.Headers.Contains("Access-Control-Allow-Origin")));
    }

    [Fact]
    public async Task A_browser_shows_the_operations_and_asks_no_other_host()
    {
        var chromium = Programs.Find("chromium", "google-chrome");
        var profile = Directory.CreateTempSubdirectory("bankezy-chromium-").FullName;
        try
        {
            // Every name but the service's own leads nowhere: what the page would fetch elsewhere fails, and says so on the console.
            var (_, page, errors) = await Programs.Run(
                chromium, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=20000",
                $"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--dump-dom",
                new Uri(service.Management, "/docs/").ToString());
            Assert.Contains("Sign out of a session (mode 1) or of a device (mode 2)", page, StringComparison.Ordinal);
            Assert.DoesNotContain("Content Security Policy", errors, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }

    private static IEnumerable<string> Operations(JsonElement document) => document.GetProperty("paths").EnumerateObject()
        .SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name} {path.Name}"));

    private static async Task<(int Status, string Body, HttpResponseHeaders Headers)> Get(
        ServiceUnderTest from, string path, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(from.Management, path));
        request.Headers.Authorization = key is null ? null
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"operator:{key}")));
        using var answer = await from.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer.Headers);
    }

    [GeneratedRegex("(?:src|href)=\"([^\"#]+)\"")]
    private static partial Regex Files();
}
