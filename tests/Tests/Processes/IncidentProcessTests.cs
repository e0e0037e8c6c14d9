// An incident on three silos under load: from its answer on nobody accepts a session; the job's silo is killed twice on the way, and every
// session has its own event once, as many as the dry run counted.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

[Collection(PostgresNodesCollection.Name)]
public sealed class IncidentProcessTests(PostgresServer server, ITestOutputHelper output) : IDisposable
{
    private const int Users = 2_000;
    private const int AskedAbout = 200; // by the load; of the others nobody but the job takes care
    private const string Path = "/internal/incidents/v1";

    private readonly OrleansNodes _cluster = new(server);
    private readonly ConcurrentQueue<(TimeSpan Begun, bool IsActive)> _answers = new();
    private readonly Stopwatch _watch = Stopwatch.StartNew();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public async Task Nobody_accepts_a_session_after_the_answer_and_two_kills_of_the_job_end_none_twice()
    {
        var nodes = new List<ServiceProcess>();
        for (var number = 0; number < 3; number++) // one after the other: the first one is the oldest
        {
            nodes.Add(await _cluster.Start(
                "all", ("Sessions__Incidents__PerSecond", "100"), ("Sessions__Incidents__ApprovalAbove", "1000000")));
        }

        var visitors = await SignIn(nodes);
        var id = await Plan(nodes[2]);
        using var stop = new CancellationTokenSource();
        var load = Load(nodes, visitors, stop.Token);
        await Wait.Until(() => Task.FromResult(_answers.Count > 100), () => "The load has not begun.");
        var begun = _watch.Elapsed;
        var ran = await nodes[2].Manage($"{Path}/run", $"{{\"id\":\"{id}\",\"count\":{Users}}}");
        var answered = _watch.Elapsed;
        Assert.True(ran.Status == 200, ran.Body);

        await KillWhen(nodes[0], ended: AskedAbout + 200);
        await KillWhen(nodes[1], ended: await Ended() + 200);
        await Wait.Until(async () => (await Look(nodes[2], id)).GetProperty("phase").GetString() == "finished", () => "It does not end.");
        await stop.CancelAsync();
        await load;

        var late = _answers.Where(answer => answer.IsActive).Select(answer => answer.Begun).Max();
        output.WriteLine(
            $"run took {(answered - begun).TotalSeconds:0.00} s; last accepted {(late - begun).TotalSeconds:0.00} s after it was sent");
        Assert.True(_answers.Count(answer => answer.Begun > answered) > 100, "Nobody asked after the answer.");
        Assert.DoesNotContain(_answers, answer => answer.IsActive && answer.Begun > answered);
        var done = await Look(nodes[2], id);
        Assert.Equal((Users, 0), (done.GetProperty("ended").GetInt64(), done.GetProperty("left").GetInt64()));
        Assert.Equal(Users, await Ended());
        Assert.Equal((long)Users, PostgresServer.Sql(
            _cluster.Connection, "SELECT count(DISTINCT stream) FROM events WHERE name = 'signed-out-on-behalf.v1'"));
        var next = await nodes[2].SignIn(ServiceProcess.NewVisitor());
        Assert.NotEqual(NodeCalls.Inactive, (await NodeCalls.Patiently(() => nodes[2].Ask(next))).Body);
    }

    private static async Task<List<Visitor>> SignIn(List<ServiceProcess> nodes)
    {
        var visitors = Enumerable.Range(0, Users).Select(_ => ServiceProcess.NewVisitor()).ToList();
        await Parallel.ForEachAsync(
            visitors.Index(), new ParallelOptions { MaxDegreeOfParallelism = 16 },
            async (pair, _) => await nodes[pair.Index % nodes.Count].SignIn(pair.Item));
        return visitors;
    }

    private static async Task<Guid> Plan(ServiceProcess node)
    {
        var id = Visitor.NewId();
        var reply = await node.Manage(Path, $"{{\"program\":2001,\"requestId\":\"{id}\",\"reason\":\"incident\"}}");
        Assert.True(reply.Status == 200, reply.Body);
        using var said = JsonDocument.Parse(reply.Body);
        Assert.Equal(3, said.RootElement.GetProperty("preflight").GetProperty("silos").EnumerateArray()
            .Count(silo => silo.GetProperty("reachable").GetBoolean()));
        await Wait.Until(async () => (await Look(node, id)).GetProperty("phase").GetString() == "counted", () => "Nobody counts.");
        Assert.Equal(Users, (await Look(node, id)).GetProperty("sessions").GetInt64());
        return id;
    }

    // Asks every node about the same users over and over. A node that is killed answers nothing, and its users nothing for a moment.
    private Task Load(List<ServiceProcess> nodes, List<Visitor> visitors, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, 6).Select(worker => Task.Run(async () =>
        {
            for (var turn = worker; !stop.IsCancellationRequested; turn++)
            {
                var begun = _watch.Elapsed;
                try
                {
                    var reply = await nodes[turn % nodes.Count].Ask(visitors[turn % AskedAbout]);
                    Assert.True(reply.Status is 200 or 503, $"{reply.Status} {reply.Body}");
                    if (reply.Status == 200)
                    {
                        _answers.Enqueue((begun, reply.Body != NodeCalls.Inactive));
                    }
                }
                catch (HttpRequestException)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None); // killed
                }
            }
        })));

    private async Task KillWhen(ServiceProcess node, long ended)
    {
        await Wait.Until(async () => await Ended() >= ended, () => "The job does not begin.");
        await node.Kill();
        Assert.True(await Ended() < Users, "The job had ended before its silo was killed: it proves nothing.");
    }

    private Task<long> Ended() => Task.FromResult(
        (long)PostgresServer.Sql(_cluster.Connection, "SELECT count(*) FROM events WHERE name = 'signed-out-on-behalf.v1'")!);

    private static async Task<JsonElement> Look(ServiceProcess node, Guid id)
    {
        var reply = await NodeCalls.Patiently(() => node.Manage($"{Path}?id={id}"));
        using var said = JsonDocument.Parse(reply.Body);
        return said.RootElement.GetProperty("incidents")[0].Clone();
    }
}
