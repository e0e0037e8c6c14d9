// The nil UUID is what a service writes that has no id. As a session's or a request's it would be one that everybody shares.
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class NilIdTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private const string Request = "\"requestId\":\"11111111-1111-4111-8111-111111111111\"";
    private const string Cause = "\"reason\":\"phone-lost\"";

    /// <summary>A path, the member that is an id, and the rest of the body.</summary>
    public static TheoryData<string, string, string> Ids => new()
    {
        { "/internal/sessions/v1", "sessionId", "\"deviceId\":\"phone\",\"signInMode\":1,\"expiresAt\":\"2026-11-22T09:30:00Z\"" },
        { "/internal/sign-out/v1", "sessionId", $"\"scope\":\"session\",{Cause},{Request}" },
        { "/internal/sign-out/v1", "requestId", $"\"scope\":\"user\",{Cause}" },
        { "/internal/lock/v1", "requestId", Cause },
        { "/internal/release/v1", "requestId", Cause },
        { "/internal/search/v1", "sessionId", "" },
        { "/internal/incidents/v1", "requestId", $"{Cause},\"startedBefore\":\"2026-11-22T09:00:00Z\"" },
        { "/internal/incidents/v1/approve", "id", "" },
        { "/internal/incidents/v1/run", "id", "" },
    };

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task It_is_refused_wherever_another_service_names_an_id_and_nothing_is_stored(string path, string member, string rest)
    {
        var visitor = await service.SignIn();
        foreach (var id in (string[])[$"{Guid.Empty}", $"{Guid.Empty:B}", $"{Guid.Empty:N}"])
        {
            var user = path == "/internal/search/v1" ? "" : $"\"program\":2001,\"account\":\"{visitor.Account}\",";
            var body = $"{{{user}\"{member}\":\"{id}\"{(rest.Length > 0 ? "," : "")}{rest}}}";
            var refused = await service.Manage(path, body);
            Assert.Equal(400, refused.Status);
            Assert.StartsWith($"{{\"resCode\":400,\"resDesc\":\"{member} is mandatory: ", refused.Body, StringComparison.Ordinal);
        }

        Assert.Equal(["session-started.v1"], await service.EventsOf(visitor));
    }

    [Fact]
    public async Task A_token_with_it_names_no_session_and_asking_by_it_finds_none()
    {
        var visitor = await service.SignIn();
        var token = visitor.LoginTokenWith(("LOGIN_HISTORY_ID", $"\"{Guid.Empty}\""));
        Assert.Equal(401, (await service.Logout(token, visitor.Body())).Status);
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", token))).Body);
        var asked = await service.Introspect(
            ("program", "2001"), ("account", visitor.Account), ("session_id", $"{Guid.Empty}"));
        Assert.Equal("{\"active\":false}", asked.Body);
        Assert.Equal(["session-started.v1"], await service.EventsOf(visitor));
    }

    [Fact]
    public async Task An_app_s_request_to_sign_out_elsewhere_needs_an_id_of_its_own()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        var refused = await service.Send(
            new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, "/onboarding/user/sessions/sign-out/v1"))
            {
                Headers = { { "X-API-TOKEN", phone.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
                Content = new StringContent($"{{\"scope\":\"others\",\"requestId\":\"{Guid.Empty}\"}}"),
            });
        Assert.Equal(400, refused.Status);
        Assert.Equal(200, (await service.Sessions(tablet.LoginToken)).Status);
    }
}
