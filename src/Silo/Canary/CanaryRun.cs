// One run of the canary: signs in on two devices, signs one of them out, and looks at what a phone and a bank's service see of it. It uses
// the API as they do, over HTTP and with keys and tokens; nothing of the service knows that it is not a phone.
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Api.Simulator;
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo.Canary;

/// <summary>Where a run goes.</summary>
/// <param name="Public">The public listener.</param>
/// <param name="Nodes">The management listeners of all nodes.</param>
/// <param name="Key">A management key.</param>
internal sealed record CanaryTargets(Uri Public, IReadOnlyList<Uri> Nodes, string Key);

/// <summary>What a run found.</summary>
/// <param name="RefusedAfter">From the answer 200 until every node refused the session.</param>
/// <param name="NotifiedAfter">From the answer 200 until the other device had its notice.</param>
internal readonly record struct CanaryResult(TimeSpan RefusedAfter, TimeSpan NotifiedAfter);

/// <summary>A step of a run did not go as it must. The message says which, and nothing of tokens or keys.</summary>
internal sealed class CanaryException(string message) : Exception(message);

/// <summary>One run.</summary>
/// <param name="http">Sends the requests.</param>
/// <param name="targets">Where to.</param>
/// <param name="tokens">Makes the tokens, as the bank would.</param>
/// <param name="program">Whose user it is.</param>
internal sealed class CanaryRun(HttpClient http, CanaryTargets targets, SimulatorTokens tokens, ProgramSettings program)
{
    /// <summary>The account of the canary: the largest number that 20 digits of a ulong hold, which no bank gives to a customer.</summary>
    public const string Account = "18446744073709551615";

