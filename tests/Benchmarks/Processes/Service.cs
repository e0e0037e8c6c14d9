// The built service: one or several nodes on one log, as processes of their own.
using System.Buffers.Text;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;

namespace BankEzy.Sessions.Benchmarks.Processes;

/// <summary>Where the log is.</summary>
internal enum LogKind
{
    Sqlite,
    Postgres,
}

/// <summary>What differs between services.</summary>
/// <param name="Store">Where the log is.</param>
/// <param name="Nodes">How many processes.</param>
/// <param name="More">Further settings.</param>
internal sealed record ServiceSetup(LogKind Store, int Nodes = 1, IReadOnlyList<(string Name, string Value)>? More = null)
{
    /// <summary>Whether its log goes into a file, where it is refused often: else this process would have to read it.</summary>
    public bool LogsToFile { get; init; }
}

/// <summary>Where load is sent to, and what it costs there.</summary>
internal sealed record Endpoint(IReadOnlyList<int> Ports, Func<Costs> Costs, Func<TimeSpan> Database);

/// <summary>A running service with a log of its own.</summary>
internal sealed class Service : IDisposable
{
    private static readonly TimeSpan StartMax = TimeSpan.FromSeconds(60);

    private readonly Bench bench;
    private readonly ServiceSetup setup;
    private readonly List<Target> nodes = [];

    private Service(Bench bench, ServiceSetup setup, string folder, PostgresServer? server)
    {
        (this.bench, this.setup, Folder, Server) = (bench, setup, folder, server);
        ConnectionString = server?.CreateDatabase();
        Log = ConnectionString is null ? new SqliteLog(LogFile) : new PostgresLog(ConnectionString);
    }

    public ILog Log { get; }

    public LogKind Store => setup.Store;

    public IReadOnlyList<Target> Nodes => nodes;

    /// <summary>Where the SQLite file is.</summary>
    public string Folder { get; }

    public string LogFile => Path.Combine(Folder, "sessions.db");

    public string? ConnectionString { get; }

    public PostgresServer? Server { get; }

    public Endpoint Public => EndpointOf(node => node.PublicPort);

    public Endpoint Management => EndpointOf(node => node.ManagementPort);

    /// <summary>The same service, each request going to another node than before.</summary>
    public Endpoint PublicElsewhere => Public with { Ports = [.. Public.Ports.Skip(1), Public.Ports[0]] };

    /// <summary>Makes an empty log for a service that is not started yet.</summary>
    public static Service Prepare(Bench bench, ServiceSetup setup, string folder, PostgresServer? server) =>
        new(bench, setup, Directory.CreateDirectory(folder).FullName, server);

    /// <summary>Starts all nodes, one after the other, and waits until they are ready.</summary>
    public async Task<Service> Start()
    {
        while (nodes.Count < setup.Nodes)
        {
            var node = StartNode();
            await node.WaitUntilReady(node.ManagementPort, "/health/ready", StartMax);
        }

        return this;
    }

    /// <summary>Starts a node and does not wait for it.</summary>
    public Target StartNode()
    {
        var program = bench.ServiceProgram;
        string[] arguments = setup.LogsToFile ? ["-c", $"exec dotnet {program} > {Folder}/output 2>&1"] : [program];
        var node = Target.Start(setup.LogsToFile ? "/bin/sh" : "dotnet", arguments, Environment, AppContext.BaseDirectory);
        nodes.Add(node);
        return node;
    }

    /// <summary>Kills all nodes and starts them again on the same log.</summary>
    public async Task Restart()
    {
        Kill();
        await Start();
    }

    /// <summary>kill -9.</summary>
    public void Kill()
    {
        nodes.ForEach(node => node.Dispose());
        nodes.Clear();
    }

    /// <summary>SIGTERM: the log is closed in good order.</summary>
    public async Task Terminate()
    {
        foreach (var node in nodes)
        {
            await node.Terminate();
        }

        Kill();
    }

    public void Dispose()
    {
        Kill();
        if (ConnectionString is not null)
        {
            Server!.Drop(ConnectionString);
        }

        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }

    private Endpoint EndpointOf(Func<Target, int> port)
    {
        var processes = nodes.ConvertAll(node => node.Id);
        var server = Server?.ProcessId;
        return new Endpoint(
            nodes.ConvertAll(node => port(node)), () => Costs.Of(processes),
            () => server is { } process ? Costs.OfTree(process) : TimeSpan.Zero);
    }

    private IEnumerable<(string Name, string Value)> Environment(int publicPort, int managementPort)
    {
        yield return ("ASPNETCORE_ENVIRONMENT", "Production");
        yield return ("Sessions__Store", setup.Store == LogKind.Sqlite ? "sqlite" : "postgres");
        yield return ("Sessions__Sqlite__Path", LogFile);
        yield return ("Sessions__Public__Url", $"http://127.0.0.1:{publicPort}");
        yield return ("Sessions__Management__Url", $"http://127.0.0.1:{managementPort}");
        yield return ("Sessions__Management__Keys__0", bench.Secrets.ManagementKey);
        yield return ("Sessions__UserKey", Base64Url.EncodeToString(bench.Secrets.UserKey));
        yield return ($"Sessions__Programs__{MadeUpUsers.Program}__TokenKeys__0", Base64Url.EncodeToString(bench.Secrets.TokenKey));
        yield return ("Sessions__Public__ConnectionsPerAddressMax", "0"); // the load has one address
        yield return ("Sessions__Cluster__SiloPort", "0"); // free ones: several nodes run here
        yield return ("Sessions__Cluster__GatewayPort", "0");
        if (ConnectionString is not null)
        {
            yield return ("ConnectionStrings__Sessions", ConnectionString);
        }

        foreach (var more in setup.More ?? [])
        {
            yield return more;
        }
    }
}
