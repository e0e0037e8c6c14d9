// What a sign-out means to everybody else: other calls with the same token, other sign-outs at the same time, later sign-ins.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class SignOutRulesTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private const string Inactive = "{\"active\":false}";

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Many_identical_sign_outs_at_once_are_one(string mode)
    {
        await using var own = await ServiceUnderTest.Start();
        var visitor = own.NewVisitor();
        await AllSucceed(own, visitor, mode);
        Assert.Equal(2, (await own.EventsOf(visitor)).Count);

        await own.Restart();
        await AllSucceed(own, visitor, mode);
        Assert.Equal(2, (await own.EventsOf(visitor)).Count);
        Assert.Equal(Inactive, (await own.Introspect(("token", visitor.LoginToken))).Body);
    }

    [Fact]
    public async Task Both_modes_at_once_are_decided_one_after_the_other_and_the_session_is_ended()
    {
        await using var own = await ServiceUnderTest.Start();
        var visitor = await own.SignIn();
        var (reached, goOn) = own.Store.HoldAppend();
        var first = own.Logout(visitor, "1");
        await reached;
        var second = own.Logout(visitor, "2"); // waits for its turn: by then its token's session has ended
        goOn.SetResult();
        Assert.Equal((200, 401), ((await first).Status, (await second).Status));
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await own.EventsOf(visitor));
        Assert.Equal("{\"active\":false}", (await own.Introspect(("token", visitor.LoginToken))).Body);
    }

    [Fact]
    public async Task A_token_whose_session_has_ended_authorises_nothing_else()
    {
        var visitor = await service.SignIn();
        Assert.Equal(200, (await service.Logout(visitor, "1")).Status);
        service.Time.Advance(TimeSpan.FromSeconds(1));

        var introspection = await service.Introspect(("token", visitor.LoginToken));
        Assert.Equal((200, Inactive), (introspection.Status, introspection.Body));
        Assert.Equal(Inactive, (await service.IntrospectById(visitor)).Body);
        Assert.Equal(401, (await service.Sessions(visitor.LoginToken)).Status);
        Assert.Equal(401, (await service.Logout(visitor, "2")).Status);
        Assert.Equal(200, (await service.Logout(visitor, "1")).Status);
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await service.EventsOf(visitor));
    }

    [Fact]
    public async Task Signing_in_again_on_a_device_takes_the_place_of_its_session()
    {
        var first = await service.SignIn();
        var second = service.Know(first.Again());
        Assert.Equal(201, (await service.Report(second)).Status);
        Assert.Equal(["session-started.v1", "session-superseded.v1", "session-started.v1"], await service.EventsOf(first));
        Assert.Equal(Inactive, (await service.Introspect(("token", first.LoginToken))).Body);
        Assert.Equal(401, (await service.Logout(first)).Status);
        Assert.Equal(401, (await service.Sessions(first.LoginToken)).Status);
        Assert.Equal(200, (await service.Sessions(second.LoginToken)).Status);
        Assert.Equal(200, (await service.Logout(second)).Status);
    }

    [Fact]
    public async Task A_device_sign_out_turns_the_devices_own_sign_in_off_until_the_next_PIN()
    {
        var visitor = await service.SignIn();
        Assert.Equal(200, (await service.Logout(visitor, "2")).Status);
        service.Time.Advance(TimeSpan.FromSeconds(1));

        var byDevice = await service.Report(service.Know(visitor.Again()), mode: 2);
        Assert.Equal(409, byDevice.Status);
        Assert.Contains("Device-based sign-in is off", byDevice.Body, StringComparison.Ordinal);
        Assert.Equal(201, (await service.Report(service.Know(visitor.Again()))).Status);
        Assert.Equal(201, (await service.Report(service.Know(visitor.Again()), mode: 2)).Status);
    }

    [Fact]
    public async Task The_list_of_sessions_shows_the_callers_own_with_labels_and_times_only()
    {
        var phone = await service.SignIn();
        var tablet = service.Know(phone.Elsewhere());
        await service.Report(tablet);
        var reply = await service.Sessions(tablet.LoginToken);
        var data = System.Text.Json.JsonElement.Parse(reply.Body).GetProperty("data").EnumerateArray().ToList();
        Assert.Equal([phone.Device[^4..], tablet.Device[^4..]], data.Select(session => session.GetProperty("device").GetString()!));
        Assert.Equal([false, true], data.Select(session => session.GetProperty("current").GetBoolean()));
        Assert.All(data, session => Assert.Equal(
            ["device", "signInMode", "startedAt", "expiresAt", "current", "ref", "lastSeenAt"],
            session.EnumerateObject().Select(member => member.Name)));
        Assert.DoesNotContain(phone.Account, reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_cannot_say_whether_it_stored_is_asked_again()
    {
        var (lost, kept) = (await service.SignIn(), await service.SignIn());
        service.Store.OnAppend = async (inner, append) =>
        {
            if (append.Stream == kept.User.Stream)
            {
                Assert.Equal(AppendOutcome.Appended, await inner.Append(append));
            }

            return AppendOutcome.Unknown;
        };
        var (found, notFound) = (await service.Logout(kept), await service.Logout(lost));
        service.Store.OnAppend = null;
        Assert.Equal((200, 503), (found.Status, notFound.Status));
        Assert.Equal(ServiceUnderTest.Unavailable, notFound.Body);
        Assert.NotNull(notFound.Headers.RetryAfter);
        Assert.Equal((200, 200), ((await service.Logout(kept)).Status, (await service.Logout(lost)).Status));
        Assert.Equal((2, 2), ((await service.EventsOf(kept)).Count, (await service.EventsOf(lost)).Count));
    }

    private static async Task AllSucceed(ServiceUnderTest service, Visitor visitor, string mode)
    {
        var replies = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => service.Logout(visitor, mode)));
        Assert.All(replies, reply => Assert.Equal((200, ServiceUnderTest.Success), (reply.Status, reply.Body)));
    }
}
