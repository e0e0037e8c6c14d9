// A PostgreSQL server for the tests: the one that ConnectionStrings__Test names, else one that lives as long as the tests do.
using System.Diagnostics;
using System.Globalization;
using System.Net;
using BankEzy.Sessions.Silo.Cluster;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

// Tests of this collection run one after the other: an open transaction of one would hold up the feed of another.
[CollectionDefinition(Name)]
public sealed class PostgresCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "PostgreSQL";
}

/// <summary>The tests of several nodes, with a server of their own: they run beside the others and mostly wait.</summary>
[CollectionDefinition(Name)]
public sealed class PostgresNodesCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "nodes on PostgreSQL";
}

/// <summary>The tests of what is promised in seconds: no other test runs meanwhile, which would take the processor from it.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class PostgresPromisesCollection : ICollectionFixture<PostgresServer>
{
    public const string Name = "nodes on PostgreSQL, alone";
}

public sealed class PostgresServer : IAsyncLifetime
{
    private const string Password = "only-for-tests";

    private string? folder;
    private string binaries = "";
    private string prefix = "";
    private static int schemas; // of all servers, as they may be one

    // What is missing for these tests, or null.
    public string? Missing { get; private set; }

    // A connection that may do everything.
    public string ConnectionString { get; private set; } = "";

    public bool IsOwn => folder is not null;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ConnectionStrings__Test") is { Length: > 0 } given)
        {
            ConnectionString = given;
            return;
        }

        const string root = "/usr/lib/postgresql";
        var found = (Directory.Exists(root) ? Directory.GetDirectories(root) : [])
            .OrderByDescending(path => Path.GetFileName(path).PadLeft(3), StringComparer.Ordinal)
            .Select(path => Path.Combine(path, "bin"))
            .FirstOrDefault(path => File.Exists(Path.Combine(path, "initdb")));
        if (found is null)
        {
            Missing = "PostgreSQL is missing: set ConnectionStrings__Test, or install it (apt-get install postgresql; "
                + "/usr/lib/postgresql/<version>/bin is looked into).";
            return;
        }

        binaries = found;
        await Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (folder is not null)
        {
            await Control("stop -m immediate");
            Directory.Delete(folder, recursive: true);
        }
    }

    // A log of its own: the connection string of a schema that nobody else uses.
    public string CreateSchema()
    {
        Assert.SkipWhen(Missing is not null, Missing ?? "");
        var name = string.Create(CultureInfo.InvariantCulture, $"log_{Environment.ProcessId}_{Interlocked.Increment(ref schemas)}");
        Sql(ConnectionString, $"CREATE SCHEMA {name}");
        return new NpgsqlConnectionStringBuilder(ConnectionString) { SearchPath = name }.ConnectionString;
    }

    public void DropSchema(string connectionString) =>
        Sql(ConnectionString, $"DROP SCHEMA {new NpgsqlConnectionStringBuilder(connectionString).SearchPath} CASCADE");

    public static object? Sql(string connectionString, string sql)
    {
        using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
#pragma warning disable CA2100 // The tests' own text.
        using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return command.ExecuteScalar();
    }

    // As after a crash: nothing is written that was not on disk.
    public async Task Restart()
    {
        Assert.SkipUnless(IsOwn, "The server that ConnectionStrings__Test names is not ours to restart.");
        await Control("restart -m immediate");
    }

    // Changes a setting of the server and waits until new connections see it.
    public void Set(string setting, string value)
    {
        Assert.SkipUnless(IsOwn, "The settings of the server that ConnectionStrings__Test names are not ours to change.");
        Sql(ConnectionString, $"ALTER SYSTEM SET {setting} = '{value}'");
        Sql(ConnectionString, "SELECT pg_reload_conf()");
        while (Sql(ConnectionString, $"SHOW {setting}") as string != value)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        }
    }

    // A physical copy that follows this server as a standby, with a lag of a day, in the same folder.
    public async Task<string> StartStandby()
    {
        Assert.SkipUnless(IsOwn, "The server that ConnectionStrings__Test names is not ours to copy.");
        var port = Ports.FindFree(IPAddress.Loopback);
        var target = new NpgsqlConnectionStringBuilder(ConnectionString);
        await Run($"{prefix}env PGPASSWORD={Password} {binaries}/pg_basebackup -h 127.0.0.1 -p {target.Port} -U sessions "
            + $"-D {folder}/standby -R -X stream -c fast");
        await File.AppendAllLinesAsync(
            $"{folder}/standby/postgresql.conf", [$"port = {port}", "hot_standby = on", "recovery_min_apply_delay = '1d'"]);
        await Run($"{prefix}{binaries}/pg_ctl -D {folder}/standby -w -l {folder}/standby/log start");
        target.Port = port;
        return target.ConnectionString;
    }

    public Task PromoteStandby() => Run($"{prefix}{binaries}/pg_ctl -D {folder}/standby -w promote");

    public Task StopStandby() => Run($"{prefix}{binaries}/pg_ctl -D {folder}/standby -w -m immediate stop");

    // What pg_dump and psql do: a schema and its rows in another server.
    public async Task RestoreInto(PostgresServer other, string schema)
    {
        var (from, to) = (new NpgsqlConnectionStringBuilder(ConnectionString), new NpgsqlConnectionStringBuilder(other.ConnectionString));
        await Run($"PGPASSWORD={Password} {binaries}/pg_dump -h 127.0.0.1 -p {from.Port} -U sessions -n {schema} postgres > {folder}/dump");
        await Run($"PGPASSWORD={Password} {binaries}/psql -q -v ON_ERROR_STOP=1 -h 127.0.0.1 -p {to.Port} -U sessions "
            + $"-f {folder}/dump postgres");
    }

    private async Task Start()
    {
        folder = Directory.CreateTempSubdirectory("bankezy-postgres-").FullName;
        if (Environment.IsPrivilegedProcess)
        {
            // PostgreSQL refuses to run as root.
            var user = (await File.ReadAllTextAsync("/etc/passwd")).Contains("postgres:", StringComparison.Ordinal) ? "postgres" : "nobody";
            var group = user == "postgres" ? "postgres" : "nogroup";
            prefix = $"setpriv --reuid={user} --regid={group} --clear-groups ";
            await Run($"chown {user}:{group} {folder}");
        }

        var port = Ports.FindFree(IPAddress.Loopback);
        await Run($"printf %s {Password} > {folder}/password && chmod a+r {folder}/password");
        await Run($"{prefix}{binaries}/initdb -D {folder}/data -U sessions -A scram-sha-256 --pwfile={folder}/password "
            + "-E UTF8 --locale=C --no-sync -k");
        string[] settings =
        [
            $"port = {port}", "listen_addresses = '127.0.0.1'", "unix_socket_directories = ''", "fsync = on", "autovacuum = off",
            "shared_buffers = 64MB", "max_connections = 200", "max_prepared_transactions = 5",
        ];
        await File.AppendAllLinesAsync($"{folder}/data/postgresql.conf", settings);
        await Control("start");
        ConnectionString = string.Create(
            CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Database=postgres;Username=sessions;Password={Password}");
    }

    private Task Control(string command) => Run($"{prefix}{binaries}/pg_ctl -D {folder}/data -w -l {folder}/data/log {command}");

    private async Task Run(string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add($"{{ {command}; }} > {folder}/output 2>&1 < /dev/null");
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{command}: {await File.ReadAllTextAsync($"{folder}/output")}");
    }
}
