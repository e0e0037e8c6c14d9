// The proof that no result is bought with weaker durability: the system calls of a short run, one request at a time.
using System.Diagnostics;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Logs;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.Benchmarks.Reporting;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>An fsync between each request and its 200.</summary>
internal sealed class DurabilityCase(Bench bench)
{
    private const double PerSecond = 10;
    private static readonly TimeSpan AttachMax = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Options options = bench.Options;

    public async Task Run(Report report)
    {
        if (!File.Exists("/usr/bin/strace"))
        {
            Suite.LeaveOut(bench, "durability: strace is not installed (apt-get install strace).");
            return;
        }

        var rows = new List<string[]>();
        foreach (var store in Suite.Stores)
        {
            var service = await bench.Serve(new ServiceSetup(store));
            foreach (var isAdoption in new[] { false, true })
            {
                rows.Add(await Trace(service, isAdoption));
            }

            bench.End(service);
        }

        report.Section("Durability", """
            System calls (strace) of the service, and on PostgreSQL of all its server's processes, while logouts come one at a time.
            Between the arrival of each request and the first byte of its 200 there must be a write to the write-ahead log and, after it,
            an fdatasync or fsync of that file that has returned 0. Anything else ends the run with an error. Each 200 is then looked up
            in the log.
            """);
        report.Table(["log", "logouts", "answered 200", "with write and sync before", "in the log"], rows);
    }

    private async Task<string[]> Trace(Service service, bool isAdoption)
    {
        var users = bench.NewUsers(options.Size(100, 10));
        var runner = new Runner(bench);
        if (!isAdoption)
        {
            await runner.SendAll(service.Management, users.SignIns(mode: 1), ExpectedAnswer.Recorded);
        }

        await runner.SendAll(service.Public, bench.NewUsers(200).Logouts(mode: 1), ExpectedAnswer.Success); // warm-up
        var file = bench.NewFolder("trace");
        var server = service.Server?.ProcessId;
        List<int> processes = [service.Nodes[0].Id, .. server is { } main ? [main, .. Costs.ChildrenOf(main)] : Array.Empty<int>()];
        var end = service.Log.End();
        using (var strace = Process.Start(new ProcessStartInfo("strace",
            ["-f", "-y", "-qq", "-s", "64", "-o", file,
                "-e", "trace=fsync,fdatasync,write,pwrite64,pwritev,sendto,sendmsg,recvfrom,recvmsg",
                .. processes.SelectMany(id => new[] { "-p", $"{id}" })]) { RedirectStandardError = true, UseShellExecute = false })!)
        {
            await WaitUntilTraced(processes, strace);
            using (var generator = new LoadGenerator(service.Public.Ports, 1, ExpectedAnswer.Success))
            {
                generator.Pace(users.Logouts(mode: 1), PerSecond, TimeSpan.FromHours(1));
            }

            using var interrupt = Process.Start("kill", ["-INT", $"{strace.Id}"]);
            await strace.WaitForExitAsync();
        }

        var calls = await File.ReadAllLinesAsync(file);
        var proven = SystemCalls.CheckSyncBeforeAnswer(calls, LogFileOf(service), users.Count);
        ExpectCheckToFail(calls, LogFileOf(service), users.Count);
        var added = service.Log.Verify(end, "session-signed-out.v1", Enumerable.Range(0, users.Count).Select(users.StreamOf));
        var what = isAdoption ? "unknown session" : "reported session";
        Bench.Say($"  {service.Store}, {what}: {proven} of {users.Count} answers after a sync, {added} events found");
        return [$"{service.Store}, {what}", $"{users.Count}", $"{users.Count}", $"{proven}", $"{users.Count}"];
    }

    private static string LogFileOf(Service service) => service.Store == LogKind.Sqlite ? "sessions.db-wal>" : "/pg_wal/";

    // A check that cannot fail proves nothing: the same calls without the syncs must not pass.
    private static void ExpectCheckToFail(IEnumerable<string> calls, string file, int requests)
    {
        try
        {
            SystemCalls.CheckSyncBeforeAnswer(calls.Where(call => !call.Contains("sync", StringComparison.Ordinal)), file, requests);
        }
        catch (BenchmarkException)
        {
            return;
        }

        throw new BenchmarkException("The check of system calls passes although the syncs were taken out.");
    }

    private static async Task WaitUntilTraced(IReadOnlyList<int> processes, Process strace)
    {
        var begin = Stopwatch.GetTimestamp();
        while (!processes.All(IsTraced))
        {
            if (strace.HasExited || Stopwatch.GetElapsedTime(begin) > AttachMax)
            {
                throw new BenchmarkException($"strace could not attach: {await strace.StandardError.ReadToEndAsync()}");
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    private static bool IsTraced(int process) =>
        Directory.EnumerateDirectories($"/proc/{process}/task").All(task =>
            !File.ReadLines(Path.Combine(task, "status")).Contains("TracerPid:\t0", StringComparer.Ordinal));
}
