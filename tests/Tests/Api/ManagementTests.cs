// The management listener: what the bank's other services and its operators ask.
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class ManagementTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private const string Inactive = "{\"active\":false}";

    public static TheoryData<string, string> BadReports => new()
    {
        { "program", "\"program\":2001|\"program\":0" },
        { "program", "\"program\":2001|\"program\":\"2001\"" },
        { "program 1111 is not configured", "\"program\":2001|\"program\":1111" },
        { "account", "\"account\":\"|\"account\":\"0" },
        { "account", "\"account\":\"|\"account\":\"x" },
        { "account", "\"account\":\"|\"account\":\"\\ud800" },
        { "sessionId", "\"sessionId\":\"|\"sessionId\":\"{" },
        { "sessionId", "\"sessionId\":\"|\"sessionId\":\"\\udfff" },
        { "sessionId", "\"sessionId\"|\"session\"" },
        { "deviceId", "\"deviceId\":\"|\"deviceId\":\"\\n" },
        { "deviceId", "\"deviceId\":\"|\"deviceId\":\"\\ud800" },
        { "deviceId", "\"deviceId\"|\"DeviceId\"" },
        { "signInMode", "\"signInMode\":1|\"signInMode\":3" },
        { "signInMode", "\"signInMode\":1|\"mode\":1" },
        { "expiresAt", "\"expiresAt\":\"2026-11-22T09:30:00Z|\"expiresAt\":\"2026-11-22T09:00:00Z" },
        { "expiresAt", "\"expiresAt\":\"2026-11-22T09:30:00Z|\"expiresAt\":\"2029-11-22T09:30:00Z" },
        { "expiresAt", "\"expiresAt\":\"2026-11-22T09:30:00Z|\"expiresAt\":\"2026-11-22T09:30:00" },
        { "expiresAt", "\"expiresAt\":\"2026-11-22T09:30:00Z|\"expiresAt\":\"11/22/2026 23:30" },
        { "expiresAt", "\"expiresAt\":\"2026-11-22T09:30:00Z|\"expiresAt\":\"23:59" },
        { "expiresAt", "\"expiresAt\":\"2026-11-22T09:30:00Z|\"expiresAt\":\"\\ud800" },
    };

    [Fact]
    public async Task A_reported_sign_in_is_stored_once()
    {
        var visitor = service.NewVisitor();
        var (first, second) = (await service.Report(visitor), await service.Report(visitor));
        Assert.Equal((201, $$"""{"sessionId":"{{visitor.Session}}","version":1}"""), (first.Status, first.Body));
        Assert.Equal((200, first.Body), (second.Status, second.Body));
        Assert.Equal(["session-started.v1"], await service.EventsOf(visitor));
        Assert.Equal(409, (await service.Report(visitor with { Device = visitor.Elsewhere().Device })).Status);
    }

    [Theory]
    [MemberData(nameof(BadReports))]
    public async Task A_bad_field_is_named(string named, string change)
    {
        var visitor = service.NewVisitor();
        var (from, to) = (change.Split('|')[0], change.Split('|')[1]);
        var good = $$"""
            {"program":2001,"account":"{{visitor.Account}}","sessionId":"{{visitor.Session}}","deviceId":"{{visitor.Device}}",
            "signInMode":1,"expiresAt":"2026-11-22T09:30:00Z"}
            """;
        Assert.Contains(from, good, StringComparison.Ordinal);
        var reply = await service.Manage("/internal/sessions/v1", good.Replace(from, to, StringComparison.Ordinal));
        Assert.Equal(400, reply.Status);
        Assert.StartsWith($$"""{"resCode":400,"resDesc":"{{named}}""", reply.Body, StringComparison.Ordinal);
        Assert.Empty(await service.EventsOf(visitor));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{\"program\":2001,\"program\":2001}")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"program\":2001} x")]
    public async Task A_body_that_is_no_strict_object_is_400(string body)
    {
        Assert.Equal(400, (await service.Manage("/internal/sessions/v1", body)).Status);
        Assert.Equal(400, (await service.Manage("/internal/timeline/v1", body)).Status);
        Assert.Equal(400, (await service.Manage("/internal/user/v1", body)).Status);
    }

    [Fact]
    public async Task A_body_of_another_type_or_size_is_refused()
    {
        var utf16 = new StringContent("{}", Encoding.Unicode, "application/json");
        Assert.Equal(415, (await service.Manage("/internal/sessions/v1", utf16)).Status);
        Assert.Equal(413, (await service.Manage("/internal/sessions/v1", new string(' ', 16_385))).Status);
        Assert.Equal(415, (await service.Manage("/internal/introspect/v1", "{}")).Status);
        Assert.Equal(413, (await service.Introspect(("token", new string('x', 16_385)))).Status);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_told_alike_by_every_endpoint()
    {
        var large = new string('x', 16_385);
        foreach (var ask in (Func<Task<Reply>>[])
            [
                () => service.Introspect(("token", large)), () => service.Manage("/internal/timeline/v1", large),
                () => service.Manage("/internal/sessions/v1", large), () => service.Manage("/internal/user/v1", large),
            ])
        {
            service.Time.Advance(TimeSpan.FromSeconds(1)); // a line a second of each code
            var told = service.Log.Codes.Count;
            var reply = await ask();
            Assert.Equal((413, true), (reply.Status, reply.Headers.ConnectionClose));
            Assert.Equal("body_size", Assert.Single(service.Log.Codes.Skip(told)));
        }
    }

    [Fact]
    public async Task A_live_session_introspects_active_by_token_and_by_its_ids()
    {
        var visitor = await service.SignIn();
        var now = visitor.IssuedAt.ToUnixTimeSeconds();
        var expected = $$"""{"active":true,"sid":"{{visitor.Session}}","sub":"{{visitor.Account}}","iat":{{now}},"exp":{{now + 1800}}}""";
        Assert.Equal(expected, (await service.Introspect(("token", visitor.LoginToken))).Body);
        Assert.Equal(expected, (await service.Introspect(("token", visitor.LoginToken), ("program", "2001"))).Body);
        Assert.Equal(expected, (await service.IntrospectById(visitor)).Body);
    }

    [Fact]
    public async Task An_unknown_session_is_active_by_its_live_token_and_not_by_its_id()
    {
        var visitor = service.NewVisitor();
        Assert.StartsWith("{\"active\":true,", (await service.Introspect(("token", visitor.LoginToken))).Body, StringComparison.Ordinal);
        Assert.Equal(Inactive, (await service.IntrospectById(visitor)).Body);
        Assert.Equal(Inactive, (await service.IntrospectById(visitor, program: 1111)).Body);
        Assert.Equal(Inactive, (await service.Introspect(("program", "2001"), ("account", "x"), ("session_id", "y"))).Body);
        Assert.Equal(Inactive, (await service.Introspect(("token", visitor.AppToken))).Body);
        Assert.Equal(Inactive, (await service.Introspect(("token", visitor.LoginToken[..^1]))).Body);
        Assert.Equal(Inactive, (await service.Introspect(("token", visitor.LoginTokenWith(("exp", "1"))))).Body);
        Assert.Equal(Inactive, (await service.Introspect(("token", ""))).Body);
        Assert.Empty(await service.EventsOf(visitor));
    }

    [Fact]
    public async Task A_form_is_read_in_any_of_its_spellings_and_a_field_that_comes_twice_is_none()
    {
        var visitor = await service.SignIn();
        var (token, session) = (visitor.LoginToken, visitor.Session);
        foreach (var body in (string[])
            [
                $"token={token}", $"&x&=&token={token}&", $"tok%65n={token}",
                $"token={token.Replace(".", "%2e", StringComparison.Ordinal)}",
                $"token={token}&program=2001&token_type_hint=access_token",
                $"program=%32001&account={visitor.Account}&session_id={session}",
            ])
        {
            Assert.StartsWith("{\"active\":true,", await Ask(body), StringComparison.Ordinal);
        }

        foreach (var body in (string[])
            [$"token={token}&token={token}", "token", $"token=+{token}", $"program=2001&account={visitor.Account}&session_id={session}%30"])
        {
            Assert.Equal(Inactive, await Ask(body));
        }

        async Task<string> Ask(string body) => (await service.Manage(
            "/internal/introspect/v1", new StringContent(body, Encoding.UTF8, "application/x-www-form-urlencoded"))).Body;
    }

    [Fact]
    public async Task A_question_without_its_fields_is_400_and_says_which()
    {
        var nothing = await service.Introspect(("x", "y"));
        Assert.Equal((400, true), (nothing.Status, nothing.Body.Contains("token is mandatory", StringComparison.Ordinal)));
        var program = await service.Introspect(("program", "x"), ("token", "y"));
        Assert.Equal((400, true), (program.Status, program.Body.Contains("program is mandatory", StringComparison.Ordinal)));
        var many = await service.Introspect([.. Enumerable.Range(0, 2_000).Select(i => ($"{i}", "1"))]);
        Assert.Equal(400, many.Status);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("another key than the configured one")]
    [InlineData(ServiceUnderTest.ManagementKey + "x")]
    public async Task Without_a_management_key_there_is_one_401(string? key)
    {
        foreach (var path in (string[])["/internal/sessions/v1", "/internal/introspect/v1", "/internal/timeline/v1", "/internal/user/v1"])
        {
            var reply = await service.Manage(path, new StringContent("{}"), key);
            Assert.Equal((401, ServiceUnderTest.Unauthorized), (reply.Status, reply.Body));
            Assert.Equal("Bearer Basic", string.Join(' ', reply.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme)));
            Assert.All(reply.Headers.WwwAuthenticate, challenge =>
                Assert.Contains("realm=\"management\"", challenge.Parameter, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("Accept", "application/json", "Bearer Basic")]
    [InlineData("Sec-Fetch-Dest", "document", "Bearer Basic")]
    [InlineData("Sec-Fetch-Dest", "empty", "Bearer")]
    [InlineData("X-Console", "1", "Bearer")]
    public async Task Basic_is_offered_to_everybody_but_scripts_of_a_browser(string header, string value, string schemes)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Management, "/internal/introspect/v1"))
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("token", "x")]),
            Headers = { { header, value } },
        };
        var reply = await service.Send(request);
        Assert.Equal(401, reply.Status);
        Assert.Equal(schemes, string.Join(' ', reply.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme)));
    }

    [Fact]
    public async Task A_client_that_waits_to_be_asked_for_its_password_is_asked()
    {
        var visitor = await service.SignIn();
        using var client = new HttpClient(new SocketsHttpHandler
        {
            Credentials = new NetworkCredential("resource-server", ServiceUnderTest.ManagementKey),
        });
        using var answer = await client.PostAsync(
            new Uri(service.Management, "/internal/introspect/v1"),
            new FormUrlEncodedContent([KeyValuePair.Create("token", visitor.LoginToken)]), TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
    }

    [Theory]
    [InlineData("resource-server:" + ServiceUnderTest.ManagementKey, 200)]
    [InlineData(":" + ServiceUnderTest.ManagementKey, 200)]
    [InlineData(ServiceUnderTest.ManagementKey, 401)]
    [InlineData(ServiceUnderTest.ManagementKey + ":", 401)]
    [InlineData("resource-server:another key than the configured one", 401)]
    public async Task Introspection_takes_the_management_key_as_the_password_of_Basic(string credentials, int status)
    {
        var visitor = await service.SignIn();
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Management, "/internal/introspect/v1"))
        {
            Headers = { Authorization = Basic(credentials) },
            Content = new FormUrlEncodedContent([KeyValuePair.Create("token", visitor.LoginToken)]),
        };
        Assert.Equal(status, (await service.Send(request)).Status);
    }

    private static AuthenticationHeaderValue Basic(string credentials) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));

    [Fact]
    public async Task The_timeline_shows_a_users_events_in_order_and_in_pages()
    {
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        var question = $$"""{"program":2001,"account":"{{visitor.Account}}"}""";
        var reply = JsonElement.Parse((await service.Manage("/internal/timeline/v1", question)).Body);
        var events = reply.GetProperty("events").EnumerateArray().ToList();
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], events.Select(shown => shown.GetProperty("name").GetString()!));
        Assert.Equal([1, 2], events.Select(shown => shown.GetProperty("version").GetInt64()));
        Assert.All(events, shown => Assert.Matches("^[0-9a-f]{64}$", shown.GetProperty("hash").GetString()!));
        Assert.False(reply.GetProperty("more").GetBoolean());

        var rest = JsonElement.Parse((await service.Manage("/internal/timeline/v1", question[..^1] + ",\"after\":1}")).Body);
        Assert.Equal(2, Assert.Single(rest.GetProperty("events").EnumerateArray()).GetProperty("version").GetInt64());
        foreach (var after in (string[])["-1", "\"1\"", "1.5", "null"])
        {
            var bad = await service.Manage("/internal/timeline/v1", question[..^1] + $",\"after\":{after}}}");
            Assert.Equal((400, true), (bad.Status, bad.Body.Contains("\"after ", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task The_description_is_OpenAPI_3_1_with_the_contracts_examples()
    {
        var document = JsonElement.Parse((await service.Manage("/openapi/v1.json", content: null)).Body);
        Assert.StartsWith("3.1.", document.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var logout = document.GetProperty("paths").GetProperty(RawLogout.Path).GetProperty("post");
        var example = logout.GetProperty("requestBody").GetProperty("content").GetProperty("text/plain").GetProperty("example");
        Assert.Equal(1, example.GetProperty("signOutMode").GetInt32());
        Assert.Equal("tdid:zoqDZXDF59W+5yuhCodFoDGCGXTo8uHJkVRhLTOxk6o=:7971", example.GetProperty("deviceId").GetString());
        Assert.Equal(ServiceUnderTest.Success, ExampleOf("200"));
        Assert.Equal(ServiceUnderTest.Unauthorized, ExampleOf("401"));
        var schemes = document.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal(
            ["X-API-TOKEN", "X-API-KEY"],
            logout.GetProperty("security")[0].EnumerateObject()
                .Select(scheme => schemes.GetProperty(scheme.Name).GetProperty("name").GetString()!));

        string ExampleOf(string status) => JsonSerializer.Serialize(
            logout.GetProperty("responses").GetProperty(status)
                .GetProperty("content").GetProperty("application/json").GetProperty("example"));
    }
}
