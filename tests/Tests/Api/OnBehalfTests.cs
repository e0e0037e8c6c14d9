// What support, services and the user on another device do over HTTP: sign-outs, locks, wakes; and what the person reads of it.
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class OnBehalfTests : IAsyncLifetime
{
    private const string CallUs = "Call us before you sign in again.";

    private ServiceUnderTest service = null!;
    private int requests;

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start(
        $"Sessions:Sentences:call-us:en={CallUs}", "Sessions:Sentences:call-us:it=Ci chiami.", "Sessions:Reasons:0=branch-asked");

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Support_signs_out_a_device_and_everybody_hears_of_it()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        using var ofPhone = await NoticeCalls.Open(service, phone);
        using var ofTablet = await NoticeCalls.Open(service, tablet);
        var answer = await SignOut(phone, "device", $"\"device\":\"{RefOf(phone)}\",\"sentence\":\"call-us\",\"ticket\":\"FD-1\"");
        Assert.Equal(200, answer.Status);
        var said = Json(answer);
        Assert.Equal(phone.Session, said.GetProperty("ended")[0].GetProperty("sessionId").GetGuid());
        Assert.Equal(RefOf(tablet), said.GetProperty("owed")[0].GetProperty("to").GetString());

        var ended = await NextOf(ofPhone, "session-ended");
        Assert.Equal(("bank", "you-asked", CallUs), (Text(ended, "by"), Text(ended, "why"), Text(ended, "sentence")));
        Assert.Equal("bank", Text(await NextOf(ofTablet, "device-signed-out"), "by"));
        Assert.Equal(401, (await service.Sessions(phone.LoginToken)).Status);
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", phone.LoginToken))).Body);
        Assert.Equal(401, (await service.Logout(phone)).Status); // it was not the app's own sign-out
        var list = Json(await service.Sessions(tablet.LoginToken)).GetProperty("ended")[0];
        Assert.Equal(("bank", CallUs), (list.GetProperty("by").GetString(), list.GetProperty("sentence").GetString()));
    }

    [Fact]
    public async Task A_request_acts_once_and_its_repeat_says_the_same()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        var body = Body(phone, "user", "", "11111111-1111-4111-8111-111111111111");
        var first = await service.Manage("/internal/sign-out/v1", body);
        var length = await LengthOf(phone);
        await NoticeCalls.Return(service, phone);
        var again = await service.Manage("/internal/sign-out/v1", body);
        Assert.Equal((first.Status, first.Body), (again.Status, again.Body));
        Assert.Equal(length + 1, await LengthOf(phone)); // the new session, which the repeat did not end
        var other = Json(await SignOut(tablet, "session", $"\"sessionId\":\"{tablet.Session}\"")).GetProperty("already");
        Assert.Equal(("bank", "key-0"), (other.GetProperty("by").GetString(), other.GetProperty("actor").GetString()));
    }

    [Fact]
    public async Task A_lock_keeps_every_new_session_out_until_its_time()
    {
        var phone = await service.SignIn();
        var until = service.Time.GetUtcNow().AddHours(1);
        Assert.Equal(200, (await Lock("lock", phone, $"\"sentence\":\"call-us\",\"until\":\"{until:yyyy-MM-ddTHH:mm:ssZ}\"")).Status);
        var refused = await service.Report(service.Know(phone.Elsewhere()));
        Assert.Equal((409, CallUs), (refused.Status, Json(refused).GetProperty("sentence").GetString()));
        Assert.Equal(200, (await service.Sessions(phone.LoginToken)).Status); // live sessions stay
        service.Time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(201, (await service.Report(service.Know(service.NewVisitor(phone.Account)))).Status);
    }

    [Fact]
    public async Task A_release_lets_sign_ins_through_and_says_whether_it_changed_anything()
    {
        var phone = await service.SignIn();
        Assert.True(Json(await Lock("lock", phone, $"\"device\":\"{RefOf(phone)}\"")).GetProperty("changed").GetBoolean());
        Assert.Equal(409, (await service.Report(service.Know(phone.Again()))).Status);
        Assert.Equal(201, (await service.Report(service.Know(phone.Elsewhere()))).Status);
        Assert.True(Json(await Lock("release", phone, $"\"device\":\"{RefOf(phone)}\"")).GetProperty("changed").GetBoolean());
        Assert.False(Json(await Lock("release", phone, $"\"device\":\"{RefOf(phone)}\"")).GetProperty("changed").GetBoolean());
        Assert.Equal(201, (await service.Report(service.Know(phone.Again()))).Status);
    }

    [Fact]
    public async Task The_user_signs_out_the_other_devices_from_this_one()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        var answer = await Elsewhere(phone, "{\"scope\":\"others\",\"requestId\":\"22222222-2222-4222-8222-222222222222\"}");
        Assert.Equal(200, answer.Status);
        Assert.Equal(RefOf(tablet), Json(answer).GetProperty("data")[0].GetProperty("ref").GetString());
        Assert.Equal((200, 401), ((await service.Sessions(phone.LoginToken)).Status, (await service.Sessions(tablet.LoginToken)).Status));
        var ended = Json(await service.Sessions(phone.LoginToken)).GetProperty("ended")[0];
        Assert.Equal("another-device", ended.GetProperty("by").GetString());

        // At the next start on the tablet the app can say why.
        var report = await service.Report(service.Know(tablet.Again()));
        Assert.Equal("another-device", Json(report).GetProperty("before").GetProperty("by").GetString());
    }

    [Fact]
    public async Task A_token_that_is_not_fresh_or_of_a_session_that_has_ended_ends_nothing_elsewhere()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        var body = "{\"scope\":\"user\",\"requestId\":\"22222222-2222-4222-8222-222222222222\"}";
        Assert.Equal(200, (await service.Logout(phone)).Status);
        Assert.Equal(401, (await Elsewhere(phone, body)).Status);
        service.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(403, (await Elsewhere(tablet, body)).Status);
        Assert.Equal(200, (await service.Sessions(tablet.LoginToken)).Status);
    }

    [Fact]
    public async Task A_device_has_the_name_that_its_user_gave_it_and_what_the_login_service_said()
    {
        var phone = service.NewVisitor();
        var expires = service.Time.GetUtcNow().AddHours(8);
        var report = await service.Manage("/internal/sessions/v1", JsonSerializer.Serialize(new
        {
            program = 2001, account = phone.Account, sessionId = phone.Session, deviceId = phone.Device, signInMode = 1,
                expiresAt = expires,
            device = new { name = "Pixel 8", model = "GP4BC", kind = "phone", push = "ref-1" },
        }));
        Assert.Equal(201, report.Status);
        Assert.Equal("Pixel 8", (await OwnSession(phone)).GetProperty("name").GetString());
        Assert.Equal(200, (await Post(phone, "/onboarding/user/devices/name/v1",
            $"{{\"device\":\"{RefOf(phone)}\",\"name\":\"Work\"}}")).Status);
        var own = await OwnSession(phone);
        Assert.Equal(("Work", "GP4BC", RefOf(phone)), (Text(own, "name"), Text(own, "model"), Text(own, "ref")));
        Assert.Equal(404, (await Post(phone, "/onboarding/user/devices/name/v1",
            $"{{\"device\":\"{new string('0', 32)}\",\"name\":\"x\"}}")).Status);
    }

    [Fact]
    public async Task A_wake_is_taken_once_and_not_for_a_device_that_has_confirmed()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        Assert.Equal(200, (await SignOut(phone, "device", $"\"device\":\"{RefOf(phone)}\"")).Status);
        var wake = $"{{\"program\":2001,\"account\":\"{phone.Account}\",\"device\":\"{RefOf(tablet)}\",\"version\":3}}";
        Assert.True(Json(await service.Manage("/internal/wakes/v1", wake)).GetProperty("wake").GetBoolean());
        Assert.False(Json(await service.Manage("/internal/wakes/v1", wake)).GetProperty("wake").GetBoolean());
    }

    [Fact]
    public async Task An_identity_provider_ends_everything_of_a_subject()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        const string path = "/internal/global-token-revocation/v1";
        var subject = $"{{\"sub_id\":{{\"format\":\"iss_sub\",\"iss\":\"2001\",\"sub\":\"{phone.Account}\"}}}}";
        Assert.Equal(204, (await service.Manage(path, subject)).Status);
        Assert.Equal((401, 401), ((await service.Sessions(phone.LoginToken)).Status, (await service.Sessions(tablet.LoginToken)).Status));
        service.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(204, (await service.Manage(path, subject)).Status); // nothing lives: as wished
        var nobody = $"{{\"sub_id\":{{\"format\":\"opaque\",\"id\":\"2001-{new string('0', 32)}\"}}}}";
        Assert.Equal(404, (await service.Manage(path, nobody)).Status);
        Assert.Equal(400, (await service.Manage(path, "{\"sub_id\":{\"format\":\"email\",\"email\":\"a@b.c\"}}")).Status);
    }

    [Fact]
    public async Task A_session_that_nobody_reported_ends_with_the_user_and_the_next_sign_in_lives()
    {
        var visitor = service.NewVisitor();
        Assert.StartsWith("{\"active\":true", (await service.Introspect(("token", visitor.LoginToken))).Body, StringComparison.Ordinal);
        using var stream = await NoticeCalls.Open(service, visitor);
        await stream.UntilLive();
        var body = Body(visitor, "user", "", "11111111-1111-4111-8111-111111111111");
        var first = await service.Manage("/internal/sign-out/v1", body);
        Assert.Equal(200, first.Status);
        Assert.Equal("bank", Text(await NextOf(stream, "session-ended"), "by"));
        Assert.Equal(first.Body, (await service.Manage("/internal/sign-out/v1", body)).Body);
        Assert.Equal(["signed-out-on-behalf.v1"], await service.EventsOf(visitor)); // once, whose user the log did not know

        await AssertRefused(visitor);
        Assert.Equal(["signed-out-on-behalf.v1"], await service.EventsOf(visitor));
        await service.Restart();
        await AssertRefused(visitor);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        var again = service.NewVisitor(visitor.Account); // not reported either
        Assert.StartsWith("{\"active\":true", (await service.Introspect(("token", again.LoginToken))).Body, StringComparison.Ordinal);
        Assert.Equal(201, (await service.Report(service.Know(again.Again()))).Status);
        Assert.Equal(200, (await service.Logout(again)).Status);
    }

    [Fact]
    public async Task An_identity_provider_and_the_user_end_what_nobody_reported()
    {
        var unreported = service.NewVisitor();
        var subject = $"{{\"sub_id\":{{\"format\":\"iss_sub\",\"iss\":\"2001\",\"sub\":\"{unreported.Account}\"}}}}";
        Assert.Equal(204, (await service.Manage("/internal/global-token-revocation/v1", subject)).Status);
        await AssertRefused(unreported);

        var phone = await service.SignIn();
        var other = service.Know(phone.Elsewhere());
        Assert.Equal(200, (await service.Sessions(other.LoginToken)).Status);
        var body = "{\"scope\":\"others\",\"requestId\":\"22222222-2222-4222-8222-222222222222\"}";
        Assert.Equal(200, (await Elsewhere(phone, body)).Status);
        await AssertRefused(other);
        Assert.Equal(200, (await service.Sessions(phone.LoginToken)).Status);
    }

    [Fact]
    public async Task A_user_whom_the_log_does_not_know_cannot_be_signed_out_by_reference()
    {
        var visitor = service.NewVisitor();
        var body = $"{{\"user\":\"{visitor.User.Reference}\",\"scope\":\"user\",\"reason\":\"phone-lost\","
            + $"\"requestId\":\"{NextRequest()}\"}}";
        Assert.Equal(404, (await service.Manage("/internal/sign-out/v1", body)).Status);
        var unknown = Body(visitor, "user", "", NextRequest()).Replace(":2001,", ":4444,", StringComparison.Ordinal);
        Assert.Equal(404, (await service.Manage("/internal/sign-out/v1", unknown)).Status); // no such program
        Assert.Empty(await service.EventsOf(visitor));
    }

    [Theory]
    [InlineData("\"scope\":\"galaxy\",\"reason\":\"phone-lost\"")]
    [InlineData("\"scope\":\"user\",\"reason\":\"because\"")]
    [InlineData("\"scope\":\"user\"")]
    [InlineData("\"scope\":\"user\",\"reason\":\"phone-lost\",\"ticket\":\"what the customer said\"")]
    [InlineData("\"scope\":\"user\",\"reason\":\"phone-lost\",\"sentence\":\"unheard-of\"")]
    [InlineData("\"scope\":\"user\",\"reason\":\"phone-lost\",\"quiet\":\"yes\"")]
    [InlineData("\"scope\":\"user\",\"reason\":\"phone-lost\",\"lock\":true")]
    [InlineData("\"scope\":\"user\",\"reason\":\"phone-lost\",\"lock\":{\"until\":\"2020-01-01T00:00:00Z\"}")]
    [InlineData("\"scope\":\"device\",\"reason\":\"phone-lost\"")]
    [InlineData("\"scope\":\"device\",\"reason\":\"phone-lost\",\"device\":\"7971\"")]
    [InlineData("\"scope\":\"session\",\"reason\":\"phone-lost\"")]
    public async Task What_is_not_on_a_list_or_has_another_form_is_400_and_nothing_happens(string members)
    {
        var phone = await service.SignIn();
        var body = $"{{\"program\":2001,\"account\":\"{phone.Account}\",\"requestId\":\"11111111-1111-4111-8111-111111111111\",{members}}}";
        Assert.Equal(400, (await service.Manage("/internal/sign-out/v1", body)).Status);
        Assert.Equal(200, (await service.Sessions(phone.LoginToken)).Status);
    }

    [Fact]
    public async Task A_reason_of_the_bank_s_own_is_taken_and_a_session_of_somebody_else_is_unknown()
    {
        var (phone, other) = (await service.SignIn(), await service.SignIn());
        Assert.Equal(404, (await SignOut(phone, "session", $"\"sessionId\":\"{other.Session}\"")).Status);
        var body = Body(phone, "user", "", NextRequest()).Replace("phone-lost", "branch-asked", StringComparison.Ordinal);
        Assert.Equal(200, (await service.Manage("/internal/sign-out/v1", body)).Status);
    }

    private async Task AssertRefused(Visitor visitor)
    {
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", visitor.LoginToken))).Body);
        Assert.Equal(401, (await service.Sessions(visitor.LoginToken)).Status);
        Assert.Equal((401, 401), ((await service.Logout(visitor)).Status, (await service.Logout(visitor, "2")).Status));
        using var stream = await NoticeCalls.Open(service, visitor);
        Assert.Equal(401, stream.Status);
    }

    private static string RefOf(Visitor visitor) => DeviceId.Of(visitor.Device).HashText;

    private static JsonElement Json(Reply reply) => JsonDocument.Parse(reply.Body).RootElement;

    private static async Task<JsonElement> NextOf(EventStreamClient stream, string name)
    {
        var item = await stream.NextEvent();
        Assert.Equal(name, item?.Event);
        return JsonDocument.Parse(item!.Data!).RootElement;
    }

    private static string? Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) ? value.GetString() : null;

    private async Task<JsonElement> OwnSession(Visitor visitor) =>
        Json(await service.Sessions(visitor.LoginToken)).GetProperty("data")[0];

    private async Task<int> LengthOf(Visitor visitor) => (await service.EventsOf(visitor)).Count;

    private string NextRequest() => $"33333333-3333-4333-8333-{++requests:d12}";

    private static string Body(Visitor visitor, string scope, string more, string request) =>
        $"{{\"program\":2001,\"account\":\"{visitor.Account}\",\"scope\":\"{scope}\",\"reason\":\"phone-lost\",\"requestId\":\"{request}\""
        + $"{(more.Length > 0 ? "," : "")}{more}}}";

    private Task<Reply> SignOut(Visitor visitor, string scope, string more) =>
        service.Manage("/internal/sign-out/v1", Body(visitor, scope, more, NextRequest()));

    private Task<Reply> Lock(string verb, Visitor visitor, string more) => service.Manage(
        $"/internal/{verb}/v1",
        $"{{\"program\":2001,\"account\":\"{visitor.Account}\",\"reason\":\"fraud-suspected\",\"requestId\":\"{NextRequest()}\",{more}}}");

    private Task<Reply> Elsewhere(Visitor visitor, string body) => Post(visitor, "/onboarding/user/sessions/sign-out/v1", body);

    private Task<Reply> Post(Visitor visitor, string path, string body) =>
        service.Send(new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, path))
        {
            Headers = { { "X-API-TOKEN", visitor.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        });
}
