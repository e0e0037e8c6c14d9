// The built service as a process of its own, as an operator runs it: killed without warning, started again on the same log.
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

internal sealed class ServiceProcess : IDisposable
{
    private const string ManagementKey = "a-management-key-of-the-tests";
    private const int LastLinesMax = 40;
    private static readonly byte[] TokenKey = SHA256.HashData("the token key of the process tests"u8);

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lastLines = new();
    private volatile TaskCompletionSource _reads = new();

    private ServiceProcess(Process process)
    {
        _process = process;
        _reads.SetResult();
        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", ManagementKey);
    }

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    public Uri Public { get; private set; } = null!;

    public Uri Management { get; private set; } = null!;

    public bool HasExited => _process.HasExited;

    /// <summary>What it said last, for everybody who looks into a failed test.</summary>
    public IEnumerable<string> LastLines => _lastLines;

    /// <summary>Each line that it says from now on, by the one who reads it.</summary>
    public Action<string>? Said { get; set; }

    /// <summary>Starts the service on an SQLite file in this folder.</summary>
    public static Task<ServiceProcess> Start(string folder, params (string Name, string Value)[] settings) =>
        Start([("Sessions__Sqlite__Path", Path.Combine(folder, "sessions.db")), .. settings]);

    /// <summary>Starts the service outside Development and waits until it says where it listens.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message is what it said.</exception>
    public static Task<ServiceProcess> Start(params (string Name, string Value)[] settings) => StartBy([], settings);

    /// <summary>Starts the service by a program that is given its command line.</summary>
    /// <exception cref="InvalidOperationException">It ended instead; the message is what it said.</exception>
    public static async Task<ServiceProcess> StartBy(string[] program, params (string Name, string Value)[] settings)
    {
        string[] command = [.. program, "dotnet", Path.Combine(AppContext.BaseDirectory, "BankEzy.Sessions.Silo.dll")];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["Logging__LogLevel__BankEzy.Sessions.Silo.StartupBanner"] = "Information";
        start.Environment["Sessions__Public__Url"] = "http://127.0.0.1:0";
        start.Environment["Sessions__Management__Url"] = "http://127.0.0.1:0";
        start.Environment["Sessions__Management__Keys__0"] = ManagementKey;
        start.Environment["Sessions__UserKey"] = Visitor.UserKeyText;
        start.Environment["Sessions__Programs__2001__TokenKeys__0"] = Base64Url.EncodeToString(TokenKey);
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var service = new ServiceProcess(Process.Start(start)!);
        var said = new StringBuilder();
        while (service.Management is null)
        {
            if (await service._process.StandardOutput.ReadLineAsync() is not { } line)
            {
                said.Append(await service._process.StandardError.ReadToEndAsync());
                service.Dispose();
                throw new InvalidOperationException($"The service ended before it was ready: {said}");
            }

            said.AppendLine(line);
            service._lastLines.Enqueue(line);
            service.Understand(line.Trim());
        }

        // Read on, so that nothing waits for a reader.
        _ = service.Listen(service._process.StandardOutput);
        _ = service.Listen(service._process.StandardError);
        return service;
    }

    /// <summary>kill -9.</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM; returns the exit code.</summary>
    public async Task<int> Terminate()
    {
        await Signal("TERM");
        return await Ended();
    }

    /// <summary>Sends a signal: STOP, CONT, TERM.</summary>
    public async Task Signal(string name)
    {
        using var kill = Process.Start("kill", $"-{name} {_process.Id}");
        await kill.WaitForExitAsync();
    }

    /// <summary>From now on nobody reads what it says, until <see cref="ReadOn"/>.</summary>
    public void StopReading() => _reads = new TaskCompletionSource();

    public void ReadOn() => _reads.SetResult();

    /// <summary>Waits until the process has ended; returns the exit code.</summary>
    public async Task<int> Ended()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    /// <summary>A user that the log does not know.</summary>
    public static Visitor NewVisitor() => Visitor.New(TimeProvider.System.GetUtcNow(), TokenKey, TokenKey);

