// Signing in to the console: the cookie, how long it lasts, what ends it, and which calls may come with it.
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Api;

public sealed class ConsoleSessionTests : IAsyncLifetime
{
    private const string SupportKey = "a key of the support desk 0123456789";
    private const string ReportKey = "a key of the login service 0123456789";
    private const string Unauthorized = ServiceUnderTest.Unauthorized;

    private static readonly string[] Keys =
    [
        "--Sessions:Management:Keys:1:Name=support-desk", $"--Sessions:Management:Keys:1:Key={SupportKey}",
        "--Sessions:Management:Keys:1:Roles=support", "--Sessions:Management:Keys:2:Name=login-service",
        $"--Sessions:Management:Keys:2:Key={ReportKey}", "--Sessions:Management:Keys:2:Roles=report",
    ];

    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start(Keys);

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task A_key_becomes_a_cookie_that_scripts_and_other_sites_cannot_use()
    {
        var person = new ConsolePerson(service);
        var answer = await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("support-desk", SupportKey));
        Assert.Equal(200, answer.Status);
        Assert.Matches("^console=[A-Za-z0-9_-]{43}; path=/; samesite=strict; httponly$", answer.Cookie);
        var said = JsonElement.Parse(answer.Body);
        Assert.Equal(("support-desk", "m.rossi"), (said.GetProperty("key").GetString(), said.GetProperty("actor").GetString()));
        Assert.Equal("""["support"]""", said.GetProperty("roles").GetRawText());
        Assert.Contains("phone-lost", said.GetProperty("reasons").GetRawText(), StringComparison.Ordinal);
        Assert.DoesNotContain(SupportKey, answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cookie_opens_what_the_key_opens_and_records_the_person()
    {
        var visitor = await service.SignIn();
        var person = await ConsolePerson.SignIn(service, "support-desk", SupportKey);
        var user = await person.Ask("/internal/user/v1", $$"""{"user":"{{visitor.User.Reference}}"}""");
        Assert.Equal(200, user.Status);
        Assert.Equal(403, (await person.Ask("/internal/audit/v1", "{}")).Status);
        Assert.Equal(401, (await new ConsolePerson(service).Ask("/internal/user/v1", "{}")).Status);
        var audit = await service.Manage("/internal/audit/v1", "{\"key\":\"support-desk\",\"actor\":\"m.rossi\"}");
        var rows = JsonElement.Parse(audit.Body).GetProperty("rows").EnumerateArray().Select(row => row.GetProperty("what").GetString());
        Assert.Equal(["user", "console-sign-in"], rows);
    }

    [Theory]
    [InlineData("X-Console", null)]
    [InlineData("X-Console", "2")]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task A_call_that_is_not_from_the_consoles_pages_is_refused(string header, string? value)
    {
        var person = await ConsolePerson.SignIn(service);
        person.Headers.RemoveAll(one => one.Name == header);
        person.Headers.AddRange(value is null ? [] : [(header, value)]);
        Assert.Equal(403, (await person.Ask("/internal/audit/v1", "{}")).Status);
        Assert.Equal(403, (await person.Leave()).Status);
        Assert.Equal(403, (await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("key-0", ServiceUnderTest.ManagementKey))).Status);
        Assert.Equal(200, (await person.At(service).Ask("/internal/audit/v1", "{}")).Status);
    }

    [Fact]
    public async Task Its_own_origin_may_call()
    {
        var person = await ConsolePerson.SignIn(service);
        person.Headers.AddRange([("Origin", service.Management.GetLeftPart(UriPartial.Authority)), ("Sec-Fetch-Site", "same-origin")]);
        Assert.Equal(200, (await person.Ask("/internal/audit/v1", "{}")).Status);
    }

    [Fact]
    public async Task A_wrong_pair_is_one_sentence_and_the_sixth_within_a_minute_waits()
    {
        var person = new ConsolePerson(service);
        (string Name, string Key)[] wrong =
            [("support-desk", ReportKey), ("nobody", SupportKey), ("support-desk", "x"), ("a", "b"), ("c", "d")];
        foreach (var (name, key) in wrong)
        {
            var refused = await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody(name, key));
            Assert.Equal((401, null), (refused.Status, refused.Cookie));
            Assert.Equal("{\"resCode\":401,\"resDesc\":\"Name or key is wrong.\"}", refused.Body);
        }

