// A PostgreSQL server that lives as long as the run: its own cluster, on loopback, with fsync on.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using BankEzy.Sessions.Silo.Cluster;
using Npgsql;

namespace BankEzy.Sessions.Benchmarks.Processes;

/// <summary>A throwaway server. What is measured on it is durable: only its end is careless.</summary>
internal sealed class PostgresServer : IDisposable
{
    private const string Password = "only-for-benchmarks";

    /// <summary>The settings that differ from the server's defaults; they are shown with the results.</summary>
    public static readonly string[] Settings =
    [
        "fsync = on", "synchronous_commit = on", "full_page_writes = on", "shared_buffers = 512MB", "max_wal_size = 4GB",
        "min_wal_size = 4GB", "max_connections = 100",
    ];

    private readonly string folder;
    private readonly string binaries;
    private string prefix = "";
    private int databases;

    private PostgresServer(string folder, string binaries) => (this.folder, this.binaries) = (folder, binaries);

    /// <summary>A connection that may do everything.</summary>
    public string ConnectionString { get; private set; } = "";

    public int Port { get; private set; }

    public string Version { get; private set; } = "";

    /// <summary>The server's main process.</summary>
    public int ProcessId =>
        int.Parse(File.ReadLines(Path.Combine(folder, "data", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Where the newest installed server's programs are, or null.</summary>
    public static string? FindBinaries()
    {
        const string root = "/usr/lib/postgresql";
        return (Directory.Exists(root) ? Directory.GetDirectories(root) : [])
            .OrderByDescending(path => Path.GetFileName(path).PadLeft(3), StringComparer.Ordinal)
            .Select(path => Path.Combine(path, "bin"))
            .FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")));
    }

    /// <summary>Makes a cluster in a folder and starts it.</summary>
    public static async Task<PostgresServer> Start(string folder)
    {
        var found = FindBinaries() ?? throw new BenchmarkException(
            "PostgreSQL is missing: install it (apt-get install postgresql; /usr/lib/postgresql/<version>/bin is looked into).");
        var server = new PostgresServer(Directory.CreateDirectory(folder).FullName, found);
        await server.Start();
        return server;
    }

    /// <summary>A database of its own; its connection string, pooled.</summary>
    public string CreateDatabase()
    {
        var name = $"log_{++databases}";
        Sql.Execute(ConnectionString, $"CREATE DATABASE {name}");
        return new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name }.ConnectionString;
    }

    /// <summary>Removes a database, no matter who is connected to it.</summary>
    public void Drop(string connectionString) =>
        Sql.Execute(ConnectionString, $"DROP DATABASE {new NpgsqlConnectionStringBuilder(connectionString).Database} WITH (FORCE)");

    public void Dispose()
    {
        using var stop = Process.Start(Shell($"{prefix}{binaries}/pg_ctl -D {folder}/data -w stop -m immediate"));
        stop?.WaitForExit();
    }

    private async Task Start()
    {
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            var user = (await File.ReadAllTextAsync("/etc/passwd")).Contains("postgres:", StringComparison.Ordinal) ? "postgres" : "nobody";
            var group = user == "postgres" ? "postgres" : "nogroup";
            prefix = $"setpriv --reuid={user} --regid={group} --clear-groups ";
            await Run($"chown {user}:{group} {folder}");
        }

        Port = Ports.FindFree(IPAddress.Loopback);
        await Run($"printf %s {Password} > {folder}/password && chmod a+r {folder}/password");
        await Run($"{prefix}{binaries}/initdb -D {folder}/data -U sessions -A scram-sha-256 --pwfile={folder}/password "
            + "-E UTF8 --locale=C --no-sync");
        await File.AppendAllLinesAsync(
            $"{folder}/data/postgresql.conf",
            [$"port = {Port}", "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", .. Settings]);
        await Run($"{prefix}{binaries}/pg_ctl -D {folder}/data -w -l {folder}/data/log start");
        ConnectionString = $"Host=127.0.0.1;Port={Port};Database=postgres;Username=sessions;Password={Password}";
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        Version = connection.PostgreSqlVersion.ToString();
        await MakeWal(connection);
    }

    // A server that has run for a while uses the files of its write-ahead log again. A new one makes each of them within somebody's commit:
    // 16 MiB of zeros and a sync, 50 ms.
    private static async Task MakeWal(NpgsqlConnection connection)
    {
        const int files = 192;
        await using var command = new NpgsqlCommand("SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()", connection);
        for (var file = 0; file < files; file++)
        {
            await command.ExecuteNonQueryAsync();
        }

        command.CommandText = "CHECKPOINT";
        await command.ExecuteNonQueryAsync();
    }

    private async Task Run(string command)
    {
        using var process = Process.Start(Shell(command))!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new BenchmarkException($"{command}: {await File.ReadAllTextAsync($"{folder}/output")}");
        }
    }

    private ProcessStartInfo Shell(string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{{ {command}; }} > {folder}/output 2>&1 < /dev/null");
        return start;
    }
}
