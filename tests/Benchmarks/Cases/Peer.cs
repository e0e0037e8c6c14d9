// One peer: a process with a database of its own, and the requests that end its sessions.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>A peer that runs.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Work">What it does for one request.</param>
/// <param name="Endpoint">Where it listens.</param>
/// <param name="Expected">What it answers.</param>
/// <param name="ConnectionString">Its database.</param>
/// <param name="CountDone">Counts the rows that show the work.</param>
internal sealed record Peer(
    string Name, string Work, Endpoint Endpoint, ExpectedAnswer Expected, string ConnectionString, string CountDone)
{
    private long answered;

    /// <summary>The requests that are left; null where the service's own are taken.</summary>
    public RequestBook? Book { get; set; }

    public static async Task<Peer> PlainInsert(Bench bench)
    {
        var server = await bench.Postgres();
        var connection = server.CreateDatabase();
        Sql.Execute(connection, PlainInsertServer.Table);
        var runtime = Path.ChangeExtension(bench.ServiceProgram, ".runtimeconfig.json");
        (string, string) database = (PlainInsertServer.Connection, $"{connection};Maximum Pool Size=32");
        var target = bench.StartOwn("plain-insert", ["--runtimeconfig", runtime], [database]);
        await target.WaitUntilReady(target.PublicPort, "/health", TimeSpan.FromSeconds(30));
        return new Peer(
            "ASP.NET Core, one INSERT a request",
            "reads the body and inserts one row (Npgsql, pool of 32, statement prepared); opens no token and knows no sessions",
            new Endpoint([target.PublicPort], () => Costs.Of(target.Id), () => Costs.OfTree(server.ProcessId)),
            ExpectedAnswer.Success, connection, "SELECT count(*) FROM logouts");
    }

    /// <summary>Notes answers, and leaves out the requests that were sent.</summary>
    public void Done(int count)
    {
        answered += count;
        Book = Book?.Without(count);
    }

    /// <summary>Throws unless each answer has left its trace in the database.</summary>
    public void CheckRows()
    {
        var rows = Sql.Number(ConnectionString, CountDone);
        if (rows != answered)
        {
            throw new BenchmarkException($"{Name} answered {answered} requests with 200 and did {rows}.");
        }
    }
}
