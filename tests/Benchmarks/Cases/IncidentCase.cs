// How soon an incident is refused on three nodes, by the number of its sessions, and how long their own events take behind the gate.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>10,000 and 1,000,000 sessions that end at once.</summary>
internal sealed class IncidentCase(Bench bench)
{
    private const int Askers = 8;
    private const int UsersOfAGroup = 100_000;
    private const string Path = "/internal/incidents/v1";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    private sealed record Outcome(
        long Counted, double RunSeconds, double RefusedSeconds, long AcceptedAfter, double AllSeconds, long Ended);

    public async Task Run(Report report)
    {
        var rows = new List<string[]>();
        foreach (var sessions in bench.Options.IsTrial ? [500] : new[] { 10_000, 1_000_000 })
        {
            var outcome = await Measure(sessions);
            rows.Add([
                $"{sessions:N0}", $"{outcome.Counted:N0}", Statistics.Text(outcome.RunSeconds, "0.00"),
                Statistics.Text(outcome.RefusedSeconds, "0.00"), $"{outcome.AcceptedAfter:N0}",
                Statistics.Text(outcome.AllSeconds, "0.0"), $"{outcome.Ended:N0}"]);
        }

        report.Section("Incidents", $"""
            Three nodes on one PostgreSQL; {Askers} callers ask all nodes about its sessions before, during and after the run. The time from
            the request to the answer of run; from the request to the beginning of the last question that was answered "active"; how many
            that began after the answer of run were; and until every session had its own event, at 5,000 users a second at most.
            """);
        report.Table(
            ["sessions", "counted", "answer of run, s", "last accepted, s", "accepted after the answer", "own events, s", "ended"], rows);
    }

    private async Task<Outcome> Measure(int sessions)
    {
        var service = await bench.Serve(new ServiceSetup(
            LogKind.Postgres, Nodes: 3,
            [("Sessions__Incidents__PerSecond", "5000"), ("Sessions__Incidents__ApprovalAbove", "2000000000")]));
        var runner = new Runner(bench);
        MadeUpUsers? asked = null;
        for (var left = sessions; left > 0; left -= UsersOfAGroup)
        {
            asked = bench.NewUsers(Math.Min(left, UsersOfAGroup));
            await runner.SendAll(service.Management, asked.SignIns(mode: 1), ExpectedAnswer.Recorded);
        }

        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", bench.Secrets.ManagementKey);
        var node = new Uri($"http://127.0.0.1:{service.Management.Ports[0]}");
        var id = new Guid(RandomNumberGenerator.GetBytes(16));
        await Post(http, node, "", $"{{\"program\":{MadeUpUsers.Program},\"requestId\":\"{id}\",\"reason\":\"test\"}}");
        var counted = (await Until(http, node, id, "counted")).GetProperty("sessions").GetInt64();
        var outcome = await RunUnderLoad(http, node, id, counted, service.Management.Ports, asked!);
        bench.End(service);
        return outcome;
    }

    private static async Task<Outcome> RunUnderLoad(
        HttpClient http, Uri node, Guid id, long counted, IReadOnlyList<int> ports, MadeUpUsers asked)
    {
        var (watch, answers) = (Stopwatch.StartNew(), new ConcurrentQueue<(TimeSpan Begun, bool IsActive)>());
        using var stop = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, Askers).Select(asker => Task.Run(async () =>
        {
            for (var turn = asker; !stop.IsCancellationRequested; turn++)
            {
                var begun = watch.Elapsed;
                var token = Encoding.ASCII.GetString(asked.LoginTokenBytes(turn % asked.Count));
                using var form = new FormUrlEncodedContent([new("token", token)]);
                using var reply = await http.PostAsync(
                    new Uri($"http://127.0.0.1:{ports[turn % ports.Count]}/internal/introspect/v1"), form, CancellationToken.None);
                var body = await reply.Content.ReadAsStringAsync(CancellationToken.None);
                answers.Enqueue((begun, body.StartsWith("{\"active\":true", StringComparison.Ordinal)));
            }
        })));
        while (answers.Count < 1_000)
        {
            await Task.Delay(Look, TimeProvider.System);
        }

        var sent = watch.Elapsed;
        await Post(http, node, "/run", $"{{\"id\":\"{id}\",\"count\":{counted}}}");
        var answered = watch.Elapsed;
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        await stop.CancelAsync();
        await load;
        var done = await Until(http, node, id, "finished");
        return new Outcome(
            counted, (answered - sent).TotalSeconds,
            Math.Max(0, (answers.Where(answer => answer.IsActive).Max(answer => answer.Begun) - sent).TotalSeconds),
            answers.Count(answer => answer.IsActive && answer.Begun > answered), (watch.Elapsed - sent).TotalSeconds,
            done.GetProperty("ended").GetInt64());
    }

    private static async Task Post(HttpClient http, Uri node, string step, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var reply = await http.PostAsync(new Uri(node, Path + step), content);
        if (!reply.IsSuccessStatusCode)
        {
            throw new BenchmarkException($"{step} was answered {(int)reply.StatusCode} {await reply.Content.ReadAsStringAsync()}");
        }
    }

    private static async Task<JsonElement> Until(HttpClient http, Uri node, Guid id, string phase)
    {
        while (true)
        {
            using var said = JsonDocument.Parse(await http.GetStringAsync(new Uri(node, $"{Path}?id={id}")));
            var incident = said.RootElement.GetProperty("incidents")[0];
            if (incident.GetProperty("phase").GetString() == phase)
            {
                return incident.Clone();
            }

            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
