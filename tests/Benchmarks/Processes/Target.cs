// A process under load: the service, the ceiling or a peer.
using System.Diagnostics;
using System.Net;
using BankEzy.Sessions.Silo.Cluster;

namespace BankEzy.Sessions.Benchmarks.Processes;

/// <summary>A process that listens on 127.0.0.1.</summary>
internal sealed class Target : IDisposable
{
    private const int LinesKept = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    // What happens to be set where the benchmark is started must not change what is measured.
    private static readonly string[] Settings =
    [
        "Sessions__", "ConnectionStrings__", "ASPNETCORE_", "Logging__", "AllowedHosts", "DOTNET_ENVIRONMENT", "DOTNET_gc", "DOTNET_Tiered",
        "DOTNET_TC_", "NODE_", "OTEL_",
    ];

    private readonly Process process;
    private readonly Queue<string> said = new();

    private Target(Process process, int publicPort, int managementPort)
    {
        (this.process, PublicPort, ManagementPort) = (process, publicPort, managementPort);
        process.OutputDataReceived += (_, line) => Remember(line.Data);
        process.ErrorDataReceived += (_, line) => Remember(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public int PublicPort { get; }

    public int ManagementPort { get; }

    /// <summary>The last lines that the process wrote: where a refused request or a failed batch is explained.</summary>
    public string LastWords
    {
        get
        {
            lock (said)
            {
                return string.Join('\n', said);
            }
        }
    }

    /// <summary>How many lines the process wrote.</summary>
    public int LinesSaid { get; private set; }

    /// <summary>Starts a program with two free ports.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Its settings, given the public and the management port.</param>
    /// <param name="folder">The folder that it starts in; not the log's, as the host watches where it starts for changed settings.</param>
    public static Target Start(
        string program, IEnumerable<string> arguments, Func<int, int, IEnumerable<(string Name, string Value)>> environment, string folder)
    {
        var (publicPort, managementPort) = (Ports.FindFree(IPAddress.Loopback), Ports.FindFree(IPAddress.Loopback));
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment(publicPort, managementPort))
        {
            start.Environment[name] = value;
        }

        return new Target(Process.Start(start)!, publicPort, managementPort);
    }

    /// <summary>Waits until a path of a port answers with success.</summary>
    public async Task WaitUntilReady(int port, string path, TimeSpan timeout)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < timeout && !process.HasExited;)
        {
            try
            {
                if ((await client.GetAsync(new Uri(path, UriKind.Relative))).IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // The port is not open yet.
            }

            await Task.Delay(Pause, TimeProvider.System);
        }

        throw new BenchmarkException($"A process did not become ready. It said:\n{LastWords}");
    }

    /// <summary>Waits until it has ended well.</summary>
    public async Task ExpectSuccess()
    {
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new BenchmarkException($"A process ended with {process.ExitCode}. It said:\n{LastWords}");
        }
    }

    /// <summary>SIGTERM, and waits for the end.</summary>
    public async Task Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
        }
        catch (InvalidOperationException)
        {
            // It has ended by itself.
        }

        process.Dispose();
    }

    private static bool IsSetting(string name) =>
        Settings.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private void Remember(string? line)
    {
        lock (said)
        {
            if (line is { Length: > 0 })
            {
                LinesSaid++;
                said.Enqueue(line);
            }

            while (said.Count > LinesKept)
            {
                said.Dequeue();
            }
        }
    }
}