        var late = await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("a", "b"));
        Assert.Equal((429, TimeSpan.FromSeconds(60)), (late.Status, late.RetryAfter));
        Assert.Contains("Too many attempts. Try again in 60 seconds.", late.Body, StringComparison.Ordinal);
        service.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, (await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("a", "b"))).Status);
    }

    [Fact]
    public async Task A_key_for_services_does_not_open_it_and_a_person_needs_a_name()
    {
        var person = new ConsolePerson(service);
        Assert.Equal(403, (await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("login-service", ReportKey))).Status);
        Assert.Equal(400, (await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("support-desk", SupportKey, "x"))).Status);
        Assert.Equal(400, (await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("support-desk", SupportKey, "m rossi"))).Status);
    }

    [Fact]
    public async Task It_ends_after_fifteen_minutes_without_a_use_and_a_refresh_is_none()
    {
        var (used, watched) = (await ConsolePerson.SignIn(service), await ConsolePerson.SignIn(service));
        watched.Headers[0] = ("X-Console", "refresh");
        service.Time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(200, (await used.Ask("/internal/audit/v1", "{}")).Status);
        Assert.Equal(200, (await watched.Ask("/internal/audit/v1", "{}")).Status);
        service.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal((401, Unauthorized), await StatusAndBody(watched));
        Assert.Equal(200, (await used.Ask("/internal/audit/v1", "{}")).Status);
        service.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal((401, Unauthorized), await StatusAndBody(used));
        Assert.Equal(204, (await used.Get(ConsolePerson.Path)).Status);
    }

    [Fact]
    public async Task It_ends_after_eight_hours_however_much_it_is_used()
    {
        var person = await ConsolePerson.SignIn(service);
        for (var minutes = 0; minutes < 8 * 60; minutes += 10)
        {
            Assert.Equal(200, (await person.Get(ConsolePerson.Path)).Status);
            service.Time.Advance(TimeSpan.FromMinutes(10));
        }

        Assert.Equal((401, Unauthorized), await StatusAndBody(person));
    }

    [Fact]
    public async Task Whoever_leaves_has_left_for_a_copy_of_the_cookie_too_and_over_a_restart()
    {
        var person = await ConsolePerson.SignIn(service);
        var copy = person.At(service);
        Assert.Equal(200, (await copy.Ask("/internal/audit/v1", "{}")).Status);
        Assert.Equal(204, (await person.Leave()).Status);
        Assert.Equal((401, Unauthorized), await StatusAndBody(copy));
        await service.Restart();
        Assert.Equal((401, Unauthorized), await StatusAndBody(copy));
        var rows = (await service.Manage("/internal/audit/v1", "{\"actor\":\"m.rossi\"}")).Body;
        Assert.Contains("\"console-sign-out\"", rows, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_in_outlives_a_restart_of_the_node_but_not_its_key()
    {
        var person = await ConsolePerson.SignIn(service, "support-desk", SupportKey);
        await service.Restart();
        Assert.Equal(200, (await person.Get(ConsolePerson.Path)).Status);
        service.App.Services.GetRequiredService<ManagementKeys>().Replace([
            ManagementKey.Of("support-desk", isNamed: true, "another key of the support desk 01234", Roles.Support, programs: null),
            ManagementKey.Of("audit", isNamed: true, ServiceUnderTest.ManagementKey, Roles.All, programs: null)]);
        Assert.Equal(204, (await person.Get(ConsolePerson.Path)).Status);
        Assert.Equal((401, Unauthorized), await StatusAndBody(person));
    }

    [Fact]
    public async Task Over_plain_HTTP_it_exists_on_the_machine_itself_only()
    {
        var person = new ConsolePerson(service);
        person.Headers.Add(("Host", "sessions.bank.example"));
        var refused = await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("support-desk", SupportKey));
        Assert.Equal(403, refused.Status);
        Assert.Contains("Open the console over HTTPS.", refused.Body, StringComparison.Ordinal);
        await using var behind = await ServiceUnderTest.Start("--Sessions:Public:KnownProxies:0=127.0.0.1");
        var secure = new ConsolePerson(behind);
        secure.Headers.AddRange([
            ("Host", "sessions.bank.example"), ("X-Forwarded-For", "10.0.0.7"), ("X-Forwarded-Proto", "https"),
            ("Origin", "https://sessions.bank.example")]);
        var answer = await secure.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("key-0", ServiceUnderTest.ManagementKey));
        Assert.Equal(200, answer.Status);
        Assert.Matches("^__Host-console=[A-Za-z0-9_-]{43}; path=/; secure; samesite=strict; httponly$", answer.Cookie);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("10.9.9.9")]
    public async Task Who_is_no_known_proxy_cannot_claim_HTTPS(string? known)
    {
        await using var exposed = await ServiceUnderTest.Start(known is null ? [] : [$"--Sessions:Public:KnownProxies:0={known}"]);
        var person = new ConsolePerson(exposed);
        person.Headers.AddRange([
            ("Host", "sessions.bank.example"), ("X-Forwarded-For", "10.0.0.7"), ("X-Forwarded-Proto", "https"),
            ("Origin", "https://sessions.bank.example")]);
        var answer = await person.Ask(ConsolePerson.Path, ConsolePerson.SignInBody("key-0", ServiceUnderTest.ManagementKey));
        Assert.Equal((403, null), (answer.Status, answer.Cookie));
    }

    [Fact]
    public async Task A_password_that_the_browser_adds_neither_hides_the_person_nor_outlives_their_session()
    {
        var person = await ConsolePerson.SignIn(service, "support-desk", SupportKey);
        var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"key-0:{ServiceUnderTest.ManagementKey}"));
        person.Headers.Add(("Authorization", $"Basic {pair}"));
        Assert.Equal(200, (await person.Get(ConsolePerson.Path)).Status);
        Assert.Equal(403, (await person.Ask("/internal/audit/v1", "{}")).Status); // as the support desk, not as key-0
        Assert.Equal(204, (await person.Leave()).Status);
        Assert.Equal((401, Unauthorized), await StatusAndBody(person));
        person.Headers[^1] = ("Authorization", $"Bearer {ServiceUnderTest.ManagementKey}");
        Assert.Equal(200, (await person.Ask("/internal/audit/v1", "{}")).Status);
    }

    [Fact]
    public async Task A_use_that_cannot_be_recorded_counts_on_this_node_and_the_status_is_shown()
    {
        var person = await ConsolePerson.SignIn(service);
        service.Time.Advance(TimeSpan.FromMinutes(14));
        service.Store.OnAppend = static (_, _) => throw new StoreUnavailableException("The disk is full.");
        Assert.Equal(200, (await person.Get(ConsolePerson.Path)).Status);
        service.Time.Advance(TimeSpan.FromMinutes(14));
        Assert.Equal(200, (await person.Get("/internal/status/v1")).Status);
        service.Store.OnAppend = null;
        Assert.Equal(200, (await person.Get(ConsolePerson.Path)).Status);
    }

    [Fact]
    public async Task A_page_opens_although_the_log_cannot_say_who_is_signed_in()
    {
        var person = await ConsolePerson.SignIn(service);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        service.Store.IsDown = true;
        Assert.Equal(200, (await person.Get("/console/cluster")).Status);
        Assert.Equal(503, (await person.Get(ConsolePerson.Path)).Status);
    }

    [Theory]
    [InlineData("/console")]
    [InlineData("/console/users/2001-0123456789abcdef0123456789abcdef")]
    [InlineData("/console/audit")]
    public async Task Its_pages_cannot_be_framed_and_run_nothing_of_others(string path)
    {
        using var answer = await service.Http.GetAsync(new Uri(service.Management, path), TestContext.Current.CancellationToken);
        string Header(string name) => string.Join(',', answer.Headers.GetValues(name));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.Equal(
            "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'",
            Header("Content-Security-Policy"));
        Assert.Equal(
            ("no-store", "nosniff", "no-referrer", "same-origin"),
            (Header("Cache-Control"), Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("Cross-Origin-Opener-Policy")));
    }

    [Fact]
    public async Task Where_it_is_switched_off_nothing_of_it_exists()
    {
        await using var off = await ServiceUnderTest.Start("--Sessions:Console=false");
        foreach (var path in (string[])["/", "/console", "/console/session", "/console/users/2001-0", "/assets/console/app.js"])
        {
            Assert.Equal(404, (await new ConsolePerson(off).Get(path)).Status);
        }
    }

    [Fact]
    public async Task A_script_without_a_session_is_not_answered_with_a_password_dialog()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Management, "/internal/status/v1"))
        {
            Headers = { { "X-Console", "refresh" } },
        };
        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    private static async Task<(int Status, string Body)> StatusAndBody(ConsolePerson person)
    {
        var answer = await person.Ask("/internal/audit/v1", "{}");
        return (answer.Status, answer.Body);
    }
}
