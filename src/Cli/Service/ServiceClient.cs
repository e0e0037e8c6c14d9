// The service as the tool sees it: HTTP, a key, and answers that are either what was asked for or a failure with an exit code.
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Service;

/// <summary>Calls the management listener.</summary>
internal sealed class ServiceClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HttpClient _http;
    private readonly string? _key;

    private ServiceClient(Uri url, string? key, string? actor)
    {
        (Url, _key) = (url, key);
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false,
            ConnectTimeout = Patience })
        {
            Timeout = Timeout.InfiniteTimeSpan, // A stream may last; each call has its own patience.
        };
        if (actor is { Length: > 0 })
        {
            _http.DefaultRequestHeaders.TryAddWithoutValidation("X-Actor", actor);
        }
    }

    /// <summary>Where the service is.</summary>
    public Uri Url { get; }

    /// <summary>Finds the address and the key. Nothing is sent yet.</summary>
    public static ServiceClient Open(string? url, string? keyFile, string? actor)
    {
        static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
        var address = ReadUrl(url ?? Variable("SESSIONS_URL") ?? CommonOptions.UrlDefault, "--url, or SESSIONS_URL");
        var person = actor ?? Variable("SESSIONS_ACTOR");
        return person?.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '_' or '-') == false
            ? throw Failure.Usage(
                "--actor, or SESSIONS_ACTOR, is no name of a person.", "It is 2 to 32 of A-Z a-z 0-9 . _ -, such as g.bianchi.")
            : new ServiceClient(address, ManagementKey.Find(keyFile, address, Variable), person);
    }

    /// <summary>Reads an address.</summary>
    public static Uri ReadUrl(string text, string where) =>
        Uri.TryCreate(text.EndsWith('/') ? text : text + "/", UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && url.UserInfo.Length == 0
            ? url
            : throw Failure.Usage($"{where}, is not an address such as {CommonOptions.UrlDefault}.",
                "Begin it with http:// or https://, and put no key into it.");

    public void Dispose() => _http.Dispose();

    /// <summary>Asks and returns the JSON of a 2xx answer.</summary>
    public async Task<JsonDocument> Get(string path, CancellationToken stop) => Parse(await Ask(New(HttpMethod.Get, path), stop), path);

    /// <summary>Sends JSON and returns the JSON of a 2xx answer.</summary>
    public async Task<JsonDocument> Post(string path, Action<Utf8JsonWriter> members, CancellationToken stop) =>
        Parse(await Ask(JsonPost(path, members), stop), path);

    /// <summary>Sends a form and returns the JSON of a 2xx answer.</summary>
    public async Task<JsonDocument> PostForm(string path, IEnumerable<KeyValuePair<string, string>> fields, CancellationToken stop)
    {
        var request = New(HttpMethod.Post, path);
        request.Content = new FormUrlEncodedContent(fields);
        return Parse(await Ask(request, stop), path);
    }

    /// <summary>A request with a JSON object as its body.</summary>
    public HttpRequestMessage JsonPost(string path, Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        var request = New(HttpMethod.Post, path);
        request.Content = new ByteArrayContent(bytes.ToArray())
        {
            Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
        };
        return request;
    }

    /// <summary>A request to the service.</summary>
    public HttpRequestMessage New(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(Url, path.TrimStart('/')));
        if (_key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _key);
        }

        return request;
    }

    /// <summary>Sends a request whose whole answer is waited for. The answer's status is 2xx.</summary>
    /// <exception cref="Failure">It is not, or there is none.</exception>
    public async Task<byte[]> Ask(HttpRequestMessage request, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        using var response = await Send(request, patience.Token, stop);
        try
        {
            return await response.Content.ReadAsByteArrayAsync(patience.Token);
        }
        catch (Exception failure) when (IsBroken(failure, stop))
        {
            throw NoAnswer(failure);
        }
    }

    /// <summary>Sends a request and returns as soon as the head of a 2xx answer is there.</summary>
    public async Task<HttpResponseMessage> Open(HttpRequestMessage request, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(Patience);
        return await Send(request, patience.Token, stop);
    }

    /// <summary>Asks the node whether it takes requests. It needs no key, so that a wrong key and a node that is not ready are two
    /// messages.</summary>
    /// <exception cref="Failure">It does not, and why; or it does not answer.</exception>
    public async Task CheckReady(CancellationToken stop)
    {
        try
        {
            await Ask(New(HttpMethod.Get, "/health/ready"), stop);
        }
        catch (Failure failure) when (failure.Why is { } why)
        {
            throw new Failure(
                failure.Code, $"The node at {Url} is not ready: {why}.", $"docs/operations.md, first look, says what to do about '{why}'.");
        }
    }

    /// <summary>What a broken connection means for a command.</summary>
    public Failure NoAnswer(Exception failure) => new(
        ExitCode.Unreachable,
        failure is HttpRequestException or IOException ? $"The service at {Url} does not answer: {failure.Message}"
            : $"The service at {Url} did not answer within {Patience.TotalSeconds:0} seconds.",
        "Is it running, and is this its management listener? Set --url or SESSIONS_URL.");

    /// <summary>Whether an exception is the connection's, and not Ctrl-C.</summary>
    public static bool IsBroken(Exception failure, CancellationToken stop) =>
        failure is HttpRequestException or IOException || (failure is OperationCanceledException && !stop.IsCancellationRequested);

    private async Task<HttpResponseMessage> Send(HttpRequestMessage request, CancellationToken patience, CancellationToken stop)
    {
        HttpResponseMessage response;
        using (request)
        {
            try
            {
                response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience);
            }
            catch (Exception failure) when (IsBroken(failure, stop))
            {
                throw NoAnswer(failure);
            }

            if (response.IsSuccessStatusCode)
            {
                return response;
            }
        }

        using (response)
        {
            throw Explain(response, request.RequestUri!.AbsolutePath, await TextOf(response, stop));
        }
    }

    private Failure Explain(HttpResponseMessage response, string path, string text) => response.StatusCode switch
    {
        HttpStatusCode.Unauthorized when _key is null => new(
            ExitCode.Refused, $"{Url} asks for a management key, and there is none.",
            $"Put it into {ManagementKey.Variable}, or into a file for --key-file (docs/operations.md, management keys)."),
        HttpStatusCode.Unauthorized => new(
            ExitCode.Refused, $"{Url} does not know this management key.",
            $"Look at {ManagementKey.Variable} and --key-file. The service's log has a line code=management_key for it."),
        HttpStatusCode.Forbidden => new(
            ExitCode.Refused, text, "Use a key with that role: docs/api.md has the table of roles."),
        HttpStatusCode.BadRequest => Failure.Usage(
            $"The service refused a value: {text}", "Nothing was changed. Correct it; --help says what the command takes."),
        HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed => new(
            ExitCode.Failed, $"{Url} has no {path}.",
            "Is this the management listener (port 10001), and is the service as new as this tool? Compare with 'sessions --version'."),
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable or HttpStatusCode.RequestTimeout => new(
            ExitCode.Unreachable, $"The service cannot answer now: {(int)response.StatusCode} {text}",
            $"Repeat it{(response.Headers.RetryAfter?.Delta is { } time ? $" after {time.TotalSeconds:0} s" : "")}: a repeat never acts "
                + $"twice. If it stays so: 'sessions status', and the service's log{InLog(response)}.") { Why = text },
        _ => new(
            ExitCode.Failed, $"The service answered {(int)response.StatusCode} {text}",
            $"docs/error-codes.md says what it means; the service's log has more{InLog(response)}."),
    };

    private static string InLog(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Request-Id", out var ids) ? $" (rid={string.Join(',', ids)})" : "";

    private static async Task<string> TextOf(HttpResponseMessage response, CancellationToken stop)
    {
        try
        {
            var body = await response.Content.ReadAsStringAsync(stop);
            using var json = JsonDocument.Parse(body);
            return json.RootElement.Text("resDesc") is { Length: > 0 } text ? text
                : json.RootElement.Text("status") is { Length: > 0 } status ? status : response.ReasonPhrase ?? "";
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException || IsBroken(failure, stop))
        {
            return response.ReasonPhrase ?? "";
        }
    }

    private JsonDocument Parse(byte[] body, string path)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            throw new Failure(
                ExitCode.Failed, $"The answer of {path} is no JSON: {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 40)))}",
                $"Is {Url} the management listener of the service?");
        }
    }
}
