// However a session ends: its own stream says so and closes, the user's other streams go on, and none of its tokens opens anything.
using System.Text.Json;
using BankEzy.Sessions.Silo.Incidents;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using static BankEzy.Sessions.Tests.Support.NoticeCalls;

namespace BankEzy.Sessions.Tests.Api;

public sealed class EndedSessionTests
{
    private const string Inactive = "{\"active\":false}";
    private const string Push = "canary-push-4711";
    private const string DeskKey = "the key of the support desk of these tests";
    private const int SessionsMax = 3;

    private static readonly string[] Settings =
    [
        "--Sessions:Programs:2001:IdleTimeout=00:12:00", "--Sessions:Programs:2001:AbsoluteTimeout=00:20:00",
        $"--Sessions:Programs:2001:MaxSessions={SessionsMax}",
    ];

    /// <summary>Ways to end a session, and the reason that its stream gives.</summary>
    public static TheoryData<string, string> Ways => new()
    {
        { "signed out", "signed-out" },
        { "device signed out", "device-signed-out" },
        { "replaced on its device", "superseded" },
        { "one session too many", "superseded" },
        { "not used", "expired" },
        { "too old", "expired" },
        { "ended quietly by support", "signed-out-on-behalf" },
        { "ended by support", "signed-out-on-behalf" },
        { "revoked by a service", "signed-out-on-behalf" },
        { "signed out from another device", "signed-out-on-behalf" },
        { "ended by an incident", "signed-out-on-behalf" },
    };

