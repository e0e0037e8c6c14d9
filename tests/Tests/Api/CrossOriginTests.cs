// CORS: which pages of other origins may call the public listener and read what it answers. None, unless a program lists them.
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class CrossOriginTests
{
    private const string Listed = "https://app.bank.example";
    private const string OfAnother = "https://other.bank.example";
    private const string Sessions = "/onboarding/user/sessions/v1";

    private static readonly string[] TwoPrograms =
    [
        $"--Sessions:Programs:2001:AllowedOrigins:0={Listed}", $"--Sessions:Programs:1111:AllowedOrigins:0={OfAnother}",
        $"--Sessions:Programs:1111:TokenKeys:0={Base64Url.EncodeToString(SHA256.HashData("the other program's key"u8))}",
    ];

    [Fact]
    public async Task Nothing_is_allowed_where_nothing_is_listed()
    {
        await using var service = await ServiceUnderTest.Start();
        var preflight = await Preflight(service, RawLogout.Path, Listed, "POST");
        Assert.Equal(405, preflight.Status);
        var visitor = await service.SignIn();
        var answer = await Get(service, visitor.LoginToken, Listed);
        Assert.Equal(200, answer.Status);
        Assert.All([preflight, answer], reply => Assert.DoesNotContain(reply.Headers, header => IsOfCors(header.Key)));
    }

    [Fact]
    public async Task A_preflight_of_a_listed_origin_is_answered_on_every_public_route()
    {
        await using var service = await ServiceUnderTest.Start(TwoPrograms);
        (string Path, string Method)[] routes =
        [
            (RawLogout.Path, "POST"), (Sessions, "GET"), ("/onboarding/user/notices/v1", "GET"),
            ("/onboarding/user/notices/ack/v1", "POST"),
            ("/onboarding/user/notices/ticket/v1", "POST"), ("/onboarding/user/login/v1", "POST"),
        ];
        foreach (var (path, method) in routes)
        {
            var preflight = await Preflight(service, path, Listed, method);
            Assert.Equal((204, ""), (preflight.Status, preflight.Body));
            Assert.Equal(Listed, Header(preflight, "Access-Control-Allow-Origin"));
            Assert.Equal(method, Header(preflight, "Access-Control-Allow-Methods"));
            Assert.Contains("X-API-TOKEN", Header(preflight, "Access-Control-Allow-Headers"), StringComparison.Ordinal);
            Assert.Equal("600", Header(preflight, "Access-Control-Max-Age"));
            Assert.Equal("Origin", Header(preflight, "Vary"));
            Assert.Null(Header(preflight, "Access-Control-Allow-Credentials"));
        }
    }

    [Theory]
    [InlineData("https://app.bank.example.evil.example")]
    [InlineData("http://app.bank.example")]
    [InlineData("https://app.bank.example:8443")]
    [InlineData("https://APP.bank.example")]
    [InlineData("null")]
    [InlineData("*")]
    public async Task Another_origin_is_not_allowed_anything(string origin)
    {
        await using var service = await ServiceUnderTest.Start(TwoPrograms);
        var preflight = await Preflight(service, RawLogout.Path, origin, "POST");
        var answer = await Get(service, (await service.SignIn()).LoginToken, origin);
        Assert.Equal((405, 200), (preflight.Status, answer.Status));
        Assert.All([preflight, answer], reply => Assert.Equal(((string?)null, (string?)"Origin"), (Origin(reply), Header(reply, "Vary"))));
    }

    [Fact]
    public async Task Answers_and_refusals_of_every_kind_can_be_read()
    {
        await using var service = await ServiceUnderTest.Start(TwoPrograms);
        var visitor = await service.SignIn();
        Reply[] replies =
        [
            await Get(service, visitor.LoginToken, Listed),
            await Get(service, "eyJ.not.a.token", Listed),
            await Send(service, HttpMethod.Get, "/nothing/here", Listed),
            await Send(service, HttpMethod.Delete, RawLogout.Path, Listed),
            await Logout(service, visitor, "{}"),
            await Logout(service, visitor, visitor.Body()),
        ];
        service.Store.IsDown = true;
        replies = [.. replies, await Get(service, service.NewVisitor().LoginToken, Listed)];
        service.Store.IsDown = false;
        Assert.Equal([200, 401, 404, 405, 400, 200, 503], replies.Select(reply => reply.Status));
        Assert.All(replies, reply =>
        {
            Assert.Equal((Listed, "Origin"), (Origin(reply), Header(reply, "Vary")));
            Assert.Contains("X-Request-Id", Header(reply, "Access-Control-Expose-Headers"), StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task A_stream_can_be_read_by_headers_and_by_ticket()
    {
        await using var service = await ServiceUnderTest.Start(TwoPrograms);
        var visitor = await service.SignIn();
        var request = NoticeCalls.Request(service, visitor.LoginToken);
        request.Headers.Add("Origin", Listed);
        using var byHeaders = await EventStreamClient.Open(service.Http, request);
        Assert.Equal([Listed], byHeaders.Headers.GetValues("Access-Control-Allow-Origin"));

        var answer = await Send(service, HttpMethod.Post, "/onboarding/user/notices/ticket/v1", Listed, visitor.LoginToken);
        var ticket = JsonDocument.Parse(answer.Body).RootElement.GetProperty("data").GetProperty("ticket").GetString();
        async Task<bool> IsReadable(string origin)
        {
            var withTicket = new HttpRequestMessage(
                HttpMethod.Get, new Uri(service.Public, $"/onboarding/user/notices/v1?ticket={ticket}"));
            withTicket.Headers.Add("Origin", origin);
            using var stream = await EventStreamClient.Open(service.Http, withTicket);
            Assert.Equal(200, stream.Status);
            return stream.Headers.Contains("Access-Control-Allow-Origin");
        }

        Assert.True(await IsReadable(Listed));
        Assert.False(await IsReadable(OfAnother));
    }

    [Fact]
    public async Task An_origin_counts_for_the_program_that_lists_it()
    {
        await using var service = await ServiceUnderTest.Start(TwoPrograms);
        var visitor = await service.SignIn();
        Assert.Null(Origin(await Get(service, visitor.LoginToken, OfAnother)));
        Assert.Null(Origin(await Get(service, visitor.LoginToken, OfAnother, key: null)));
        Assert.Equal(Listed, Origin(await Get(service, visitor.LoginToken, Listed, key: null)));
        Assert.Equal(OfAnother, Origin(await Get(service, visitor.LoginToken, OfAnother, "MOB-APP-1111"))); // 401, and readable
    }

    [Fact]
    public async Task The_management_listener_allows_nobody()
    {
        await using var service = await ServiceUnderTest.Start(TwoPrograms);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Management, "/health/live"));
        request.Headers.Add("Origin", Listed);
        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(answer.Headers, header => IsOfCors(header.Key));
    }

    private static bool IsOfCors(string name) => name == "Vary" || name.StartsWith("Access-Control-", StringComparison.Ordinal);

    private static string? Header(Reply reply, string name) =>
        reply.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    private static string? Origin(Reply reply) => Header(reply, "Access-Control-Allow-Origin");

    private static Task<Reply> Preflight(ServiceUnderTest service, string path, string origin, string method) =>
        service.Send(new HttpRequestMessage(HttpMethod.Options, new Uri(service.Public, path))
        {
            Headers =
            {
                { "Origin", origin }, { "Access-Control-Request-Method", method },
                { "Access-Control-Request-Headers", "content-type,x-api-key,x-api-token" },
            },
        });

    private static Task<Reply> Get(ServiceUnderTest service, string token, string origin, string? key = "MOB-APP-2001") =>
        Send(service, HttpMethod.Get, Sessions, origin, token, key);

    private static Task<Reply> Send(
        ServiceUnderTest service, HttpMethod method, string path, string origin, string? token = null, string? key = "MOB-APP-2001")
    {
        var request = new HttpRequestMessage(method, new Uri(service.Public, path)) { Headers = { { "Origin", origin } } };
        if (token is not null)
        {
            request.Headers.Add("X-API-TOKEN", token);
        }

        if (key is not null)
        {
            request.Headers.Add("X-API-KEY", key);
        }

        return service.Send(request);
    }

    private static Task<Reply> Logout(ServiceUnderTest service, Visitor visitor, string body) =>
        service.Send(new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, RawLogout.Path))
        {
            Headers = { { "Origin", Listed }, { "X-API-TOKEN", visitor.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent(body, Encoding.UTF8, "text/plain"),
        });
}
