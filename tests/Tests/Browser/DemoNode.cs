// The built service in Development, as a newcomer runs it, on ports that stay its own when it is started again.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Browser;

internal sealed class DemoNode : IDisposable
{
    private readonly (string Name, string Value)[] settings;
    private readonly int management = FreePort();
    private Process? process;

    public DemoNode(int port, params (string Name, string Value)[] settings)
    {
        this.settings = settings;
        Address = $"http://localhost:{port}";
    }

    public string Address { get; }

    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts it, unless it runs, and waits until it is ready.</summary>
    public async Task Start()
    {
        if (process is not null)
        {
            return;
        }

        var start = new ProcessStartInfo("dotnet", Path.Combine(AppContext.BaseDirectory, "BankEzy.Sessions.Silo.dll"))
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["Sessions__Public__Url"] = Address;
        start.Environment["Sessions__Management__Url"] = $"http://localhost:{management}";
        start.Environment["Sessions__Dashboard"] = "false";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        process = Process.Start(start)!;
        process.BeginOutputReadLine(); // Nobody may wait for a reader.
        process.BeginErrorReadLine();
        using var http = new HttpClient();
        await Wait.Until(async () => await IsReady(http), () => $"The service at {Address} is not ready.");
    }

    /// <summary>Ends it as Ctrl+C does. Not with that signal, which what runs in the background of a script ignores.</summary>
    public async Task Stop()
    {
        using var kill = Process.Start("kill", $"-TERM {process!.Id}");
        await process.WaitForExitAsync();
        process.Dispose();
        process = null;
    }

    public void Dispose()
    {
        process?.Kill();
        process?.WaitForExit();
        process?.Dispose();
    }

    private async Task<bool> IsReady(HttpClient http)
    {
        Assert.False(process!.HasExited, "The service ended by itself.");
        try
        {
            var probe = new Uri($"http://localhost:{management}/health/ready");
            using var answer = await http.GetAsync(probe, TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
