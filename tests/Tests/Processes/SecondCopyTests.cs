// A second copy on the same machine: it starts beside the first, or says in one line what it lacks.
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class SecondCopyTests(PostgresServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bankezy-copies-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Two_copies_on_one_PostgreSQL_with_default_settings_of_the_cluster_live_beside_each_other()
    {
        await using var copies = await Nodes.Start(server, 2);
        var (first, second) = (copies[0], copies[1]);
        Assert.Equal(2, Silos(copies, "count(DISTINCT (address, port))", "status = 3"));

        // Longer than a silo that is not answered would be left alive: each has written several heartbeats since the other one joined.
        const string lives = "status = 3 AND alive_at > (SELECT max(started_at) FROM cluster_silos) + interval '6 s'";
        await Wait.Until(() => Task.FromResult(Silos(copies, "count(*)", lives) == 2), () => "A copy does not write heartbeats.");
        foreach (var (one, other) in new[] { (first, second), (second, first) })
        {
            var visitor = await one.SignIn(ServiceProcess.NewVisitor());
            await other.LogoutForSure(visitor);
            Assert.Equal(NodeCalls.Inactive, (await one.Ask(visitor)).Body);
            Assert.Equal(200, await one.Ready());
        }

        Assert.Equal(0, Silos(copies, "count(*)", "status <> 3"));
        Assert.Equal(0, await first.Terminate());
        Assert.Equal(0, await second.Terminate());
    }

    [Theory]
    [InlineData("SiloPort", "port")]
    [InlineData("GatewayPort", "gateway_port")]
    public async Task A_port_that_a_living_silo_has_stops_the_start_in_one_line_with_its_setting(string setting, string column)
    {
        await using var copies = await Nodes.Start(server, 1);
        var taken = Silos(copies, $"max({column})", "status = 3");
        var line = await Refusal(copies, ($"Sessions__Cluster__{setting}", $"{taken}"));
        Assert.StartsWith($"Sessions__Cluster__{setting}: 127.0.0.1:{taken} cannot be opened", line, StringComparison.Ordinal);
        Assert.Equal(200, await copies[0].Ready());
    }

    // As in two containers that were given one address: the port is free here, and the silo that has it elsewhere lives.
    [Fact]
    public async Task An_address_that_a_living_silo_has_stops_the_start_in_one_line_with_its_setting()
    {
        await using var copies = await Nodes.Start(server, 1);
        var port = Silos(copies, "max(port)", "status = 3");
        await copies[0].Kill();
        var start = Refusal(copies, ("Sessions__Cluster__SiloPort", $"{port}"));
        await Wait.Until(() => Beats(start, copies), () => "The start does not end.");
        var line = await start;
        Assert.StartsWith("Sessions__Cluster__Address and Sessions__Cluster__SiloPort: ", line, StringComparison.Ordinal);
        Assert.Contains($"127.0.0.1:{port} belongs to a living silo", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_copy_on_the_same_SQLite_file_is_refused_in_one_line()
    {
        using var first = await ServiceProcess.Start(_folder);
        var line = OneLineOf(await Assert.ThrowsAsync<InvalidOperationException>(() => ServiceProcess.Start(_folder)));
        Assert.Contains("sessions.db is in use by another process", line, StringComparison.Ordinal);
        Assert.Equal(200, await first.Ready());
        Assert.Equal(200, await first.Logout(ServiceProcess.TokenOf(1)));
    }

    private static Task<bool> Beats(Task start, Nodes copies)
    {
        PostgresServer.Sql(copies.ConnectionString, "UPDATE cluster_silos SET alive_at = now()");
        return Task.FromResult(start.IsCompleted);
    }

    private static async Task<string> Refusal(Nodes copies, (string Name, string Value) setting) => OneLineOf(
        await Assert.ThrowsAsync<InvalidOperationException>(() => ServiceProcess.Start(
            ("Sessions__Store", "postgres"), ("ConnectionStrings__Sessions", copies.ConnectionString), setting)));

    // What the process said before it ended: nothing but the line.
    private static string OneLineOf(InvalidOperationException ended)
    {
        var said = ended.Message[(ended.Message.IndexOf(": ", StringComparison.Ordinal) + 2)..];
        return Assert.Single(said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static int Silos(Nodes copies, string what, string where) =>
        (int)Convert.ToInt64(PostgresServer.Sql(copies.ConnectionString, $"SELECT {what} FROM cluster_silos WHERE {where}"), null);
}
