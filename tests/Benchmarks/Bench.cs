// What a run shares: its options, its secrets, its folder, the ceiling and the database server. All of it is gone when the run ends.
using System.Diagnostics;
using System.Runtime.InteropServices;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;
using Npgsql;

namespace BankEzy.Sessions.Benchmarks;

/// <summary>The stage of a run.</summary>
internal sealed class Bench : IDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(30);

    private readonly string folder;
    private readonly List<IDisposable> started = [];
    private readonly Lock ending = new();
    private readonly PosixSignalRegistration[] signals;
    private readonly DateTimeOffset issuedAt = TimeProvider.System.GetUtcNow();
    private Target? ceiling;
    private PostgresServer? postgres;
    private int services;
    private long usersMade;

    public Bench(Options options)
    {
        Options = options;
        var format = new DriveInfo(options.Disk).DriveFormat;
        if (format is "tmpfs" or "ramfs")
        {
            throw new BenchmarkException(
                $"{options.Disk} is memory ({format}), where fsync costs nothing: name a folder on a disk with --disk.");
        }

        folder = Directory.CreateDirectory(Path.Combine(options.Disk, $"bankezy-benchmark-{Environment.ProcessId}")).FullName;
        Disk = Disk.Under(options.Disk);
        signals = [.. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, Stop))];
    }

    public Options Options { get; }

    public Secrets Secrets { get; } = Secrets.Make();

    /// <summary>The disk that holds the logs.</summary>
    public Disk Disk { get; }

    /// <summary>The root of the working tree.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>What was left out, and why: shown with the results.</summary>
    public List<string> LeftOut { get; } = [];

    /// <summary>How the database server is set, once it was needed.</summary>
    public string? PostgresVersion => postgres?.Version;

    /// <summary>The last lines of everything that runs.</summary>
    public string LastWords =>
        string.Join('\n', started.OfType<Service>().SelectMany(service => service.Nodes).Select(node => node.LastWords));

    /// <summary>Builds the service and the operator's tool from the working tree.</summary>
    public static async Task Build()
    {
        foreach (var project in (string[])["src/Silo", "src/Cli"])
        {
            string[] arguments = ["build", "-c", "Release", "--nologo", "-v", "quiet", project];
            using var build = Process.Start(new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = Root })!;
            await build.WaitForExitAsync();
            if (build.ExitCode != 0)
            {
                throw new BenchmarkException($"{project} could not be built.");
            }
        }
    }

    /// <summary>The program of a build of the service.</summary>
    public string ServiceProgram => Path.Combine(
        Root, "artifacts", "bin", "Silo", "release", "BankEzy.Sessions.Silo.dll");

    /// <summary>The operator's tool of the same build.</summary>
    public string ToolProgram => Path.Combine(Root, "artifacts", "bin", "Cli", "release", "sessions.dll");

    /// <summary>A folder of the run.</summary>
    public string NewFolder(string name) => Path.Combine(folder, $"{name}-{++services}");

    /// <summary>A service with an empty log, not started yet.</summary>
    public async Task<Service> Prepare(ServiceSetup setup)
    {
        var server = setup.Store == LogKind.Postgres ? await Postgres() : null;
        return Keep(Service.Prepare(this, setup, NewFolder("log"), server));
    }

    /// <summary>A running service with an empty log.</summary>
    public async Task<Service> Serve(ServiceSetup setup) => await (await Prepare(setup)).Start();

    /// <summary>The ceiling that all cases share, ready.</summary>
    public async Task<Target> Ceiling()
    {
        if (ceiling is null)
        {
            ceiling = StartCeiling();
            await ceiling.WaitUntilReady(ceiling.ManagementPort, "/", StartMax);
        }

        return ceiling;
    }

    public async Task<Endpoint> CeilingAt(bool isPublic)
    {
        var target = await Ceiling();
        return new Endpoint([isPublic ? target.PublicPort : target.ManagementPort], () => Costs.Of(target.Id), () => TimeSpan.Zero);
    }

    /// <summary>Bare Kestrel, under the service's own runtime settings (collector, tiering), whatever they are.</summary>
    public Target StartCeiling() => StartOwn(
        "ceiling", ["--runtimeconfig", Path.ChangeExtension(ServiceProgram, ".runtimeconfig.json")], more: []);

    /// <summary>One of this program's own servers as a process.</summary>
    public Target StartOwn(string command, string[] runtime, (string Name, string Value)[] more)
    {
        string[] arguments = ["exec", .. runtime, typeof(Bench).Assembly.Location, command];
        return Keep(Target.Start("dotnet", arguments, (publicPort, managementPort) =>
        [
            ("ASPNETCORE_ENVIRONMENT", "Production"), ("Sessions__Sqlite__Path", Path.Combine(folder, "none.db")),
            ("Sessions__Public__Url", $"http://127.0.0.1:{publicPort}"),
            ("Sessions__Management__Url", $"http://127.0.0.1:{managementPort}"),
            ("Sessions__Management__Keys__0", Secrets.ManagementKey),
            ($"Sessions__Programs__{MadeUpUsers.Program}__TokenKeys__0", System.Buffers.Text.Base64Url.EncodeToString(Secrets.TokenKey)),
            ("Sessions__UserKey", System.Buffers.Text.Base64Url.EncodeToString(Secrets.UserKey)),
            .. more,
        ], AppContext.BaseDirectory));
    }

    public async Task<PostgresServer> Postgres() => postgres ??= Keep(await PostgresServer.Start(Path.Combine(folder, "postgres")));

    /// <summary>Users whom nobody has seen before.</summary>
    public MadeUpUsers NewUsers(int count)
    {
        var users = new MadeUpUsers(Secrets, usersMade, count, issuedAt);
        usersMade += count;
        return users;
    }

    /// <summary>Is stopped when the run ends, if not before.</summary>
    public T Keep<T>(T something)
        where T : IDisposable
    {
        started.Add(something);
        return something;
    }

    /// <summary>Ends something before the run does.</summary>
    public void End(IDisposable something)
    {
        started.Remove(something);
        something.Dispose();
    }

    public static void Say(string text) => Console.WriteLine(text);

    // A signal and the end of the run may come here at once; the second one finds nothing left to do.
    public void Dispose()
    {
        lock (ending)
        {
            while (started.Count > 0)
            {
                var postgresLast = started.FindLastIndex(one => one is not PostgresServer);
                TryEnd(started[Math.Max(postgresLast, 0)]);
            }

            Array.ForEach(signals, signal => signal.Dispose());
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    // One that cannot be ended in good order must not keep the others running.
    private void TryEnd(IDisposable something)
    {
        try
        {
            End(something);
        }
        catch (Exception fault) when (fault is NpgsqlException or IOException or InvalidOperationException)
        {
            Console.Error.WriteLine($"While the run ended: {fault.Message}");
        }
    }

    private void Stop(PosixSignalContext context)
    {
        Console.Error.WriteLine($"Stopped by {context.Signal}.");
        Dispose();
    }

    private static string FindRoot()
    {
        var above = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(above, "BankEzy.Sessions.sln")))
        {
            above = Path.GetDirectoryName(above) ?? throw new BenchmarkException("Run the benchmarks from a checkout of the repository.");
        }

        return above;
    }
}
