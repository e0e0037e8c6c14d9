// The real service: its host, its listeners on free ports, its SQLite file in a folder of its own. Nothing is replaced but the
// clock and the log's destination; the store can be made to fail. When it ends, its log is searched for what no log may hold.
using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Text;
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Tests.Api.Tokens;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Tests.Support;

/// <summary>What a client saw of an answer.</summary>
public sealed record Reply(int Status, string Body, HttpResponseHeaders Headers, HttpContentHeaders Content);

/// <summary>As a class fixture it is shared by the tests of a class; <c>Start</c> gives one with other settings.</summary>
public sealed class ServiceUnderTest : IAsyncLifetime
{
    public const string ManagementKey = "a management key for tests 0123456789";
    public const string Success = "{\"resCode\":200,\"resDesc\":\"SUCCESS\"}";
    public const string Unauthorized = "{\"resCode\":401,\"resDesc\":\"Unauthorized\"}";
    public const string Unavailable = "{\"resCode\":503,\"resDesc\":\"Request could not be processed at this time, Please retry again\"}";

    private readonly string folder = Directory.CreateTempSubdirectory("bankezy-api-").FullName;
    private readonly List<Visitor> visitors = [];
    private readonly List<string> secrets = [];
    private string[] settings = [];
    private WebApplication? app;

    public FakeTime Time { get; init; } = new(new DateTimeOffset(2026, 11, 22, 9, 0, 0, TimeSpan.Zero));

