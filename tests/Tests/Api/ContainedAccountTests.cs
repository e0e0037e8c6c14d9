// Somebody else may hold an account: four ways to contain it, each of which stops every token of it on every node and no one else's. How
// a session ends otherwise: EndedSessionTests.
using System.Buffers.Text;
using System.Text.Json;
using BankEzy.Sessions.Tests.Api.Tokens;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Api;

[Collection(PostgresCollection.Name)]
public sealed class ContainedAccountTests(PostgresServer server) : IDisposable
{
    private const string Inactive = "{\"active\":false}";

    private readonly string _connection = server.CreateSchema();

    public void Dispose() => server.DropSchema(_connection);

    [Theory]
    [InlineData("user", "")]
    [InlineData("user", ",\"lock\":{}")]
    [InlineData("device", "")]
    [InlineData("device", ",\"lock\":{}")]
    public async Task A_user_or_a_device_that_is_signed_out_or_locked_opens_nothing_anywhere(string scope, string locks)
    {
        await using var one = await Start(TestTokens.Key);
        await using var other = await Start(TestTokens.Key);
        var (phone, tablet) = await NoticeCalls.SignInTwice(one);
        var (stranger, unreported) = (await one.SignIn(), one.Know(phone.Elsewhere()));
        Know(other, phone, tablet, stranger, unreported);
        Visitor[] ended = scope == "user" ? [phone, tablet, unreported] : [phone]; // a session that nobody reported has no device
        Visitor[] untouched = scope == "user" ? [stranger] : [stranger, tablet];
        Dictionary<Visitor, EventStreamClient> streams = [];
        foreach (var visitor in ended.Concat(untouched))
        {
            await AssertLives(one, other, visitor);
            streams[visitor] = await NoticeCalls.Open(other, visitor);
            await streams[visitor].UntilLive();
        }

        var tickets = await Task.WhenAll(ended.Select(visitor => TicketOf(one, visitor)));
        var device = scope == "device" ? $"\"device\":\"{DeviceId.Of(phone.Device).HashText}\"," : "";
        Assert.Equal(200, (await one.Manage("/internal/sign-out/v1", $$"""
            {"program":2001,"account":"{{phone.Account}}","scope":"{{scope}}",{{device}}"reason":"fraud-suspected",
            "requestId":"{{Visitor.NewId()}}"{{locks}}}
            """)).Status);

        foreach (var (visitor, ticket) in ended.Zip(tickets))
        {
            await AssertStopped(one, other, visitor, visitor.LoginToken, ticket);
            await AssertStopped(one, other, visitor, Renewed(one, visitor), ticket);
            Assert.Equal((Inactive, Inactive), ((await one.IntrospectById(visitor)).Body, (await other.IntrospectById(visitor)).Body));
            Assert.Equal("session-ended", (await LastOf(streams[visitor])).Event);
        }

        Assert.Equal((409, 409), ((await one.Report(phone)).Status, (await other.Report(phone)).Status));
        var next = other.Know(phone.Again());
        Assert.Equal(locks.Length > 0 ? 409 : 201, (await other.Report(next)).Status);
        foreach (var visitor in untouched)
        {
            await AssertLives(one, other, visitor);
            await AssertGoesOn(one, other, streams[visitor], visitor);
        }

        streams.Values.ToList().ForEach(stream => stream.Dispose());
    }

    [Fact]
    public async Task With_another_token_key_no_older_token_or_ticket_opens_anything_and_those_of_the_new_key_do()
    {
        Visitor phone, forged;
        string ticket;
        await using (var before = await Start(TestTokens.Key))
        {
            phone = await before.SignIn();
            forged = before.NewVisitor(); // who has the key makes tokens of any user
            ticket = await TicketOf(before, forged);
            Assert.Equal(200, await Listen(before, ticket));
        }

        await using var one = await Start(TestTokens.OtherKey);
        await using var other = await Start(TestTokens.OtherKey);
        Know(one, phone, forged);
        Know(other, phone, forged);
        await AssertStopped(one, other, phone, phone.LoginToken, ticket);
        await AssertStopped(one, other, forged, forged.LoginToken, ticket);
        Assert.Equal(["session-started.v1"], await one.EventsOf(phone));
        Assert.Empty(await one.EventsOf(forged));

        // The session itself was not ended: a token of the new key opens it.
        var again = new Visitor(phone.Account, phone.Session, phone.Device, phone.IssuedAt, one.LoginKey, one.AppKey);
        await AssertLives(one, other, other.Know(one.Know(again)));
        Assert.Equal(200, await Listen(other, await TicketOf(one, again)));
        Assert.Equal(200, (await one.Logout(again)).Status);
        Assert.Equal(Inactive, (await other.IntrospectById(phone)).Body);
    }

