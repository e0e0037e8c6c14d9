// The demo's page and files over the real host: where they are, with which headers, and where they are not.
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed partial class PageTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task The_root_leads_to_the_demo_in_Development()
    {
        using var answer = await Get("/");
        Assert.Equal((302, "/demo"), ((int)answer.StatusCode, answer.Headers.Location!.ToString()));
    }

    [Fact]
    public async Task The_page_carries_the_headers_that_keep_foreign_scripts_out()
    {
        using var answer = await Get("/demo");
        Assert.Equal((200, "text/html; charset=utf-8"), ((int)answer.StatusCode, answer.Content.Headers.ContentType!.ToString()));
        Assert.Equal(
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
            Header(answer, "Content-Security-Policy"));
        Assert.Equal("no-store", Header(answer, "Cache-Control"));
        Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
        Assert.Equal("no-referrer", Header(answer, "Referrer-Policy"));
        Assert.Equal("same-origin", Header(answer, "Cross-Origin-Opener-Policy"));
        var html = await Body(answer);
        Assert.DoesNotContain("{{", html, StringComparison.Ordinal);
        Assert.DoesNotMatch(Inline(), html);
        Assert.Contains("data-simulator=\"on\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_file_that_the_page_needs_is_there_and_is_known_again_by_its_tag()
    {
        var html = RepositoryFiles.Read("src/Api/Pages/demo.html");
        var needed = Assets().Matches(html).Select(match => match.Groups[1].Value)
            .Concat(RepositoryFiles.Files("*.js").Where(path => path.StartsWith("src/Api/Pages/assets/", StringComparison.Ordinal))
                .SelectMany(path => Imports().Matches(RepositoryFiles.Read(path)).Select(match => $"/assets/{match.Groups[1].Value}")))
            .Distinct().ToList();
        Assert.True(needed.Count > 8);
        foreach (var path in needed)
        {
            using var answer = await Get(path);
            Assert.Equal(200, (int)answer.StatusCode);
            Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
            Assert.Equal("no-cache", Header(answer, "Cache-Control"));
            using var again = await Get(path, answer.Headers.ETag);
            Assert.Equal((304, ""), ((int)again.StatusCode, await Body(again)));
            using var changed = await Get(path, new EntityTagHeaderValue("\"another\""));
            Assert.Equal(200, (int)changed.StatusCode);
        }
    }

    [Fact]
    public async Task Outside_Development_nothing_of_it_exists()
    {
        await using var production = await ServiceUnderTest.Start(
            new ServiceUnderTest { LoginKey = RandomKey("login"), AppKey = RandomKey("login") }, "--environment=Production",
            "--Sessions:DrainGrace=00:00:00");
        foreach (var path in (string[])["/", "/demo", "/assets/sessions.css", "/assets/demo.js"])
        {
            using var answer = await production.Http.GetAsync(new Uri(production.Public, path), TestContext.Current.CancellationToken);
            Assert.Equal(404, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task On_the_management_listener_there_is_no_demo()
    {
        using var answer = await service.Http.GetAsync(new Uri(service.Management, "/demo"), TestContext.Current.CancellationToken);
        Assert.Equal(404, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Other_nodes_may_be_called_and_call_when_they_are_listed()
    {
        const string Node = "http://localhost:10010";
        await using var node = await ServiceUnderTest.Start($"--Sessions:Demo:Nodes:0={Node}", "--Sessions:Simulator=false");
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(node.Public, "/demo")) { Headers = { { "Origin", Node } } };
        using var answer = await node.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains($"connect-src 'self' {Node};", Header(answer, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal(Node, Header(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("data-simulator=\"off\"", await Body(answer), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_simulators_timeline_is_the_managements_and_names_the_stream()
    {
        var visitor = await service.SignIn();
        var question = $$"""{"program":2001,"account":"{{visitor.Account}}"}""";
        var simulated = await service.Send(new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, "/simulator/timeline/v1"))
        {
            Content = new StringContent(question),
        });
        var managed = await service.Manage("/internal/timeline/v1", question);
        Assert.Equal((200, 200), (simulated.Status, managed.Status));
        var given = JsonDocument.Parse(simulated.Body).RootElement;
        Assert.Equal(visitor.User.Stream, given.GetProperty("stream").GetString());
        Assert.Contains(given.GetProperty("events").GetRawText(), managed.Body, StringComparison.Ordinal);
    }

    private static byte[] RandomKey(string name) => System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(name));

    private static string Header(HttpResponseMessage answer, string name) => string.Join(',', answer.Headers.GetValues(name));

    private static Task<string> Body(HttpResponseMessage answer) => answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private async Task<HttpResponseMessage> Get(string path, EntityTagHeaderValue? tag = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Public, path));
        if (tag is not null)
        {
            request.Headers.IfNoneMatch.Add(tag);
        }

        return await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    [GeneratedRegex(@"<script(?![^>]*src=)| on[a-z]+=|style=|<style|(?:src|href)=""https?://(?!localhost|127\.)")]
    private static partial Regex Inline();

    [GeneratedRegex(@"(?:src|href)=""(/assets/[^""]+)""")]
    private static partial Regex Assets();

    [GeneratedRegex(@"from '\./([a-z]+\.js)'")]
    private static partial Regex Imports();
}