    public CapturedLog Log { get; } = new();

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });

    public Uri Public { get; private set; } = new("http://localhost");

    public Uri Management { get; private set; } = new("http://localhost");

    /// <summary>What else to change about the services.</summary>
    public Action<IServiceCollection>? Adjust { get; init; }

    /// <summary>The key of program 2001's login tokens: the test vectors', which Development alone accepts.</summary>
    public byte[] LoginKey { get; init; } = TestTokens.Key;

    /// <summary>The key of its app tokens.</summary>
    public byte[] AppKey { get; init; } = TestTokens.Key;

    public WebApplication App => app ?? throw new InvalidOperationException("The service has not been started.");

    internal FaultyStore Store => App.Services.GetRequiredService<FaultyStore>();

    public static async Task<ServiceUnderTest> Start(params string[] settings) => await Start(new ServiceUnderTest(), settings);

    public static async Task<ServiceUnderTest> Start(ServiceUnderTest service, params string[] settings)
    {
        service.settings = settings;
        await service.InitializeAsync();
        return service;
    }

    public async ValueTask InitializeAsync()
    {
        app = SessionsHost.Build(
            [
                "--environment=Development", $"--Sessions:Sqlite:Path={Path.Combine(folder, "data", "sessions.db")}",
                "--Sessions:Public:Url=http://127.0.0.1:0", "--Sessions:Management:Url=http://127.0.0.1:0",
                $"--Sessions:Management:Keys:0={ManagementKey}", $"--Sessions:UserKey={Visitor.UserKeyText}",
                $"--Sessions:Programs:2001:TokenKeys:0={Base64Url.EncodeToString(LoginKey)}",
                "--Sessions:Dashboard=false", // It counts once a second; its own tests turn it on.
                .. settings,
            ],
            Time,
            services =>
            {
                services.RemoveAll<ILoggerProvider>().AddSingleton<ILoggerProvider>(Log);
                FaultyStore.Wrap(services);
                Adjust?.Invoke(services);
            });
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        (Public, Management) = (new Uri(addresses[0]), new Uri(addresses[1]));
    }

    public async Task Stop()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        app = null;
    }

    /// <summary>Another process on the same file.</summary>
    public async Task Restart()
    {
        await Stop();
        await InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
        {
            await Stop();
        }

        Http.Dispose();
        Directory.Delete(folder, recursive: true);
        Assert.DoesNotContain( // No exception of ours ever reaches the server.
            Log.Lines, line => line.Level >= LogLevel.Error && line.Category.StartsWith("Microsoft", StringComparison.Ordinal));
        NothingIn(Log.Lines.Select(line => line.Text), Secrets);
    }

    /// <summary>What no log, address or title may hold.</summary>
    public IReadOnlyList<string> Secrets => [ManagementKey, .. secrets, .. visitors.SelectMany(SecretsOf)];

    /// <summary>The ids of all sessions, which stand in no address either.</summary>
    public IEnumerable<string> SessionIds => visitors.Select(visitor => visitor.Session.ToString());

    /// <summary>A user whom the log does not know yet.</summary>
    public Visitor NewVisitor(string? account = null) => Know(Visitor.New(Time.GetUtcNow(), LoginKey, AppKey, account));

    /// <summary>A user whose sign-in has been reported.</summary>
    public async Task<Visitor> SignIn(int mode = 1)
    {
        var visitor = NewVisitor();
        Assert.Equal(201, (await Report(visitor, mode)).Status);
        return visitor;
    }

    /// <summary>What no line of the log may hold when the service is stopped.</summary>
    public void KeepOutOfLog(string secret) => secrets.Add(secret);

    public Visitor Know(Visitor visitor)
    {
        visitors.Add(visitor);
        return visitor;
    }

    public Task<Reply> Logout(Visitor visitor, string? mode = "1") => Logout(visitor.LoginToken, visitor.Body(mode));

    public Task<Reply> Logout(string loginToken, string body, string mediaType = "text/plain") => Send(
        new HttpRequestMessage(HttpMethod.Post, new Uri(Public, RawLogout.Path))
        {
            Headers = { { "X-API-TOKEN", loginToken }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent(body, Encoding.UTF8, mediaType),
        });

    public async Task<RawAnswer> Ask(RawLogout request)
    {
        var answer = await RawConnection.Ask(Public, request.ToBytes());
        if (request.RequestLine.Split(' ') is [var method, RawLogout.Path, ..] && answer.Status != 0)
        {
            ApiContract.Check(method, RawLogout.Path, answer.Status, answer.Header("Content-Type"), answer.Body);
        }

        return answer;
    }

    /// <summary>A logout that has come as far as its append, and does not end before it may.</summary>
    public async Task<(Task<RawAnswer> Answer, TaskCompletionSource GoOn)> LogoutOnHold(Visitor visitor)
    {
        var (reached, goOn) = Store.HoldAppend();
        var answer = Ask(RawLogout.Of(visitor));
        await reached;
        return (answer, goOn);
    }

    /// <summary>The caller's own list of sessions.</summary>
    public Task<Reply> Sessions(string loginToken) =>
        Send(new HttpRequestMessage(HttpMethod.Get, new Uri(Public, "/onboarding/user/sessions/v1"))
    {
        Headers = { { "X-API-TOKEN", loginToken }, { "X-API-KEY", "MOB-APP-2001" } },
    });

    public Task<Reply> Report(Visitor visitor, int mode = 1, DateTimeOffset? expiresAt = null) => Manage("/internal/sessions/v1", $$"""
        {"program":2001,"account":"{{visitor.Account}}","sessionId":"{{visitor.Session}}","deviceId":"{{visitor.Device}}",
        "signInMode":{{mode}},"expiresAt":"{{expiresAt ?? visitor.IssuedAt.AddMinutes(30):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}
        """);

    /// <summary>A call of another service of the bank, with a JSON body.</summary>
    public Task<Reply> Manage(string path, string body) => Manage(path, new StringContent(body, Encoding.UTF8, "application/json"));

    public Task<Reply> Manage(string path, HttpContent? content, string? key = ManagementKey)
    {
        var method = content is null ? HttpMethod.Get : HttpMethod.Post;
        var request = new HttpRequestMessage(method, new Uri(Management, path)) { Content = content };
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return Send(request);
    }

    public Task<Reply> Introspect(params (string Name, string Value)[] fields) =>
        Manage("/internal/introspect/v1", new FormUrlEncodedContent(fields.Select(field => KeyValuePair.Create(field.Name, field.Value))));

    /// <summary>By the session's id alone, without a token.</summary>
    public Task<Reply> IntrospectById(Visitor visitor, int program = Visitor.Program) =>
        Introspect(("program", $"{program}"), ("account", visitor.Account), ("session_id", $"{visitor.Session}"));

    public async Task<Reply> Send(HttpRequestMessage request)
    {
        using var response = await Http.SendAsync(request);
        var reply = new Reply(
            (int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers);
        ApiContract.Check(
            request.Method.Method, request.RequestUri!.AbsolutePath, reply.Status, reply.Content.ContentType?.ToString(), reply.Body);
        return reply;
    }

    /// <summary>The names of the user's events.</summary>
    public async Task<IReadOnlyList<string>> EventsOf(Visitor visitor) =>
        [.. (await Feed.ReadStream(visitor.User.Stream, 0, 1_000, CancellationToken.None)).Select(stored => stored.Name)];

    /// <summary>How many events the whole log has.</summary>
    public async Task<int> LogLength() => (await Feed.ReadFeed(FeedCursor.Start, 10_000, CancellationToken.None)).Count;

    private IFeed Feed => App.Services.GetRequiredService<IFeed>();

    /// <summary>Fails when a line holds one of the texts.</summary>
    public static void NothingIn(IEnumerable<string> lines, IReadOnlyList<string> secrets)
    {
        foreach (var line in lines)
        {
            Assert.False(secrets.Any(secret => line.Contains(secret, StringComparison.OrdinalIgnoreCase)), line);
        }
    }

    // A token's first part is the same for all tokens; what is secret begins behind it.
    private static IEnumerable<string> SecretsOf(Visitor visitor) =>
        [visitor.Account, visitor.Device, visitor.LoginToken.Split('.')[3], visitor.AppToken.Split('.')[3], "Canary"];
}
