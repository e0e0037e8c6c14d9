// What a refusal leaves in the log: one line, a code from a closed list, and nothing that its caller or its subject could mind.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class RefusalLogTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task A_refused_credential_is_one_line_with_its_program_and_a_thumbprint()
    {
        var visitor = await service.SignIn();
        var first = await LineOf(RawLogout.Of(visitor).Token("abc"));
        var second = await LineOf(RawLogout.Of(visitor).Token("abc"));
        var other = await LineOf(RawLogout.Of(visitor).Token("abd").Instead("X-API-KEY: MOB-APP-1111 prog=2001"));
        Assert.Matches(
            @"^evt=auth\.reject code=tok_form th=[0-9a-f]{12} prog=2001 ip=127\.0\.0\.1 dur_us=\d+ left_out=\d+ rid=\S+$", first);
        Assert.Equal(CapturedLog.FieldOf(first, "th"), CapturedLog.FieldOf(second, "th"));
        Assert.NotEqual(CapturedLog.FieldOf(first, "rid"), CapturedLog.FieldOf(second, "rid"));
        Assert.Equal(("key_unknown", "-"), (CapturedLog.FieldOf(other, "code"), CapturedLog.FieldOf(other, "prog")));
        Assert.Equal("-", CapturedLog.FieldOf(await LineOf(RawLogout.Of(visitor).Without("X-API-TOKEN")), "th"));
    }

    [Fact]
    public async Task A_refused_request_is_one_line_with_its_status()
    {
        var line = await LineOf(RawLogout.Of(await service.SignIn()).Without("X-API-KEY").Saying("x"));
        Assert.Matches(@"^evt=request\.reject code=body_form status=400 prog=- ip=127\.0\.0\.1 dur_us=\d+ left_out=0 rid=\S+$", line);
    }

    [Fact]
    public async Task No_text_of_a_caller_gets_into_the_log_or_breaks_a_line()
    {
        const string canary = "canary4711";
        var visitor = await service.SignIn();
        RawLogout[] requests =
        [
            RawLogout.Of(visitor).Token(canary),
            RawLogout.Of(visitor).Instead($"X-API-KEY: {canary}"),
            RawLogout.Of(visitor).With($"X-Forwarded-For: {canary}", $"User-Agent: {canary}", $"Cookie: JSESSIONID={canary}").Token("x"),
            RawLogout.Of(visitor).Token(visitor.LoginTokenWith(("iss", $"\"{canary}\\r\\nevt=fake \\u001b[31m\""), ("exp", "1"))),
            RawLogout.Of(visitor).Saying(visitor.Body(device: $"\"{canary}\\r\\nevt=fake\\u2028\\u001b[31m\"")),
            RawLogout.Of(visitor).Saying(visitor.Body($"\"{canary}\"")),
            RawLogout.Of(visitor).Line($"POST /{canary}%0d%0aevt=fake HTTP/1.1"),
            RawLogout.Of(visitor).Line($"{canary} {RawLogout.Path}?{canary} HTTP/1.1"),
            RawLogout.Of(visitor).Instead($"Content-Type: {canary}"),
            RawLogout.Of(visitor).Instead($"Host: {canary}").With($"Content-Length: {canary}"),
        ];
        foreach (var request in requests)
        {
            Assert.InRange((await service.Ask(request)).Status, 400, 499);
        }

        Assert.All(service.Log.Refusals, line => Assert.DoesNotContain(line, text => char.IsControl(text) || text > 127));
        ServiceUnderTest.NothingIn(service.Log.Lines.Select(line => line.Text), [canary, "evt=fake"]);
    }

    [Fact]
    public async Task A_wrong_management_key_is_one_line_too()
    {
        var lines = service.Log.Codes.Count;
        var reply = await service.Manage("/internal/introspect/v1", new StringContent(""), key: "wrong-management-key");
        Assert.Equal((401, ServiceUnderTest.Unauthorized), (reply.Status, reply.Body));
        Assert.Equal(["management_key"], service.Log.Codes.Skip(lines));
        ServiceUnderTest.NothingIn(service.Log.Lines.Select(line => line.Text), ["wrong-management-key"]);
    }

    [Fact]
    public async Task A_store_that_fails_is_our_trouble_and_one_line()
    {
        var visitor = await service.SignIn();
        var complaints = service.Log.Complaints.Count; // a silo may still say what it has begun, at any moment
        service.Store.OnAppend = (_, _) => throw new BankEzy.Sessions.EventStore.StoreUnavailableException("the disk is full");
        var answer = await service.Ask(RawLogout.Of(visitor));
        service.Store.OnAppend = null;
        Assert.Equal((503, ServiceUnderTest.Unavailable, "1"), (answer.Status, answer.Body, answer.Header("Retry-After")));
        var line = Assert.Single(service.Log.Complaints.Skip(complaints));
        Assert.Contains("the disk is full", line.Text, StringComparison.Ordinal);
        Assert.Single(await service.EventsOf(visitor));
        Assert.Equal(200, (await service.Logout(visitor)).Status);
    }

    [Fact]
    public void Every_code_has_a_name_of_its_own_and_an_answer()
    {
        var codes = Enum.GetValues<RefusalCode>().Where(code => code != RefusalCode.None).ToList();
        Assert.Equal(codes.Count, codes.Select(Refusals.NameOf).Distinct().Count());
        Assert.All(codes, code => Assert.InRange(Refusals.AnswerTo(code).Status, 400, 503));
    }

    private async Task<string> LineOf(RawLogout request)
    {
        service.Time.Advance(TimeSpan.FromSeconds(1)); // a line a second of each code
        var before = service.Log.Refusals.Count;
        await service.Ask(request);
        return Assert.Single(service.Log.Refusals.Skip(before));
    }
}