    private const string Json = "application/json";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5); // between two questions to a node

    private readonly record struct Phone(string Device, SessionId Session, string Token, DateTimeOffset ExpiresAt);

    /// <summary>Runs it.</summary>
    /// <exception cref="CanaryException">A step failed.</exception>
    public async Task<CanaryResult> Run(CancellationToken stop)
    {
        var nodes = await FindNodes(stop);
        var (leaving, staying) = (await SignIn(nodes[0], "canary-1", stop), await SignIn(nodes[0], "canary-2", stop));
        await Task.WhenAll(nodes.Select(node => CheckAlive(node, leaving, stop)));
        using var stream = await OpenNotices(staying, stop);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(stop));
        await ReadUntil(reader, ": live", stop);

        await SignOut(leaving, mode: 2, stop);
        var answeredAt = TimeProvider.System.GetTimestamp();
        var refused = Task.WhenAll(nodes.Select(node => WaitUntilRefused(node, leaving, stop)));
        var version = await ReadNotice(reader, stop);
        var notified = TimeProvider.System.GetElapsedTime(answeredAt);
        var last = (await refused).Max();

        await Post("acknowledge", new Uri(targets.Public, "/onboarding/user/notices/ack/v1"), staying, $"{{\"version\":{version}}}", stop);
        await SignOut(staying, mode: 1, stop);
        return new CanaryResult(TimeProvider.System.GetElapsedTime(answeredAt, last), notified);
    }

    // A node whose port is closed serves nobody, and other alarms say that it is gone. One that takes a connection, or lets it wait, must
    // refuse the session like all others.
    private async Task<IReadOnlyList<Uri>> FindNodes(CancellationToken stop)
    {
        var nodes = new List<Uri>();
        foreach (var node in targets.Nodes)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(node, "/health/live"), stop);
                nodes.Add(node);
            }
            catch (HttpRequestException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused })
            {
                // It is left out.
            }
        }

        return nodes.Count > 0 ? nodes : throw new CanaryException("find a node: all management listeners refuse the connection");
    }

    private async Task<Phone> SignIn(Uri node, string device, CancellationToken stop)
    {
        var session = SimulatorTokens.NewSession();
        var (token, expiresAt) = tokens.LoginToken(program.Id, Account, session);
        var report = $$"""
            {"program":{{program.Id}},"account":"{{Account}}","sessionId":"{{session}}","deviceId":"{{device}}","signInMode":1,
            "expiresAt":"{{expiresAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}}"}
            """;
        var request = Manage(node, "/internal/sessions/v1", new StringContent(report, Encoding.UTF8, Json));
        using var answer = await Send("report a sign-in", request, stop);
        return new Phone(device, session, token, expiresAt);
    }

    private async Task CheckAlive(Uri node, Phone phone, CancellationToken stop)
    {
        if (!await IsAlive(node, phone, stop))
        {
            throw new CanaryException($"introspect: {node} does not know a session that was reported a moment ago");
        }
    }

    private async Task<long> WaitUntilRefused(Uri node, Phone phone, CancellationToken stop)
    {
        while (await IsAlive(node, phone, stop))
        {
            await Task.Delay(Pause, TimeProvider.System, stop);
        }

        return TimeProvider.System.GetTimestamp();
    }

    private async Task<bool> IsAlive(Uri node, Phone phone, CancellationToken stop)
    {
        using var form = new FormUrlEncodedContent(
            [new("program", $"{program.Id}"), new("account", Account), new("session_id", $"{phone.Session}")]);
        using var answer = await Send("introspect", Manage(node, "/internal/introspect/v1", form), stop);
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(stop));
        return body.RootElement.GetProperty("active").GetBoolean();
    }

    private Task<HttpResponseMessage> OpenNotices(Phone phone, CancellationToken stop) => Send(
        "open the stream of notices",
        FromPhone(HttpMethod.Get, new Uri(targets.Public, "/onboarding/user/notices/v1"), phone), stop);

    private async Task SignOut(Phone phone, int mode, CancellationToken stop)
    {
        var (token, _) = tokens.AppToken(program.Id, Account);
        var body = $$"""{"signOutMode":{{mode}},"deviceId":"{{phone.Device}}","token":"{{token}}"}""";
        await Post("sign out", new Uri(targets.Public, Api.Logout.Logout.Path), phone, body, stop);
    }

    private async Task Post(string step, Uri url, Phone phone, string body, CancellationToken stop)
    {
        var request = FromPhone(HttpMethod.Post, url, phone);
        request.Content = new StringContent(body, Encoding.UTF8, Json);
        using var answer = await Send(step, request, stop);
    }

    private static async Task<long> ReadNotice(StreamReader reader, CancellationToken stop)
    {
        await ReadUntil(reader, "event: device-signed-out", stop);
        using var notice = JsonDocument.Parse((await ReadUntil(reader, "data: ", stop))["data: ".Length..]);
        return notice.RootElement.GetProperty("version").GetInt64();
    }

    private static async Task<string> ReadUntil(StreamReader reader, string start, CancellationToken stop)
    {
        while (await reader.ReadLineAsync(stop) is { } line)
        {
            if (line.StartsWith(start, StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new CanaryException("stream of notices: it ended before the notice came");
    }

    private HttpRequestMessage FromPhone(HttpMethod method, Uri url, Phone phone) => new(method, url)
    {
        Headers = { { "X-API-TOKEN", phone.Token }, { "X-API-KEY", program.ApiKeys[0] } },
    };

    private HttpRequestMessage Manage(Uri node, string path, HttpContent content) => new(HttpMethod.Post, new Uri(node, path))
    {
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", targets.Key) },
        Content = content,
    };

    private async Task<HttpResponseMessage> Send(string step, HttpRequestMessage request, CancellationToken stop)
    {
        using (request)
        {
            var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
            if (answer.IsSuccessStatusCode)
            {
                return answer;
            }

            answer.Dispose();
            throw new CanaryException($"{step}: {request.RequestUri!.GetLeftPart(UriPartial.Authority)} answered {(int)answer.StatusCode}");
        }
    }
}
