// Other sign-outs on the same machine and the same PostgreSQL, in the same rounds as the service and the ceiling.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Peers.</summary>
internal sealed class PeersCase(Bench bench)
{
    private const string Ours = "this service";
    private const int UsersOfARun = 80_000;

    private readonly Options options = bench.Options;
    private readonly Runner runner = new(bench);

    public async Task Run(Report report)
    {
        var service = await bench.Serve(new ServiceSetup(LogKind.Postgres));
        var peers = new List<Peer> { await Peer.PlainInsert(bench) };
        peers.AddRange(await NodePeers.Start(bench));
        for (var round = 0; round <= options.FewRuns; round++)
        {
            Bench.Say(round == 0 ? "warm-up" : $"round {round} of {options.FewRuns}");
            await Round(service, peers);
            if (round == 0)
            {
                runner.Measurements.Clear();
            }
        }

        peers.ForEach(peer => peer.CheckRows());
        bench.End(service);
        report.Section("Peers", $"""
            What other sign-outs cost on this machine, each alone on it at a time, in the same rounds, closed loop over
            {options.Connections} keep-alive connections, {options.FewRuns} × {options.Time.TotalSeconds} s, on the same PostgreSQL server
            in a database of its own each. Sessions and tokens were made before. Every answer was 200, and the rows that should have come
            or gone were counted afterwards. node runs in production mode as a cluster with one process a core, 10 pooled connections
            each.
            """);
        report.Table(
            ["what", "sign-outs/s", "ratio to the ceiling", "service to this", "µs of processor, with database", "flushes/s"],
            runner.Measurements.Where(run => run.Ceiling is not null).GroupBy(run => run.Case).Select(runs => (string[])[
                runs.Key,
                Statistics.Spread(runs.Select(run => run.Load.PerSecond), "N0"),
                Statistics.Spread(runs.Select(run => run.Ratio), "0.00"),
                Statistics.Spread(runs.Zip(Runs(Ours), (peer, ours) => ours.Load.PerSecond / peer.Load.PerSecond), "0.0"),
                Statistics.Spread(runs.Select(run => (run.Server.Processor + run.Database).TotalMicroseconds / run.Load.Answered), "0"),
                Statistics.Spread(runs.Select(run => run.Flushes / run.Load.Elapsed.TotalSeconds), "0")]));
        var works = peers.Select(peer => $"**{peer.Name}**: {peer.Work}").Append(
            $"**{Ours}**: opens and checks both tokens, decides in the user's turn, appends one event with its hash chain (committed "
            + "before the answer, together with whoever waits), feeds listeners");
        report.Note($"What each does for one request: {string.Join("; ", works)}.");
        report.Plot.Add(Panel.Bars("Peers on the same PostgreSQL", "sign-outs/s, 1 machine", runner.Measurements
            .Where(run => run.Ceiling is not null).GroupBy(run => run.Case)
            .Select(runs => (runs.Key, Statistics.Median(runs.Select(run => run.Load.PerSecond))))));
    }

    private IEnumerable<Measurement> Runs(string name) => runner.Measurements.Where(run => run.Case == name);

    private async Task Round(Service service, IReadOnlyList<Peer> peers)
    {
        var users = bench.NewUsers(Math.Min(options.Users, UsersOfARun));
        await runner.SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
        var logouts = users.Logouts(mode: 1);
        var end = service.Log.End();
        var ours = await runner.Pair(
            Ours, isPublic: true, service.Public, logouts, ExpectedAnswer.Success, options.Time, again: false);
        service.Log.Verify(end, "session-signed-out.v1", ours.Load.Indexes.Select(users.StreamOf));
        foreach (var peer in peers)
        {
            if (peer.Book is { Count: 0 })
            {
                throw new BenchmarkException($"{peer.Name} has no session left; prepare more of them.");
            }

            var measured = await runner.Closed(
                peer.Name, peer.Endpoint, peer.Book ?? logouts, peer.Expected, options.Time, again: false);
            peer.Done(measured.Load.Answered);
            runner.Measurements[^1] = measured with { Ceiling = ours.Ceiling };
        }
    }
}
