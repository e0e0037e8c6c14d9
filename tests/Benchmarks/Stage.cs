// Everything outside this process: the service, the ceiling and the folder of the log. All of it is gone when the run ends.
using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using BankEzy.Sessions.Benchmarks.Load;

namespace BankEzy.Sessions.Benchmarks;

/// <summary>The processes under load.</summary>
internal sealed class Stage : IDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);

    private static readonly string[] Settings =
        ["Sessions__", "ASPNETCORE_", "Logging__", "AllowedHosts", "DOTNET_ENVIRONMENT", "DOTNET_gc", "DOTNET_Tiered", "DOTNET_TC_"];

    private readonly string folder;
    private readonly Secrets secrets;
    private readonly string[] startService;
    private readonly PosixSignalRegistration[] signals;

    private Stage(string folder, Secrets secrets, string[] startService)
    {
        (this.folder, this.secrets, this.startService) = (folder, secrets, startService);
        signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    /// <summary>The service that was built from the working tree.</summary>
    public Target Service { get; private set; } = null!;

    /// <summary>Bare Kestrel.</summary>
    public Target Ceiling { get; private set; } = null!;

    public string LogFile => Path.Combine(folder, "sessions.db");

    /// <summary>Builds the service, starts both and waits until they answer.</summary>
    public static async Task<Stage> Set(string root, string disk, Secrets secrets)
    {
        var format = new DriveInfo(disk).DriveFormat;
        if (format is "tmpfs" or "ramfs")
        {
            throw new BenchmarkException($"{disk} is memory ({format}), where fsync costs nothing: name a folder on a disk with --disk.");
        }

        await Build(root);
        var built = Path.Combine(root, "artifacts", "Embedded", "bin", "Silo", "release", "BankEzy.Sessions.Silo");
        var ofThisRun = Directory.CreateDirectory(Path.Combine(disk, $"bankezy-benchmark-{Environment.ProcessId}")).FullName;
        var stage = new Stage(ofThisRun, secrets, [$"{built}.dll"]);
        try
        {
            // The ceiling runs under the service's own runtime settings (collector, tiering), whatever they are.
            stage.Service = stage.Start(stage.startService);
            var settings = $"{built}.runtimeconfig.json";
            stage.Ceiling = stage.Start(["exec", "--runtimeconfig", settings, typeof(Stage).Assembly.Location, "ceiling"]);
            await stage.Service.WaitUntilReady(StartMax);
            await stage.Ceiling.WaitUntilReady(StartMax);
            return stage;
        }
        catch
        {
            stage.Dispose();
            throw;
        }
    }

    /// <summary>Kills the service and starts it again on the same log.</summary>
    public async Task RestartService()
    {
        Service.Dispose();
        Service = Start(startService);
        await Service.WaitUntilReady(StartMax);
    }

    public void Dispose()
    {
        Service?.Dispose();
        Ceiling?.Dispose();
        foreach (var signal in signals)
        {
            signal.Dispose();
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private void Stop(PosixSignalContext context)
    {
        Console.Error.WriteLine($"Stopped by {context.Signal}.");
        Dispose();
    }

    private static async Task Build(string root)
    {
        string[] arguments = ["build", "-c", "Release", "--nologo", "-v", "quiet", "src/Silo"];
        using var build = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = root })!;
        await build.WaitForExitAsync();
        if (build.ExitCode != 0)
        {
            throw new BenchmarkException("The service could not be built.");
        }
    }

    private Target Start(string[] arguments)
    {
        var (publicPort, managementPort) = (FreePort(), FreePort());
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory, // not the log's folder: the host watches where it starts for changed settings
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        start.Environment["Sessions__Sqlite__Path"] = LogFile;
        start.Environment["Sessions__Public__Url"] = $"http://127.0.0.1:{publicPort}";
        start.Environment["Sessions__Management__Url"] = $"http://127.0.0.1:{managementPort}";
        start.Environment["Sessions__Management__Keys__0"] = secrets.ManagementKey;
        start.Environment[$"Sessions__Programs__{MadeUpUsers.Program}__TokenKeys__0"] = Base64Url.EncodeToString(secrets.TokenKey);
        return new Target(Process.Start(start)!, publicPort, managementPort);
    }

    // What happens to be set where the benchmark is started must not change what is measured.
    private static bool IsSetting(string name) =>
        Settings.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A process with two listeners on 127.0.0.1.</summary>
internal sealed class Target : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Process process;
    private readonly Queue<string> said = new();

    public Target(Process process, int publicPort, int managementPort)
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

    public async Task WaitUntilReady(TimeSpan timeout)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{ManagementPort}") };
        for (var begin = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begin) < timeout && !process.HasExited;)
        {
            try
            {
                if ((await client.GetAsync(new Uri("/health/ready", UriKind.Relative))).IsSuccessStatusCode)
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

    private void Remember(string? line)
    {
        lock (said)
        {
            if (line is { Length: > 0 })
            {
                said.Enqueue(line);
            }

            while (said.Count > 20)
            {
                said.Dequeue();
            }
        }
    }
}
