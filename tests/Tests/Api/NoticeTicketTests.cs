// Tickets for EventSource: what they open, for how long, for whom, and what can be seen in them: nothing.
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Notices;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Tests.Api.Tokens;
using BankEzy.Sessions.Tests.Support;
using static BankEzy.Sessions.Tests.Support.NoticeCalls;

namespace BankEzy.Sessions.Tests.Api;

public sealed class NoticeTicketTests
{
    private const string Path = "/onboarding/user/notices/ticket/v1";
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress Phone = IPAddress.Parse("192.0.2.7");

    [Fact]
    public async Task A_ticket_opens_the_stream_as_often_as_its_browser_connects()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        var ticket = await TicketOf(service, tablet);
        using var first = await Listen(service, ticket);
        Assert.Empty(await first.UntilLive());
        Assert.Equal(200, (await service.Logout(phone, "2")).Status);
        Assert.Equal(("3", "device-signed-out"), await Next(first));

        using var again = await Listen(service, ticket);
        Assert.Equal(["3"], (await again.UntilLive()).Select(item => item.Id!));
        ServiceUnderTest.NothingIn(service.Log.Lines.Select(line => line.Text), [ticket]);
    }

    [Fact]
    public async Task It_goes_on_after_an_id_in_the_query_and_the_header_wins()
    {
        await using var service = await ServiceUnderTest.Start();
        var (phone, tablet) = await SignInTwice(service);
        phone = await SignOutAndReturn(service, phone);
        await SignOutAndReturn(service, phone);
        var ticket = await TicketOf(service, tablet);
        async Task<string> Owed(string query, string? header = null)
        {
            using var stream = await Listen(service, ticket + query, header);
            return string.Join(' ', (await stream.UntilLive()).Select(item => item.Id));
        }

        Assert.Equal("3 5", await Owed(""));
        Assert.Equal("5", await Owed("&after=3"));
        Assert.Equal("3 5", await Owed("&after=none"));
        Assert.Equal("3 5", await Owed("&after=5&after=5"));
        Assert.Equal("", await Owed("&after=3", "5"));
        Assert.Equal("5", await Owed("&after=5", "3"));
    }

    [Fact]
    public async Task After_a_minute_it_opens_nothing_and_the_answer_ends_the_browsers_tries()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        var ticket = await TicketOf(service, visitor);
        service.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(200, await StatusOf(service, ticket));
        service.Time.Advance(TimeSpan.FromSeconds(1));
        var refused = await Refused(service, ticket);
        Assert.Equal((401, ServiceUnderTest.Unauthorized), (refused.Status, refused.Body));
        Assert.Equal("ticket", service.Log.Codes[^1]);
        Assert.Equal(200, await StatusOf(service, await TicketOf(service, visitor)));
        ServiceUnderTest.NothingIn(service.Log.Lines.Select(line => line.Text), [ticket]);
    }

    [Fact]
    public async Task It_ends_with_its_session()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        var ticket = await TicketOf(service, visitor);
        using var stream = await Listen(service, ticket);
        await stream.UntilLive();
        Assert.Equal(200, (await service.Logout(visitor)).Status);
        Assert.Equal("session-ended", (await stream.NextEvent())!.Event);
        Assert.Equal(401, (await Refused(service, ticket)).Status);
        Assert.Equal("revoked", service.Log.Codes[^1]);

        var none = await Ask(service, visitor.LoginToken);
        Assert.Equal((401, ServiceUnderTest.Unauthorized), (none.Status, none.Body));
    }

    [Fact]
    public async Task It_ends_with_its_token()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        service.Time.Advance(TimeSpan.FromMinutes(30) - TimeSpan.FromSeconds(20));
        var ticket = await TicketOf(service, visitor);
        service.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(401, (await Refused(service, ticket)).Status);
    }

    [Fact]
    public async Task Another_node_takes_it()
    {
        await using var one = await ServiceUnderTest.Start();
        await using var other = await ServiceUnderTest.Start();
        var visitor = await one.SignIn();
        other.Know(visitor);
        Assert.Equal(200, await StatusOf(other, await TicketOf(one, visitor)));
    }

    [Fact]
    public async Task Who_has_no_live_token_gets_none()
    {
        await using var service = await ServiceUnderTest.Start();
        Assert.Equal(401, (await Ask(service, "eyJ.not.a.token")).Status);
        var visitor = service.NewVisitor();
        Assert.Equal(200, (await Ask(service, visitor.LoginToken)).Status); // a session that nobody reported, as everywhere
        Assert.Equal(401, (await Ask(service, visitor.AppToken)).Status);
    }

    [Fact]
    public void Any_changed_byte_any_other_key_and_any_other_form_is_refused()
    {
        var tickets = Tickets(Visitor.Users);
        var (text, _) = tickets.Make(CallerOf("100"), Phone, Now);
        Assert.True(tickets.TryOpen(text, Phone, Now, out var caller));
        Assert.Equal(CallerOf("100"), caller);
        Assert.False(Tickets(new UserKey(SHA256.HashData("another key"u8))).TryOpen(text, Phone, Now, out _));
        var bytes = Base64Url.DecodeFromChars(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Assert.False(tickets.TryOpen(Base64Url.EncodeToString(bytes), Phone, Now, out _), $"byte {i}");
            bytes[i] ^= 1;
        }

        string?[] others =
        [
            null, "", "x", text[..^1], text + "A", text[..^1] + "=", text[..^2] + "  ", new string('A', text.Length),
            new string('é', text.Length),
        ];
        Assert.All(others, other => Assert.False(tickets.TryOpen(other, Phone, Now, out _), other));
    }

    [Fact]
    public void It_says_nothing_not_even_by_its_length()
    {
        var tickets = Tickets(Visitor.Users);
        string[] accounts = ["1", "88070000000001", "12345678901234567890"];
        var all = accounts.Select(account => tickets.Make(CallerOf(account), Phone, Now).Text).ToList();
        Assert.Single(all.Select(text => text.Length).Distinct());
        foreach (var (text, account) in all.Zip(accounts))
        {
            var clear = Encoding.Latin1.GetString(Base64Url.DecodeFromChars(text));
            Assert.DoesNotContain(account.Length > 1 ? account : "PROGRAM", clear, StringComparison.Ordinal);
            var session = Encoding.Latin1.GetString(CallerOf(account).Session.Value.ToByteArray(bigEndian: true));
            Assert.DoesNotContain(session, clear, StringComparison.Ordinal);
        }

        var (one, two) = (tickets.Make(CallerOf("1"), Phone, Now).Text, tickets.Make(CallerOf("1"), Phone, Now).Text);
        Assert.True(one.Zip(two).Count(pair => pair.First == pair.Second) < one.Length / 4, "Two tickets of one caller look alike.");
    }

    [Fact]
    public void Where_the_token_is_bound_to_addresses_the_ticket_is_bound_to_the_one_that_asked()
    {
        var tickets = Tickets(Visitor.Users);
        var elsewhere = IPAddress.Parse("192.0.2.8");
        var bound = tickets.Make(CallerOf("100") with { IsBoundToAddresses = true }, Phone, Now).Text;
        Assert.True(tickets.TryOpen(bound, Phone, Now, out _));
        Assert.True(tickets.TryOpen(bound, Phone.MapToIPv6(), Now, out _));
        Assert.False(tickets.TryOpen(bound, elsewhere, Now, out _));
        Assert.False(tickets.TryOpen(bound, null, Now, out _));
        Assert.True(tickets.TryOpen(tickets.Make(CallerOf("100"), Phone, Now).Text, elsewhere, Now, out _)); // phones change networks
    }

    [Fact]
    public async Task Such_a_ticket_works_over_the_real_host()
    {
        await using var service = await ServiceUnderTest.Start();
        var visitor = await service.SignIn();
        var token = visitor.LoginTokenWith(("ALLOWED_IPS", "\"127.0.0.1\""));
        var answer = await Ask(service, token);
        Assert.Equal(200, answer.Status);
        Assert.Equal(200, await StatusOf(service, TicketIn(answer)));
    }

    private static ProgramEntry Entry { get; } = Program();

    private static ProgramEntry Program()
    {
        Assert.True(TokenKeys.TryParse([Base64Url.EncodeToString(TestTokens.Key)], out var keys, out var fault), fault);
        return new ProgramEntry(2001, ["MOB-APP-2001"], RequireApiKey: false, keys!, keys!);
    }

    private static NoticeTickets Tickets(UserKey users) => new(
        new ProgramDirectory([Entry]), users,
        new CrossOrigin(new ProgramDirectory([]), new ApiOptions(), server: null!)); // asked in Development only

    private static Caller CallerOf(string account) => new(
        Entry, Visitor.UserOf(account), account, ulong.MaxValue, new SessionId(new Guid("0e9b7a54-32c1-4f60-8d7e-aabbccddeeff")),
        Now.AddMinutes(-1), Now.AddMinutes(29))
    {
        KeyId = Entry.LoginTokenKeys.IdOf(0),
    };

    private static Task<Reply> Ask(ServiceUnderTest service, string token) =>
        service.Send(new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, Path))
        {
            Headers = { { "X-API-TOKEN", token }, { "X-API-KEY", "MOB-APP-2001" } },
        });

    private static async Task<string> TicketOf(ServiceUnderTest service, Visitor visitor)
    {
        var answer = await Ask(service, visitor.LoginToken);
        Assert.Equal(200, answer.Status);
        return TicketIn(answer);
    }

    private static string TicketIn(Reply answer) =>
        JsonDocument.Parse(answer.Body).RootElement.GetProperty("data").GetProperty("ticket").GetString()!;

    private static Task<EventStreamClient> Listen(ServiceUnderTest service, string ticket, string? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Public, $"/onboarding/user/notices/v1?ticket={ticket}"));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        return EventStreamClient.Open(service.Http, request);
    }

    private static async Task<(string?, string?)> Next(EventStreamClient stream) =>
        await stream.NextEvent() is { } item ? (item.Id, item.Event) : (null, null);

    private static async Task<int> StatusOf(ServiceUnderTest service, string ticket)
    {
        using var stream = await Listen(service, ticket);
        return stream.Status;
    }

    private static Task<Reply> Refused(ServiceUnderTest service, string ticket) =>
        service.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(service.Public, $"/onboarding/user/notices/v1?ticket={ticket}")));
}
