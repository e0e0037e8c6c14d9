// What the tests of notices do over and over: two devices of one user, their streams and acknowledgements.
using System.Text;
using BankEzy.Sessions.Api;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Support;

internal static class NoticeCalls
{
    public static async Task<(Visitor Phone, Visitor Tablet)> SignInTwice(ServiceUnderTest service)
    {
        var phone = await service.SignIn();
        var tablet = service.Know(phone.Elsewhere());
        Assert.Equal(201, (await service.Report(tablet)).Status);
        return (phone, tablet);
    }

    /// <summary>A reported sign-in on a device that the push service reaches by a reference.</summary>
    public static async Task<Visitor> SignInWithPush(ServiceUnderTest service, Visitor visitor, string push, int program = Visitor.Program)
    {
        var expires = visitor.IssuedAt.AddMinutes(30);
        var report = await service.Manage("/internal/sessions/v1", $$"""
            {"program":{{program}},"account":"{{visitor.Account}}","sessionId":"{{visitor.Session}}","deviceId":"{{visitor.Device}}",
            "signInMode":1,"expiresAt":"{{expires:yyyy-MM-dd'T'HH:mm:ss'Z'}}","device":{"name":"Canary phone","push":"{{push}}"} }
            """);
        Assert.Equal(201, report.Status);
        service.KeepOutOfLog(push);
        return visitor;
    }

    /// <summary>Signs a device out, as support would.</summary>
    public static async Task SignOutDevice(ServiceUnderTest service, Visitor visitor, int program = Visitor.Program)
    {
        var device = DeviceId.Of(visitor.Device).HashText;
        var reply = await service.Manage("/internal/sign-out/v1", $$"""
            {"program":{{program}},"account":"{{visitor.Account}}","scope":"device","device":"{{device}}","reason":"phone-lost",
            "requestId":"{{Visitor.NewId()}}"}
            """);
        Assert.Equal(200, reply.Status);
    }

    public static async Task<Visitor> Return(ServiceUnderTest service, Visitor visitor)
    {
        var again = service.Know(visitor.Again());
        Assert.Equal(201, (await service.Report(again)).Status);
        return again;
    }

    public static async Task<Visitor> SignOutAndReturn(ServiceUnderTest service, Visitor visitor)
    {
        Assert.Equal(200, (await service.Logout(visitor, "2")).Status);
        return await Return(service, visitor);
    }

    public static async Task<IEnumerable<long>> OwedTo(ServiceUnderTest service, Visitor visitor)
    {
        var grain = service.App.Services.GetRequiredService<UserGrains>().Find(visitor.User);
        var view = await grain.View(service.Time.GetUtcNow());
        return view.Notices.Where(notice => notice.To == DeviceId.Of(visitor.Device)).Select(notice => notice.Version);
    }

    public static Task<Reply> Acknowledge(ServiceUnderTest service, Visitor visitor, string version) =>
        Post(service, visitor.LoginToken, $"{{\"version\":{version}}}");

    public static Task<Reply> Post(ServiceUnderTest service, string token, string body, string mediaType = "application/json") =>
        service.Send(new HttpRequestMessage(HttpMethod.Post, new Uri(service.Public, "/onboarding/user/notices/ack/v1"))
        {
            Headers = { { "X-API-TOKEN", token }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent(body, Encoding.UTF8, mediaType),
        });

    public static HttpRequestMessage Request(ServiceUnderTest service, string token) =>
        new(HttpMethod.Get, new Uri(service.Public, "/onboarding/user/notices/v1"))
        {
            Headers = { { "X-API-TOKEN", token }, { "X-API-KEY", "MOB-APP-2001" } },
        };

    public static Task<EventStreamClient> Open(ServiceUnderTest service, Visitor visitor, string? lastEventId = null)
    {
        var request = Request(service, visitor.LoginToken);
        if (lastEventId is not null)
        {
            request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        }

        return EventStreamClient.Open(service.Http, request);
    }
}