    /// <summary>The status of the readiness probe; 0 when nobody answers.</summary>
    public async Task<int> Ready()
    {
        try
        {
            using var response = await Http.GetAsync(new Uri(Management, "/health/ready"));
            return (int)response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return 0;
        }
    }

    /// <summary>Waits until the readiness probe says yes.</summary>
    public Task UntilReady() => Wait.Until(async () => await Ready() == 200, () => "The node is not ready.");

    /// <summary>A login token of a session that nobody has reported.</summary>
    /// <param name="account">The user's account number.</param>
    /// <param name="session">Which one of the user's sessions.</param>
    public static string TokenOf(long account, int session = 1)
    {
        var id = new Guid((int)account, (short)session, 4, [0x80, 2, 3, 4, 5, 6, 7, 8]);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = $$"""
            {"USER_ID":{{account}},"LOGIN_HISTORY_ID":"{{id}}","X-ACCOUNT-NUMBER":{{account}},"PROGRAM_ID":2001,
             "iat":{{now}},"exp":{{now + 1800}}}
            """;
        return JoseTokens.Seal(TokenKey, Encoding.UTF8.GetBytes(claims));
    }

    /// <summary>Logs out; null when the service did not answer.</summary>
    public async Task<int?> Logout(string token)
    {
        try
        {
            return (await Send(LogoutOf(token))).Status;
        }
        catch (HttpRequestException)
        {
            return null; // Killed in between: this is what the test is about.
        }
    }

    /// <summary>A logout with a token of <see cref="TokenOf"/>.</summary>
    public HttpRequestMessage LogoutOf(string token) => new(HttpMethod.Post, new Uri(Public, RawLogout.Path))
    {
        Headers = { { "X-API-TOKEN", token } },
        Content = new StringContent($$"""{"signOutMode":1,"deviceId":"phone","token":"{{token}}"}"""),
    };

    public async Task<Reply> Send(HttpRequestMessage request)
    {
        using (request)
        {
            using var response = await Http.SendAsync(request);
            return new Reply(
                (int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers);
        }
    }

    public async Task<string> Introspect(string token)
    {
        using var form = new FormUrlEncodedContent([new("token", token)]);
        using var response = await Http.PostAsync(new Uri(Management, "/internal/introspect/v1"), form);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>A user's events: name and hash, after the hash chain was checked.</summary>
    public Task<IReadOnlyList<string>> Timeline(long account) => Timeline($"{account}");

    public async Task<IReadOnlyList<string>> Timeline(string account)
    {
        using var body = new StringContent($$"""{"program":2001,"account":"{{account}}"}""");
        using var response = await Http.PostAsync(new Uri(Management, "/internal/timeline/v1"), body);
        using var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var hash = default(EventHash);
        var names = new List<string>();
        foreach (var stored in document.RootElement.GetProperty("events").EnumerateArray())
        {
            names.Add(stored.GetProperty("name").GetString()!);
            hash = hash.Next(
                Visitor.UserOf($"{account}").Stream, stored.GetProperty("version").GetInt64(),
                new CommandId(stored.GetProperty("command").GetGuid()),
                stored.GetProperty("ordinal").GetInt32(), names[^1], Encoding.UTF8.GetBytes(stored.GetProperty("data").GetRawText()));
            Assert.Equal(hash.ToString(), stored.GetProperty("hash").GetString());
        }

        return names;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        Http.Dispose();
    }

    private async Task Listen(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            await _reads.Task;
            Said?.Invoke(line);
            _lastLines.Enqueue(line);
            if (_lastLines.Count > LastLinesMax)
            {
                _lastLines.TryDequeue(out _);
            }
        }
    }

    private void Understand(string line)
    {
        var words = line.Split(' ', '"');
        if (words.Contains("evt=ready"))
        {
            string Value(string name) => words.First(word => word.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];
            Public = Value("public") == "-" ? null! : new Uri(Value("public"));
            Management = new Uri(Value("management"));
        }
    }
}