    /// <summary>Ways to end a session; by whom it ended, for the person and for support; and what support reads aloud.</summary>
    public static TheoryData<string, string, string, string> Reasons => new()
    {
        { "signed out", "you", "app", "signed out one session" },
        { "device signed out", "you", "app", "signed itself out" },
        { "replaced on its device", "new-sign-in", "sign-in", "The person signed in again on the same device." },
        { "one session too many", "new-sign-in", "sign-in", "as many sessions as the program allows" },
        { "not used", "limit", "limit", "not used for too long" },
        { "too old", "limit", "limit", "longest time reached" },
        { "ended quietly by support", "bank", "support", "No other device was told, on purpose." },
        { "ended by support", "bank", "support", "Reason: phone lost" },
        { "revoked by a service", "bank", "service", "ended the session on" },
        { "signed out from another device", "another-device", "another-device", "signed out Canary phone" },
        { "ended by an incident", "bank", "incident", "Reason: incident" },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Its_stream_says_so_and_closes_and_the_user_s_other_streams_go_on(string way, string reason)
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var (phone, tablet, watch) = await SignInThrice(service);
        using var ofPhone = await OpenLive(service, phone);
        using var ofTablet = await OpenLive(service, tablet);
        await End(service, way, phone, tablet, watch);

        var end = (await ofPhone.NextEvent())!;
        Assert.Equal(("session-ended", reason), (end.Event, JsonElement.Parse(end.Data!).GetProperty("reason").GetString()));
        Assert.Null(await ofPhone.Next());

        // The tablet has heard of a sign-out that somebody asked for, unless quietly, and of nothing else, and still listens.
        if (way is "device signed out" or "revoked by a service" or "ended by support" or "ended by an incident")
        {
            Assert.Equal(phone.Device[^4..], LabelOf(await ofTablet.NextEvent()));
        }

        Assert.Equal(200, (await service.Logout(watch, "2")).Status);
        Assert.Equal(watch.Device[^4..], LabelOf(await ofTablet.NextEvent()));
    }

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Why_it_ended_is_in_the_stream_the_list_and_the_timeline_and_no_account_is(
        string way, string by, string bySupport, string words)
    {
        await using var service = await ServiceUnderTest.Start(
            [.. Settings, "--Sessions:Management:Keys:1:Name=desk", "--Sessions:Management:Keys:1:Key=" + DeskKey,
                "--Sessions:Management:Keys:1:Roles=support"]);
        var (phone, tablet, watch) = await SignInThrice(service);
        using var ofPhone = await OpenLive(service, phone);
        using var ofTablet = await OpenLive(service, tablet);
        await End(service, way, phone, tablet, watch);

        var end = (await ofPhone.NextEvent())!.Data!;
        var list = (await service.Sessions(tablet.LoginToken)).Body;
        using var body = new StringContent($$"""{"program":2001,"account":"{{phone.Account}}"}""", null, "application/json");
        var user = (await service.Manage("/internal/user/v1", body, DeskKey)).Body;
        using var again = new StringContent($$"""{"program":2001,"account":"{{phone.Account}}"}""", null, "application/json");
        var timeline = (await service.Manage("/internal/timeline/v1", again, DeskKey)).Body;

        var ended = JsonElement.Parse(list).GetProperty("ended")[0];
        Assert.Equal((by, phone.Device[^4..]), (ended.GetProperty("by").GetString(), ended.GetProperty("device").GetString()));
        if (by is "bank" or "another-device")
        {
            Assert.Equal(by, JsonElement.Parse(end).GetProperty("by").GetString());
        }

        var answer = JsonElement.Parse(user).GetProperty("answer");
        Assert.Equal(bySupport, answer.GetProperty("by").GetString());
        Assert.Contains(words, answer.GetProperty("sentences").ToString(), StringComparison.Ordinal);
        var first = answer.GetProperty("sentences")[0].GetString()!.Split([", on ", ": "], 2, StringSplitOptions.None)[0];
        Assert.Contains(first, timeline, StringComparison.Ordinal);
        ServiceUnderTest.NothingIn([end, list, user, timeline], [phone.Account, phone.Device, Push]);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task No_token_of_it_opens_anything_at_any_endpoint(string way, string reason)
    {
        await using var service = await ServiceUnderTest.Start(Settings);
        var (phone, tablet, watch) = await SignInThrice(service);
        await End(service, way, phone, tablet, watch);
        var count = (await service.EventsOf(phone)).Count;
        string[] tokens = [phone.LoginToken, Renewed(service, phone)];
        foreach (var token in tokens)
        {
            Assert.Equal(Inactive, (await service.Introspect(("token", token))).Body);
            Assert.Equal(401, (await service.Sessions(token)).Status);
            Assert.Equal(401, (await Post(service, token, "{\"version\":1}")).Status);
            using var stream = await EventStreamClient.Open(service.Http, Request(service, token));
            Assert.Equal(401, stream.Status);

            // A sign-out that was said already is repeated with the same 200, and one of more than that is refused.
            Assert.Equal(reason.EndsWith("signed-out", StringComparison.Ordinal) ? 200 : 401, await Logout(service, token, phone, "1"));
            Assert.Equal(reason == "device-signed-out" ? 200 : 401, await Logout(service, token, phone, "2"));
            Assert.Equal(401, await Logout(service, token, tablet, "2"));
        }

        Assert.Equal(Inactive, (await service.IntrospectById(phone)).Body);
        Assert.Equal(409, (await service.Report(phone)).Status);
        Assert.Equal(count, (await service.EventsOf(phone)).Count);
        Assert.Equal(200, (await service.Sessions(tablet.LoginToken)).Status);
    }

    private static async Task End(ServiceUnderTest service, string way, Visitor phone, Visitor tablet, Visitor watch)
    {
        switch (way)
        {
            case "signed out" or "device signed out":
                Assert.Equal(200, (await service.Logout(phone, way == "signed out" ? "1" : "2")).Status);
                break;
            case "ended quietly by support" or "ended by support":
                var quiet = way == "ended quietly by support" ? "true" : "false";
                Assert.Equal(200, (await service.Manage("/internal/sign-out/v1", $$"""
                    {"program":2001,"account":"{{phone.Account}}","scope":"session","sessionId":"{{phone.Session}}","quiet":{{quiet}},
                    "reason":"phone-lost","requestId":"{{Visitor.NewId()}}"}
                    """)).Status);
                break;
            case "signed out from another device":
                Assert.Equal(200, await SignOutFrom(service, tablet, phone));
                break;
            case "ended by an incident":
                await EndByIncident(service, phone);
                break;
            case "revoked by a service":
                using (var form = new FormUrlEncodedContent([new("token", phone.LoginToken)]))
                {
                    Assert.Equal(200, (await service.Manage("/internal/revoke/v1", form)).Status);
                }

                break;
            case "replaced on its device" or "one session too many":
                var next = service.Know(way == "one session too many" ? phone.Elsewhere() : phone.Again());
                Assert.Equal(201, (await service.Report(next)).Status);
                break;
            default:
                await Pass(service, 6, way == "not used" ? [tablet, watch] : [phone, tablet, watch]);
                await Pass(service, 7, [tablet, watch]); // 18 minutes after the phone signed in, 13 after the others did
                await Pass(service, way == "not used" ? 0 : 5, [tablet, watch]);
                await ExpirySweepTests.Sweep(service);
                break;
        }
    }

    private static async Task<int> SignOutFrom(ServiceUnderTest service, Visitor asking, Visitor other)
    {
        var body = $$"""
            {"scope":"device","device":"{{DeviceId.Of(other.Device).HashText}}","requestId":"{{Visitor.NewId()}}"}
            """;
        return (await service.Send(new HttpRequestMessage(
            HttpMethod.Post, new Uri(service.Public, "/onboarding/user/sessions/sign-out/v1"))
        {
            Headers = { { "X-API-TOKEN", asking.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent(body, null, "application/json"),
        })).Status;
    }

    private static async Task EndByIncident(ServiceUnderTest service, Visitor phone)
    {
        var id = Visitor.NewId();
        const string incidents = "/internal/incidents/v1";
        Assert.Equal(200, (await service.Manage(incidents, $$"""
            {"program":2001,"requestId":"{{id}}","reason":"incident","devices":["{{phone.Device}}"]}
            """)).Status);
        await Round();
        Assert.Equal(200, (await service.Manage(incidents + "/run", $$"""{"id":"{{id}}","count":1}""")).Status);
        await Round();
        await Round();

        Task Round() =>
            service.App.Services.GetServices<IHostedService>().OfType<IncidentJob>().Single().Round(CancellationToken.None);
    }

    private static async Task Pass(ServiceUnderTest service, int minutes, Visitor[] users)
    {
        service.Time.Advance(TimeSpan.FromMinutes(minutes));
        foreach (var user in users)
        {
            Assert.Equal(200, (await service.Sessions(user.LoginToken)).Status);
        }
    }

    // The phone first: five minutes before the others, so that it is the oldest one.
    private static async Task<(Visitor Phone, Visitor Tablet, Visitor Watch)> SignInThrice(ServiceUnderTest service)
    {
        var phone = await SignInWithPush(service, service.NewVisitor(), Push);
        service.Time.Advance(TimeSpan.FromMinutes(5));
        Visitor[] others = [service.Know(phone.Elsewhere()), service.Know(phone.Elsewhere())];
        foreach (var other in others)
        {
            Assert.Equal(201, (await service.Report(other)).Status);
        }

        return (phone, others[0], others[1]);
    }

    private static async Task<EventStreamClient> OpenLive(ServiceUnderTest service, Visitor visitor)
    {
        var stream = await Open(service, visitor);
        await stream.UntilLive();
        return stream;
    }

    private static string Renewed(ServiceUnderTest service, Visitor visitor)
    {
        var now = service.Time.GetUtcNow().ToUnixTimeSeconds();
        return visitor.LoginTokenWith(("iat", $"{now - 1}"), ("exp", $"{now + 600}"));
    }

    private static async Task<int> Logout(ServiceUnderTest service, string token, Visitor device, string mode) =>
        (await service.Logout(token, device.Body(mode))).Status;

    private static string? LabelOf(StreamItem? notice)
    {
        Assert.Equal("device-signed-out", notice!.Event);
        return JsonElement.Parse(notice.Data!).GetProperty("device").GetString();
    }
}
