// What a person who looks for one request finds: its id in the answer and in the log, a line for every refusal on both listeners, and in
// Development the reason in the answer.
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class RequestIdTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private const string Sessions = "/onboarding/user/sessions/v1";

    [Theory]
    [InlineData("a")]
    [InlineData("7b1f0e9a-2c4d-4e6f-8a1b-3c5d7e9f0a2b")]
    [InlineData("Az09._-Az09._-Az09._-Az09._-Az09._-Az09._-Az09._-Az09._-Az09._-A")]
    public async Task A_callers_id_comes_back_and_stands_in_the_log(string id)
    {
        service.Time.Advance(TimeSpan.FromSeconds(2)); // A second line of one kind and caller is left out.
        Assert.Equal(id, IdOf(await Ask(HttpMethod.Get, Sessions, id)));
        Assert.Contains(service.Log.Refusals, line => CapturedLog.FieldOf(line, "rid") == id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a=b")]
    [InlineData("a:b")]
    [InlineData("65-characters-65-characters-65-characters-65-characters-65-charact")]
    [InlineData("first", "second")]
    public async Task An_id_that_could_not_stand_in_a_line_is_replaced(params string[] ids)
    {
        var own = IdOf(await Ask(HttpMethod.Get, Sessions, ids));
        Assert.DoesNotContain(own, ids);
        Assert.Matches("^[A-Za-z0-9._-]{1,64}$", own);
    }

    [Fact]
    public async Task Every_answer_has_an_id_and_no_two_have_the_same()
    {
        var visitor = await service.SignIn();
        Reply[] answers =
        [
            await service.Logout(visitor), await service.Logout("x", visitor.Body()), await Ask(HttpMethod.Get, "/nowhere"),
            await Ask(HttpMethod.Delete, Sessions), await service.Manage("/health/ready", content: null, key: null),
            await service.Manage("/internal/user/v1", "{}"), await service.Manage("/internal/user/v1", "{}"),
            await service.Logout(visitor.LoginToken, new string('x', 17_000)),
        ];
        Assert.Equal([200, 401, 404, 405, 200, 400, 400, 413], answers.Select(answer => answer.Status));
        Assert.Equal(answers.Length, answers.Select(IdOf).Distinct().Count());
    }

    [Fact]
    public async Task A_fault_of_the_service_has_the_id_of_its_line()
    {
        await using var broken = await ServiceUnderTest.Start();
        var visitor = broken.NewVisitor();
        broken.Store.OnAppend = (_, _) => throw new InvalidOperationException("A disk that burns.");
        var answer = await broken.Logout(visitor);
        Assert.Equal((503, "unhandled"), (answer.Status, CodeOf(answer)));
        Assert.Contains(broken.Log.Complaints, line => line.Text.Contains($"rid={IdOf(answer)}", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("/internal/user/v1", "[]", 400, "body_form")]
    [InlineData("/internal/user/v1", "{}", 400, "body_field")]
    [InlineData("/internal/timeline/v1", """{"program":2001,"account":"1","after":-1}""", 400, "body_field")]
    [InlineData("/internal/sessions/v1", """{"program":1}""", 400, "body_field")]
    [InlineData("/internal/feed/v1?after=x", null, 400, "query_field")]
    [InlineData("/internal/feed/v1?after=0-99999999", null, 400, "query_field")]
    [InlineData("/internal/introspect/v1", "{}", 415, "form_type")]
    public async Task A_refusal_of_the_management_listener_has_its_line(string path, string? body, int status, string code)
    {
        await using var fresh = await ServiceUnderTest.Start();
        var answer = await fresh.Manage(path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal((status, code), (answer.Status, CodeOf(answer)));
        var line = Assert.Single(fresh.Log.Refusals);
        Assert.Equal((code, $"{status}", IdOf(answer)), (
            CapturedLog.FieldOf(line, "code"), CapturedLog.FieldOf(line, "status"), CapturedLog.FieldOf(line, "rid")));
    }

    [Fact]
    public async Task A_conflict_of_a_report_and_an_unusable_form_have_their_lines()
    {
        await using var fresh = await ServiceUnderTest.Start();
        var visitor = await fresh.SignIn();
        Assert.Equal(409, (await fresh.Report(visitor with { Device = fresh.NewVisitor().Device })).Status);
        Assert.Equal(400, (await fresh.Introspect(("nothing", "asked"))).Status);
        Assert.Equal(["session_reused", "query_field"], fresh.Log.Codes);
    }

    [Theory]
    [InlineData("MOB-APP-9", null, "{}", "key_unknown")]
    [InlineData("MOB-APP-2001", "not a token", "{}", "tok_form")]
    [InlineData("MOB-APP-2001", null, "[]", "body_form")]
    public async Task A_refusal_of_the_simulator_has_its_line(string key, string? token, string body, string code)
    {
        await using var fresh = await ServiceUnderTest.Start();
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(fresh.Public, "/onboarding/user/login/v1"))
        {
            Headers = { { "X-API-KEY", key }, { "X-API-TOKEN", token ?? fresh.NewVisitor().AppToken } },
            Content = new StringContent(body),
        };
        Assert.Equal(code, CodeOf(await fresh.Send(request)));
        Assert.Equal([code], fresh.Log.Codes);
    }

    [Fact]
    public async Task What_is_accepted_stands_in_a_415()
    {
        var visitor = await service.SignIn();
        var json = await service.Logout(visitor.LoginToken, visitor.Body(), "image/png");
        Assert.Equal((415, "application/json, text/plain"), (json.Status, string.Join(", ", json.Headers.GetValues("Accept"))));
        Assert.Contains("application/json or text/plain", json.Body, StringComparison.Ordinal);
        var form = await service.Manage("/internal/introspect/v1", "{}");
        Assert.Equal((415, "application/x-www-form-urlencoded"), (form.Status, string.Join(", ", form.Headers.GetValues("Accept"))));
        Assert.Contains("application/x-www-form-urlencoded", form.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_code_is_named_in_Development_alone_and_the_body_is_the_same()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        await using var production = await ServiceUnderTest.Start(
            new ServiceUnderTest { LoginKey = key, AppKey = key }, "--environment=Production", "--Sessions:DrainGrace=00:00:00");
        var (there, here) = (await production.Logout("x", "{}"), await service.Logout("x", "{}"));
        Assert.Equal((here.Status, here.Body), (there.Status, there.Body));
        Assert.Equal(("tok_form", null), (CodeOf(here), CodeOf(there)));
        Assert.Equal(["tok_form"], production.Log.Codes);
    }

    private async Task<Reply> Ask(HttpMethod method, string path, params string[] ids)
    {
        var request = new HttpRequestMessage(method, new Uri(service.Public, path));
        Assert.All(ids, id => request.Headers.TryAddWithoutValidation(RequestId.Header, id));
        return await service.Send(request);
    }

    private static string IdOf(Reply reply) => Assert.Single(reply.Headers.GetValues(RequestId.Header));

    private static string? CodeOf(Reply reply) => Value(reply.Headers, RefusalWriter.CodeHeader);

    private static string? Value(HttpResponseHeaders headers, string name) =>
        headers.TryGetValues(name, out var values) ? values.Single() : null;
}
