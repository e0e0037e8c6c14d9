// However a session ends: its own stream says so and closes, the user's other streams go on, and none of its tokens opens anything.
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;
using static BankEzy.Sessions.Tests.Support.NoticeCalls;

namespace BankEzy.Sessions.Tests.Api;

public sealed class EndedSessionTests
{
    private const string Inactive = "{\"active\":false}";
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
        { "revoked by a service", "signed-out-on-behalf" },
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
        if (way is "device signed out" or "revoked by a service")
        {
            Assert.Equal(phone.Device[^4..], LabelOf(await ofTablet.NextEvent()));
        }

        Assert.Equal(200, (await service.Logout(watch, "2")).Status);
        Assert.Equal(watch.Device[^4..], LabelOf(await ofTablet.NextEvent()));
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
            case "ended quietly by support":
                Assert.Equal(200, (await service.Manage("/internal/sign-out/v1", $$"""
                    {"program":2001,"account":"{{phone.Account}}","scope":"session","sessionId":"{{phone.Session}}","quiet":true,
                    "reason":"test","requestId":"{{Visitor.NewId()}}"}
                    """)).Status);
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
        var phone = await service.SignIn();
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
