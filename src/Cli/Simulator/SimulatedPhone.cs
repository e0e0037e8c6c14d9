// A phone at a service in Development: the simulator of the bank's neighbours gives it tokens, on the public listener.
using System.CommandLine;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Cli.Service;

namespace BankEzy.Sessions.Cli.Simulator;

/// <summary>Where the public listener is.</summary>
internal static class PublicListener
{
    private const string Default = "http://localhost:10000";

    public static Option<string?> Option() => new("--public-url")
    {
        Description = $"The public listener. SESSIONS_PUBLIC_URL, else {Default}",
        HelpName = "url",
    };

    public static Uri Find(string? given) => ServiceClient.ReadUrl(
        given ?? (Environment.GetEnvironmentVariable("SESSIONS_PUBLIC_URL") is { Length: > 0 } set ? set : Default),
        "--public-url, or SESSIONS_PUBLIC_URL");
}

/// <summary>The tokens that an app holds after a sign-in.</summary>
/// <param name="App">The app token.</param>
/// <param name="Login">The login token.</param>
/// <param name="ExpiresAt">When the login token expires.</param>
internal sealed record Tokens(string App, string Login, DateTimeOffset ExpiresAt);

/// <summary>Signs in and out as a phone does.</summary>
/// <param name="url">The public listener.</param>
/// <param name="program">PROGRAM_ID.</param>
/// <param name="apiKey">X-API-KEY; MOB-APP- and the program when null.</param>
internal sealed class SimulatedPhone(Uri url, int program, string? apiKey) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false,
        UseCookies = false }) { Timeout = TimeSpan.FromSeconds(30) };

    /// <summary>Signs in.</summary>
    /// <param name="account">The account number.</param>
    /// <param name="device">The device id.</param>
    /// <param name="mode">1 or 2.</param>
    /// <param name="stop">Stops it.</param>
    public async Task<Tokens> SignIn(string account, string device, int mode, CancellationToken stop)
    {
        using var first = await Send("/token-service/new/v2/token", account, token: null, _ => { }, stop);
        var app = first.RootElement.GetProperty("token").GetString()!;
        using var second = await Send("/onboarding/user/login/v1", account, app, json =>
        {
            json.WriteString("keyRef"u8, "");
            json.WriteString("pin"u8, "1111"); // Any PIN but 0000 is right.
            json.WriteNumber("signInMode"u8, mode);
            json.WriteString("token"u8, app);
            json.WriteString("authType"u8, "1");
            json.WriteString("deviceId"u8, device);
        }, stop);
        var data = second.RootElement.GetProperty("data");
        return new Tokens(app, data.GetProperty("token").GetString()!,
            DateTimeOffset.FromUnixTimeMilliseconds(data.GetProperty("expiry").GetInt64()));
    }

    /// <summary>Signs out with the contract's call.</summary>
    public async Task SignOut(Tokens tokens, string device, int mode, CancellationToken stop)
    {
        using var answer = await Send("/onboarding/user/logout/v1", account: null, tokens.Login, json =>
        {
            json.WriteNumber("signOutMode"u8, mode);
            json.WriteString("deviceId"u8, device);
            json.WriteString("token"u8, tokens.App);
        }, stop);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonDocument> Send(string path, string? account, string? token, Action<Utf8JsonWriter> members,
        CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(url, path))
        {
            Content = new StringContent(Body(members), Encoding.UTF8),
        };
        request.Headers.Add("X-API-KEY", apiKey ?? $"MOB-APP-{program}");
        foreach (var (name, value) in new[] { ("X-ACCOUNT-NUMBER", account), ("X-API-TOKEN", token) })
        {
            if (value is not null)
            {
                request.Headers.Add(name, value);
            }
        }

        try
        {
            using var response = await _http.SendAsync(request, stop);
            var body = await response.Content.ReadAsStringAsync(stop);
            return response.IsSuccessStatusCode ? JsonDocument.Parse(body) : throw Explain((int)response.StatusCode, path);
        }
        catch (Exception failure) when (ServiceClient.IsBroken(failure, stop))
        {
            throw new Failure(
                ExitCode.Unreachable, $"The public listener at {url} does not answer: {failure.Message}",
                    "Set --public-url or SESSIONS_PUBLIC_URL.");
        }
    }

    private Failure Explain(int status, string path) => status switch
    {
        404 => new Failure(
            ExitCode.Failed, $"{url} has no {path}: the simulator is off.",
            "Tokens are made by the bank's services. The simulator stands in for them in Development only (Sessions__Simulator)."),
        401 => new Failure(
            ExitCode.Refused, $"{path} was refused.", $"Has the service a program {program} with this X-API-KEY? --program and "
                + $"--api-key say which."),
        503 or 429 => new Failure(ExitCode.Unreachable, $"{path} cannot be answered now ({status}).",
            "Repeat it; look into the service's log."),
        _ => new Failure(ExitCode.Failed, $"{path} answered {status}.", "docs/error-codes.md says what it means."),
    };

    private static string Body(Action<Utf8JsonWriter> members)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.ToArray());
    }
}
