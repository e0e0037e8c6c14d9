// RFC 7009: a service ends the session of a token that it holds.
using System.Text;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

public sealed class RevokeTests : IAsyncLifetime
{
    private const string Path = "/internal/revoke/v1";

    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start();

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task The_session_of_the_token_ends_once_and_no_other_one_does()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        foreach (var hint in (string[])["", "&token_type_hint=refresh_token", "&token_type_hint=nonsense&x=1"])
        {
            Assert.Equal((200, ServiceUnderTest.Success), await Revoke($"token={phone.LoginToken}{hint}"));
        }

        Assert.Equal(["session-started.v1", "session-started.v1", "signed-out-on-behalf.v1"], await service.EventsOf(phone));
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", phone.LoginToken))).Body);
        Assert.Equal((401, 200), ((await service.Sessions(phone.LoginToken)).Status, (await service.Sessions(tablet.LoginToken)).Status));
        var timeline = await service.Manage("/internal/timeline/v1", $$"""{"program":2001,"account":"{{phone.Account}}"}""");
        Assert.Contains("\"kind\":\"service\",\"key\":\"key-0\"", timeline.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_nobody_reported_ends_as_well()
    {
        var visitor = service.NewVisitor();
        Assert.Equal(200, (await Revoke($"token={visitor.LoginToken}")).Status);
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], await service.EventsOf(visitor));
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", visitor.LoginToken))).Body);
        Assert.Equal(401, (await service.Sessions(visitor.LoginToken)).Status);
    }

    [Fact]
    public async Task A_token_that_ends_nothing_is_200_and_writes_nothing()
    {
        var visitor = await service.SignIn();
        var length = await service.LogLength();
        foreach (var token in (string[])
            [
                "x", visitor.AppToken, visitor.LoginToken[..^1], visitor.LoginTokenWith(("exp", "1")),
                visitor.LoginTokenWith(("PROGRAM_ID", "1111")), visitor.LoginToken + "&program=1111", visitor.LoginToken + "&token=again",
            ])
        {
            var isTwice = token.EndsWith("again", StringComparison.Ordinal);
            Assert.Equal(isTwice ? 400 : 200, (await Revoke($"token={token}")).Status);
        }

        Assert.Equal(length, await service.LogLength());
        Assert.Equal(200, (await service.Sessions(visitor.LoginToken)).Status);
    }

    [Theory]
    [InlineData("")]
    [InlineData("x=1")]
    [InlineData("token=")]
    public async Task Without_a_token_it_is_400(string form) =>
        Assert.Equal((400, "{\"resCode\":400,\"resDesc\":\"token is mandatory\"}"), await Revoke(form));

    [Fact]
    public async Task Not_a_form_is_415_and_our_own_trouble_is_503_with_the_token_still_alive()
    {
        Assert.Equal(415, (await service.Manage(Path, "{}")).Status);
        var visitor = await service.SignIn();
        service.Store.OnAppend = (_, _) => throw new StoreUnavailableException("The test says that nothing can be appended.");
        var reply = await service.Manage(Path, FormOf($"token={visitor.LoginToken}"));
        Assert.Equal((503, true), (reply.Status, reply.Headers.RetryAfter is not null));
        service.Store.OnAppend = null;
        Assert.Equal(200, (await service.Sessions(visitor.LoginToken)).Status);
        Assert.Equal(200, (await Revoke($"token={visitor.LoginToken}")).Status);
        Assert.Equal(401, (await service.Sessions(visitor.LoginToken)).Status);
    }

    private static StringContent FormOf(string form) => new(form, Encoding.UTF8, "application/x-www-form-urlencoded");

    private async Task<(int Status, string Body)> Revoke(string form)
    {
        var reply = await service.Manage(Path, FormOf(form));
        return (reply.Status, reply.Body);
    }
}
