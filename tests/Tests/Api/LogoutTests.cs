// The contract: what an app of the bank sees when it signs its user out.
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Tests.Api.Tokens;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class LogoutTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private const string SampleLoginToken =
        "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0..ZJitdRZXJMeJkxFz.PuV48dCHwNI8gt0u1p7wVo8MiLNgyC5BfCkz7Qvpn2NNzXHEgVsf"
        + "hd4AAHyCq0-FpMHBd5_kR2yZw-fZ-ZQHIqgT-PUOy4H9w1OBDuw0jWfcRtPnT8BNV1bDO7OvVKBplVksyifTLIYX5zFu4HfmHXygEBvv11sL8W"
        + "UVHyTH8QgLMHLu2qT7l0UBTGHD8pgcZeZAQFdEXPpkglbRVdOedUda7Am1-NSvPLch5s1vyxRNrlR--8xzlfE5munVeYp8ln6L1A.foUnrZNCj"
        + "NqEcoA_6u9SOw";

    private const string SampleAppToken =
        "eyJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiZGlyIn0..b6UC68wkKw3icLR-.8xVJwyqcg-gbagibGl30a-6bcScmGJTYAJbnKt1uqA8n7EYgBYES"
        + "RB9VDQrqX8p2jJkNidI12XyRf5X033UtyVZ7pWqxN7pdud6ZVf0ZAuh_hTL2Jk7kham1qDM11l2gtRhn0IA34h6NMYMvKZG0Aju0NkIwzcQApY"
        + "82T689SoYlAIPWJRk3JoLBX0H_LzP_1FvFgKCtebXitQu_3LibG-1orKvhTWTddRARk4dAJSV0xYoF_t6cQ8xMWszyEIhblXV5JQ.aT0zUbt6a"
        + "l4aymQydmLQSQ";

    [Fact]
    public async Task The_contracts_sample_with_its_foreign_tokens_gets_the_fixed_401()
    {
        var body = $$"""
            {
                "signOutMode":1,
                "deviceId":"tdid:zoqDZXDF59W+5yuhCodFoDGCGXTo8uHJkVRhLTOxk6o=:7971",
                "token":"{{SampleAppToken}}"
            }
            """;
        var before = await service.LogLength();
        var answer = await service.Ask(RawLogout.Of(service.NewVisitor()).Token(SampleLoginToken).Saying(body)
            .With("Cookie: JSESSIONID=C0D114845B4EC3A92A840A1B862E96F4"));
        Assert.Equal((401, ServiceUnderTest.Unauthorized), (answer.Status, answer.Body));
        Assert.Equal(before, await service.LogLength());
    }

    [Fact]
    public async Task A_sign_out_gets_the_contracts_bytes_and_no_header_that_names_software()
    {
        var visitor = await service.SignIn();
        var answer = await service.Ask(RawLogout.Of(visitor).With("Cookie: JSESSIONID=C0D114845B4EC3A92A840A1B862E96F4"));
        Assert.Equal((200, ServiceUnderTest.Success), (answer.Status, answer.Body));
        Assert.Equal(
            ["HTTP/1.1 200 OK", "Cache-Control: no-store", "Content-Length: 35", "Content-Type: application/json; charset=utf-8"],
            answer.Fixed.Split("\r\n")[..^1].OrderBy(line => line[0] != 'H').ThenBy(line => line));
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await service.EventsOf(visitor));
    }

    [Fact]
    public async Task With_the_simulator_of_the_neighbours_a_user_signs_in_and_out()
    {
        const string account = "8806000000001";
        var app = await Simulate("/token-service/new/v2/token", account, token: null, "");
        var appToken = app.GetProperty("token").GetString()!;
        Assert.Equal(service.Time.GetUtcNow().AddMinutes(30).ToUnixTimeMilliseconds(), app.GetProperty("expiry").GetInt64());

        var login = await Simulate("/onboarding/user/login/v1", account, appToken, $$"""
            {"keyRef":"","pin":"1111","signInMode":1,"token":"{{appToken}}","authType":"1","deviceId":"anid:phone:f3bb"}
            """);
        var loginToken = login.GetProperty("data").GetProperty("token").GetString()!;
        var body = $$"""{"signOutMode":1,"deviceId":"anid:phone:f3bb","token":"{{appToken}}"}""";
        Assert.Equal(200, (await service.Sessions(loginToken)).Status);

        var first = await service.Logout(loginToken, body);
        var length = await service.LogLength();
        var second = await service.Logout(loginToken, body);
        Assert.Equal((200, ServiceUnderTest.Success), (first.Status, first.Body));
        Assert.Equal((200, ServiceUnderTest.Success), (second.Status, second.Body));
        Assert.Equal(length, await service.LogLength());
        Assert.Equal(401, (await service.Sessions(loginToken)).Status);
    }

    [Fact]
    public async Task The_simulator_refuses_a_wrong_pin_and_a_foreign_token()
    {
        const string account = "8806000000002";
        var token = (await Simulate("/token-service/new/v2/token", account, token: null, "")).GetProperty("token").GetString()!;
        const string body = """{"pin":"0000","signInMode":1,"deviceId":"d"}""";
        const string login = "/onboarding/user/login/v1";
        Assert.Equal(401, (await Ask(login, account, token, body)).Status);
        Assert.Equal(401, (await Ask(login, account, token[..^1], body)).Status);
        Assert.Equal(401, (await Ask(login, account + "1", token, body.Replace("0000", "1234", StringComparison.Ordinal))).Status);
        Assert.Equal(401, (await Ask(login, account, token, body.Replace("0000", "\\ud800", StringComparison.Ordinal))).Status);
        Assert.Equal(400, (await Ask(login, account, token, """{"pin":"1234","signInMode":3,"deviceId":"d"}""")).Status);
        Assert.Equal(401, (await Ask("/token-service/new/v2/token", "0100", null, "")).Status);
    }

    [Theory]
    [InlineData("1", "session-signed-out.v1")]
    [InlineData("\"1\"", "session-signed-out.v1")]
    [InlineData("2", "device-signed-out.v1")]
    [InlineData("\"2\"", "device-signed-out.v1")]
    [InlineData(null, "session-signed-out.v1")]
    public async Task A_mode_ends_what_it_names(string? mode, string expected)
    {
        var visitor = await service.SignIn();
        Assert.Equal(200, (await service.Logout(visitor, mode)).Status);
        Assert.Equal(["session-started.v1", expected], await service.EventsOf(visitor));
    }

    [Fact]
    public async Task Without_a_mode_a_session_that_the_device_started_ends_with_the_device()
    {
        var visitor = await service.SignIn(mode: 2);
        Assert.Equal(200, (await service.Logout(visitor, mode: null)).Status);
        Assert.Equal(["session-started.v1", "device-signed-out.v1"], await service.EventsOf(visitor));
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    public async Task A_session_that_nobody_reported_is_adopted_and_ended_in_one_step(string mediaType)
    {
        var visitor = service.NewVisitor();
        var reply = await service.Logout(visitor.LoginToken, visitor.Body(), mediaType);
        Assert.Equal((200, ServiceUnderTest.Success), (reply.Status, reply.Body));
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await service.EventsOf(visitor));
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        Assert.Equal(2, (await service.EventsOf(visitor)).Count);
    }

    [Theory]
    [InlineData("9999999999999999999")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999")]
    public async Task An_account_number_beyond_64_bits_keeps_every_digit(string account)
    {
        var visitor = service.NewVisitor(account);
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        Assert.Matches("^user-2001-[0-9a-f]{32}$", visitor.User.Stream);
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await service.EventsOf(visitor));
    }

    [Fact]
    public async Task An_app_token_may_have_expired_and_a_login_token_may_not()
    {
        var visitor = await service.SignIn();
        var now = visitor.IssuedAt.ToUnixTimeSeconds();
        (string, string?)[] times(long end) => [("iat", $"{end - 1800}"), ("exp", $"{end}")];

        var late = await service.Logout(visitor.LoginTokenWith(times(now - 60)), visitor.Body());
        var oldAppToken = visitor.AppTokenWith(times(now - 9999));
        var withinLeeway = await service.Logout(visitor.LoginTokenWith(times(now - 59)), visitor.Body(token: $"\"{oldAppToken}\""));
        Assert.Equal((401, 200), (late.Status, withinLeeway.Status));
    }

    [Fact]
    public async Task The_body_may_carry_any_authentic_token_of_the_user_while_both_kinds_share_a_key()
    {
        var (visitor, other) = (await service.SignIn(), service.NewVisitor());
        var anonymous = visitor.AppTokenWith(("X-ACCOUNT-NUMBER", null), ("USER_ID", null));
        var others = await service.Logout(visitor.LoginToken, visitor.Body(token: $"\"{other.AppToken}\""));
        var otherNumber = await service.Logout(visitor.LoginToken, visitor.Body(token: $"\"{visitor.AppTokenWith(("USER_ID", "1002"))}\""));
        var program = await service.Logout(visitor.LoginToken, visitor.Body(token: $"\"{visitor.AppTokenWith(("PROGRAM_ID", "1111"))}\""));
        Assert.Equal((401, 401, 401), (others.Status, otherNumber.Status, program.Status));
        Assert.Equal(["session-started.v1"], await service.EventsOf(visitor));
        Assert.Equal(200, (await service.Logout(visitor.LoginToken, visitor.Body(token: $"\"{anonymous}\""))).Status);
        Assert.Equal(200, (await service.Logout(visitor.LoginToken, visitor.Body(token: $"\"{visitor.LoginToken}\""))).Status);
    }

    [Fact]
    public async Task With_keys_of_their_own_the_kinds_of_token_cannot_stand_for_each_other()
    {
        await using var separate = await ServiceUnderTest.Start(
            new ServiceUnderTest { AppKey = TestTokens.OtherKey },
            $"--Sessions:Programs:2001:AppTokenKeys:0={System.Buffers.Text.Base64Url.EncodeToString(TestTokens.OtherKey)}");
        var visitor = await separate.SignIn();
        Assert.Equal(401, (await separate.Logout(visitor.LoginToken, visitor.Body(token: $"\"{visitor.LoginToken}\""))).Status);
        Assert.Equal(401, (await separate.Logout(visitor.AppToken, visitor.Body())).Status);
        Assert.Equal(200, (await separate.Logout(visitor)).Status);
    }

    private async Task<JsonElement> Simulate(string path, string account, string? token, string body)
    {
        var reply = await Ask(path, account, token, body);
        Assert.Equal(200, reply.Status);
        return JsonElement.Parse(reply.Body);
    }

    private Task<Reply> Ask(string path, string account, string? token, string body)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, path))
        {
            Content = new StringContent(body, Encoding.UTF8, "text/plain"),
        };
        request.Headers.Add("X-API-KEY", "MOB-APP-2001");
        request.Headers.Add("X-ACCOUNT-NUMBER", account);
        if (token is not null)
        {
            request.Headers.Add("X-API-TOKEN", token);
        }

        return service.Send(request);
    }
}