    [Fact]
    public async Task While_a_key_is_being_replaced_tickets_of_both_open_their_streams()
    {
        await using var one = await Start(TestTokens.Key);
        var phone = await one.SignIn();
        var ticket = await TicketOf(one, phone);
        await using var other = await Start(TestTokens.OtherKey, TestTokens.Key);
        other.Know(phone);
        var renewed = other.Know(new Visitor(phone.Account, phone.Session, phone.Device, phone.IssuedAt, other.LoginKey, other.AppKey));
        Assert.Equal((200, 200), (await Listen(other, ticket), await Listen(other, await TicketOf(other, renewed))));
    }

    private Task<ServiceUnderTest> Start(byte[] key, byte[]? older = null) => ServiceUnderTest.Start(
        new ServiceUnderTest { LoginKey = key, AppKey = key },
        [
            "--Sessions:Store=postgres", $"--ConnectionStrings:Sessions={_connection}",
            .. older is null ? (string[])[] : [$"--Sessions:Programs:2001:TokenKeys:1={Base64Url.EncodeToString(older)}"],
        ]);

    private static void Know(ServiceUnderTest service, params Visitor[] visitors) =>
        Array.ForEach(visitors, visitor => service.Know(visitor));

    private static async Task AssertLives(ServiceUnderTest one, ServiceUnderTest other, Visitor visitor)
    {
        foreach (var node in (ServiceUnderTest[])[one, other])
        {
            Assert.StartsWith("{\"active\":true", (await node.Introspect(("token", visitor.LoginToken))).Body, StringComparison.Ordinal);
            Assert.Equal(200, (await node.Sessions(visitor.LoginToken)).Status);
        }
    }

    private static async Task AssertStopped(
        ServiceUnderTest one, ServiceUnderTest other, Visitor visitor, string token, string ticket)
    {
        foreach (var node in (ServiceUnderTest[])[one, other])
        {
            Assert.Equal(Inactive, (await node.Introspect(("token", token))).Body);
            Assert.Equal(401, (await node.Sessions(token)).Status);
            Assert.Equal(401, (await node.Logout(token, visitor.Body("1"))).Status); // not a repeat: the app had not signed out
            Assert.Equal(401, (await node.Logout(token, visitor.Body("2"))).Status);
            Assert.Equal(401, (await NoticeCalls.Post(node, token, "{\"version\":1}")).Status);
            Assert.Equal(401, (await AskTicket(node, token)).Status);
            Assert.Equal(401, await Listen(node, ticket));
            using var stream = await EventStreamClient.Open(node.Http, NoticeCalls.Request(node, token));
            Assert.Equal(401, stream.Status);
        }
    }

    // Still open, and nobody has said to it that its session has ended: what comes next, or after a notice of the device, is its own end.
    private static async Task AssertGoesOn(ServiceUnderTest one, ServiceUnderTest other, EventStreamClient stream, Visitor visitor)
    {
        Assert.Equal(200, (await one.Logout(visitor)).Status);
        Assert.Equal(Inactive, (await other.Introspect(("token", visitor.LoginToken))).Body);
        var end = await LastOf(stream);
        Assert.Equal(("session-ended", "signed-out"), (end.Event, JsonElement.Parse(end.Data!).GetProperty("reason").GetString()));
    }

    private static async Task<StreamItem> LastOf(EventStreamClient stream)
    {
        StreamItem? last = null;
        while (await stream.NextEvent() is { } item)
        {
            last = item;
        }

        return last!;
    }

    private static string Renewed(ServiceUnderTest service, Visitor visitor)
    {
        var now = service.Time.GetUtcNow().ToUnixTimeSeconds();
        return visitor.LoginTokenWith(("iat", $"{now}"), ("exp", $"{now + 600}"));
    }

    private static Task<Reply> AskTicket(ServiceUnderTest service, string token) =>
        service.Send(new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, "/onboarding/user/notices/ticket/v1"))
        {
            Headers = { { "X-API-TOKEN", token }, { "X-API-KEY", "MOB-APP-2001" } },
        });

    private static async Task<string> TicketOf(ServiceUnderTest service, Visitor visitor)
    {
        var answer = await AskTicket(service, visitor.LoginToken);
        Assert.Equal(200, answer.Status);
        return JsonElement.Parse(answer.Body).GetProperty("data").GetProperty("ticket").GetString()!;
    }

    private static async Task<int> Listen(ServiceUnderTest service, string ticket)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Public, $"/onboarding/user/notices/v1?ticket={ticket}"));
        using var stream = await EventStreamClient.Open(service.Http, request);
        return stream.Status;
    }
}
