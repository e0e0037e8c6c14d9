// deploy/nginx/nginx.conf under a real nginx, in front of two nodes on this machine.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Repository;

public sealed class NginxTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("bankezy-nginx-").FullName;
    private readonly List<ServiceUnderTest> nodes = [];
    private Process? nginx;
    private Uri proxy = new("http://localhost");

    public async ValueTask InitializeAsync()
    {
        var program = Programs.Find("nginx");
        nodes.Add(await ServiceUnderTest.Start("--Sessions:Public:KnownProxies:0=127.0.0.1"));
        nodes.Add(await ServiceUnderTest.Start("--Sessions:Public:KnownProxies:0=127.0.0.1"));
        var port = Ports.FindFree(IPAddress.Loopback);
        proxy = new Uri($"http://127.0.0.1:{port}");
        var text = RepositoryFiles.Read("deploy/nginx/nginx.conf")
            .Replace("listen 10000 ", $"listen 127.0.0.1:{port} ", StringComparison.Ordinal)
            .Replace("/tmp/nginx", $"{folder}/nginx", StringComparison.Ordinal)
            .Replace("/dev/stdout", $"{folder}/access.log", StringComparison.Ordinal)
            .Replace("worker_rlimit_nofile 32768;", "", StringComparison.Ordinal) // a right that tests have not
            .Replace("worker_connections 8192;", "worker_connections 256;", StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, "nginx.conf"), text);
        await File.WriteAllLinesAsync(
            Path.Combine(folder, "nodes.conf"), nodes.Select(node => $"server {node.Public.Host}:{node.Public.Port} max_fails=0;"));
        string[] arguments = ["-p", folder, "-e", "stderr", "-c", Path.Combine(folder, "nginx.conf")];
        var (exitCode, _, errors) = await Programs.Run(program, [.. arguments, "-t"]);
        Assert.True(exitCode == 0, errors);
        nginx = Process.Start(program, [.. arguments, "-g", "daemon off;"]);
        await Wait.Until(() => IsOpen(port), () => "nginx did not open its port.");
    }

    public async ValueTask DisposeAsync()
    {
        if (nginx is not null)
        {
            nginx.Kill(entireProcessTree: true);
            await nginx.WaitForExitAsync();
            nginx.Dispose();
        }

        foreach (var node in nodes)
        {
            await node.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Sign_outs_pass_and_go_on_when_one_of_two_nodes_stops()
    {
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal((200, ServiceUnderTest.Success), await Logout(nodes[0].NewVisitor()));
        }

        Assert.NotEqual(0, await nodes[0].LogLength()); // both have taken some
        Assert.NotEqual(0, await nodes[1].LogLength());
        await nodes[1].Stop();
        for (var i = 0; i < 6; i++)
        {
            Assert.Equal((200, ServiceUnderTest.Success), await Logout(nodes[0].NewVisitor()));
        }
    }

    [Fact]
    public async Task Without_a_node_the_answer_is_the_services_503_and_no_401()
    {
        await nodes[0].Stop();
        await nodes[1].Stop();
        using var response = await Ask(nodes[0].NewVisitor());
        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal(ServiceUnderTest.Unavailable, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        Assert.True(response.Headers.CacheControl?.NoStore);
    }

    [Fact]
    public async Task What_nginx_refuses_itself_has_the_form_of_the_services_answers()
    {
        var visitor = nodes[0].NewVisitor();
        Assert.Equal((413, """{"resCode":413,"resDesc":"Request body is too large"}"""), await Logout(visitor, new string('x', 16_385)));
        var raw = await RawConnection.Ask(proxy, RawLogout.Of(visitor).Without("Host").ToBytes());
        Assert.Equal(400, raw.Status);
        Assert.Contains("""{"resCode":400,"resDesc":"Bad request"}""", raw.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_does_not_exist_and_the_management_listeners_paths_are_404()
    {
        foreach (var path in (string[])["/nothing", "/internal/feed/v1", "/health/ready", "/ONBOARDING/user/logout/v1", "/openapi/v1.json"])
        {
            using var response = await nodes[0].Http.GetAsync(new Uri(proxy, path), TestContext.Current.CancellationToken);
            Assert.Equal(404, (int)response.StatusCode);
        }
    }

    [Fact]
    public async Task A_notice_passes_at_once_and_its_acknowledgement_too()
    {
        await nodes[1].Stop(); // these two do not share a log, so one of them has to do all of it
        var (phone, tablet) = await NoticeCalls.SignInTwice(nodes[0]);
        var request = NoticeCalls.Request(nodes[0], tablet.LoginToken);
        request.RequestUri = new Uri(proxy, request.RequestUri!.AbsolutePath);
        using var stream = await EventStreamClient.Open(nodes[0].Http, request);
        Assert.Empty(await stream.UntilLive());
        Assert.Equal((200, ServiceUnderTest.Success), await Logout(phone, mode: "2"));
        var notice = await stream.NextEvent();
        Assert.Equal("device-signed-out", notice?.Event);
        var acknowledgement = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy, "/onboarding/user/notices/ack/v1"))
        {
            Headers = { { "X-API-TOKEN", tablet.LoginToken }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent($$"""{"version":{{notice!.Id}}}""", Encoding.UTF8, "application/json"),
        };
        Assert.Equal(200, (await nodes[0].Send(acknowledgement)).Status);
        Assert.Empty(await NoticeCalls.OwedTo(nodes[0], tablet));
    }

    [Fact]
    public async Task The_callers_address_is_the_connections_and_not_what_it_claims()
    {
        var visitor = nodes[0].NewVisitor();
        var token = visitor.LoginTokenWith(("ALLOWED_IPS", "\"10.1.2.3\""));
        using var response = await Send(token, visitor.Body(), ("X-Forwarded-For", "10.1.2.3"));
        Assert.Equal(401, (int)response.StatusCode);
        using var local = await Send(visitor.LoginTokenWith(("ALLOWED_IPS", "\"127.0.0.1\"")), visitor.Body());
        Assert.Equal(200, (int)local.StatusCode);
    }

    [Fact]
    public async Task The_access_log_has_no_token_and_no_query()
    {
        var visitor = nodes[0].NewVisitor();
        await Logout(visitor);
        using var response = await nodes[0].Http.GetAsync(new Uri(proxy, "/onboarding/x?canary=1"), TestContext.Current.CancellationToken);
        var log = Path.Combine(folder, "access.log");
        await Wait.Until(
            () => File.Exists(log) && File.ReadAllText(log).Contains("/onboarding/x", StringComparison.Ordinal), () => "no line");
        var text = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);
        Assert.DoesNotContain("canary", text, StringComparison.Ordinal);
        Assert.DoesNotContain(visitor.LoginToken, text, StringComparison.Ordinal);
        Assert.DoesNotContain("MOB-APP", text, StringComparison.Ordinal);
    }

    private static bool IsOpen(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<(int Status, string Body)> Logout(Visitor visitor, string? body = null, string mode = "1")
    {
        using var response = await Send(visitor.LoginToken, body ?? visitor.Body(mode));
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    private Task<HttpResponseMessage> Ask(Visitor visitor) => Send(visitor.LoginToken, visitor.Body());

    private async Task<HttpResponseMessage> Send(string token, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(proxy, RawLogout.Path))
        {
            Headers = { { "X-API-TOKEN", token }, { "X-API-KEY", "MOB-APP-2001" } },
            Content = new StringContent(body, Encoding.UTF8, "text/plain"),
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        return await nodes[0].Http.SendAsync(request);
    }
}
