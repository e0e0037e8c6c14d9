// Nodes of one cluster as processes on one database, and clients that go from node to node as a balancer lets them.
using System.Collections.Concurrent;
using System.Diagnostics;
using BankEzy.Sessions.Tests.EventStore;

namespace BankEzy.Sessions.Tests.Processes;

internal sealed class OrleansNodes(PostgresServer server) : IDisposable
{
    private readonly string connection = server.CreateSchema();
    private readonly List<ServiceProcess> nodes = [];

    public string Connection => connection;

    public string ClusterId { get; } = $"test-{Path.GetRandomFileName()}";

    public async Task<ServiceProcess> Start(string role = "all", params (string Name, string Value)[] environment)
    {
        var node = await ServiceProcess.Start(
        [
            ("Sessions__Store", "postgres"), ("ConnectionStrings__Sessions", connection), ("Sessions__Role", role),
            ("Sessions__Cluster__ClusterId", ClusterId), .. environment,
        ]);
        nodes.Add(node);
        return node;
    }

    /// <summary>How many silos the others have declared dead.</summary>
    public long CountDead() => (long)PostgresServer.Sql(connection, "SELECT count(*) FROM cluster_silos WHERE status = 6")!;

    public void Dispose()
    {
        nodes.ForEach(node => node.Dispose());
        server.DropSchema(connection);
    }
}

/// <summary>What clients were answered.</summary>
internal sealed class Clients
{
    /// <summary>Trouble of ours is never a 401. A process that was paused may find on waking that a body came too slowly.</summary>
    private static readonly int[] Trouble = [503, 408];

    private readonly Stopwatch watch = Stopwatch.StartNew();
    private readonly ConcurrentDictionary<long, string> tokens = new();
    private readonly ConcurrentDictionary<long, bool> acknowledged = new();
    private readonly ConcurrentQueue<(TimeSpan At, int Status)> refusals = new();
    private int next;

    public IEnumerable<long> Acknowledged => acknowledged.Keys;

    public int Refusals => refusals.Count;

    public TimeSpan Now => watch.Elapsed;

    /// <summary>From a moment to the end of the last refusal after it.</summary>
    public TimeSpan RefusedFor(TimeSpan from) =>
        refusals.Where(refusal => refusal.At > from).Select(refusal => refusal.At - from).DefaultIfEmpty().Max();

    public string TokenOf(long account) =>
        tokens.GetOrAdd(account, static account => ServiceProcess.TokenOf(account));

    /// <summary>Signs a user out at a node, once.</summary>
    public async Task<int?> Try(ServiceProcess node, long account)
    {
        var status = await node.Logout(TokenOf(account));
        if (status == 200)
        {
            acknowledged[account] = true;
        }
        else if (status is { } refused)
        {
            Assert.Contains(refused, Trouble);
            refusals.Enqueue((watch.Elapsed, refused));
        }

        return status;
    }

    /// <summary>Signs a user out, and again at the next node until one says 200.</summary>
    public async Task SignOut(IReadOnlyList<ServiceProcess> nodes, long account, CancellationToken stop)
    {
        for (var turn = Interlocked.Increment(ref next); !stop.IsCancellationRequested; turn++)
        {
            if (await Try(nodes[turn % nodes.Count], account) == 200)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Signs out one user after the other, with several clients, until it is stopped.</summary>
    public Task Load(IReadOnlyList<ServiceProcess> nodes, int clients, long first, CancellationToken stop)
    {
        var account = first;
        return Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await SignOut(nodes, Interlocked.Increment(ref account), stop);
            }
        })));
    }

    /// <summary>Everybody who got a 200 is signed out in the log, once, and no stream has a fork: its hash chain is whole.</summary>
    public async Task Verify(ServiceProcess node)
    {
        Assert.NotEmpty(acknowledged);
        foreach (var account in tokens.Keys)
        {
            var ends = (await node.Timeline(account)).Count(name => name == "session-signed-out.v1");
            Assert.InRange(ends, acknowledged.ContainsKey(account) ? 1 : 0, 1);
        }
    }
}
