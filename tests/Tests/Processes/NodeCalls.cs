// What callers of a node do over and over: phones on the public listener, the bank's services on the other.
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

internal static class NodeCalls
{
    public const string Inactive = "{\"active\":false}";

    /// <summary>Reports a sign-in.</summary>
    public static async Task<Visitor> SignIn(this ServiceProcess node, Visitor visitor)
    {
        var reply = await Patiently(() => node.Report(visitor));
        Assert.True(reply.Status is 200 or 201, $"The sign-in was answered {reply.Status} {reply.Body}");
        return visitor;
    }

    public static Task<Reply> Report(this ServiceProcess node, Visitor visitor) => node.Manage("/internal/sessions/v1", $$"""
        {"program":2001,"account":"{{visitor.Account}}","sessionId":"{{visitor.Session}}","deviceId":"{{visitor.Device}}",
        "signInMode":1,"expiresAt":"{{visitor.IssuedAt.AddMinutes(30):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}
        """);

    public static Task<Reply> Logout(this ServiceProcess node, Visitor visitor, string mode = "1") => node.Send(
        new HttpRequestMessage(HttpMethod.Post, new Uri(node.Public, RawLogout.Path))
        {
            Headers = { { "X-API-TOKEN", visitor.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent(visitor.Body(mode), Encoding.UTF8, "text/plain"),
        });

    public static async Task LogoutForSure(this ServiceProcess node, Visitor visitor, string mode = "1")
    {
        var reply = await Patiently(() => node.Logout(visitor, mode));
        Assert.Equal((200, ServiceUnderTest.Success), (reply.Status, reply.Body));
    }

    /// <summary>The caller's own sessions.</summary>
    public static Task<Reply> Sessions(this ServiceProcess node, Visitor visitor) => node.Send(
        new HttpRequestMessage(HttpMethod.Get, new Uri(node.Public, "/onboarding/user/sessions/v1"))
        {
            Headers = { { "X-API-TOKEN", visitor.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
        });

    public static Task<Reply> Ask(this ServiceProcess node, Visitor visitor) =>
        node.Manage("/internal/introspect/v1", new FormUrlEncodedContent([new("token", visitor.LoginToken)]));

    public static Task<Reply> AskById(this ServiceProcess node, Visitor visitor) =>
        node.Manage("/internal/introspect/v1", new FormUrlEncodedContent(
            [new("program", "2001"), new("account", visitor.Account), new("session_id", $"{visitor.Session}")]));

    public static Task<Reply> Manage(this ServiceProcess node, string path, string json) =>
        node.Manage(path, new StringContent(json, Encoding.UTF8, "application/json"));

    public static Task<Reply> Manage(this ServiceProcess node, string path, HttpContent? content = null) => node.Send(
        new HttpRequestMessage(content is null ? HttpMethod.Get : HttpMethod.Post, new Uri(node.Management, path)) { Content = content });

    /// <summary>A device's stream of notices, after everything that was owed has been sent.</summary>
    public static async Task<EventStreamClient> Listen(this ServiceProcess node, Visitor visitor)
    {
        var stream = await EventStreamClient.Open(node.Http, NoticesOf(node, visitor), Nodes.Patience);
        Assert.Equal(200, stream.Status);
        Assert.Empty(await stream.UntilLive());
        return stream;
    }

    /// <summary>Repeats what is answered 503, as it asks: a machine that is busy with other things is no fault of the nodes.</summary>
    public static async Task<Reply> Patiently(Func<Task<Reply>> call)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var reply = await call();
            if (reply.Status != 503 || TimeProvider.System.GetElapsedTime(began) > Nodes.Patience)
            {
                return reply;
            }

            Assert.Equal("1", reply.Headers.RetryAfter?.ToString());
            await PauseAsAsked();
        }
    }

    /// <summary>What Retry-After says.</summary>
    public static Task PauseAsAsked() => Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);

    public static HttpRequestMessage NoticesOf(ServiceProcess node, Visitor visitor) =>
        new(HttpMethod.Get, new Uri(node.Public, "/onboarding/user/notices/v1"))
        {
            Headers = { { "X-API-TOKEN", visitor.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
        };

    public static HttpRequestMessage FeedOf(ServiceProcess node) => new(HttpMethod.Get, new Uri(node.Management, "/internal/feed/v1"));

    public static string? FieldOf(string json, string name)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty(name, out var value) ? value.ToString() : null;
    }
}
