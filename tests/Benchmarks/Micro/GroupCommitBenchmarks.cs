using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Sqlite;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Benchmarks.Micro;

/// <summary>Appends that are under way together share a commit: the first events of new streams, on SQLite, with fsync.</summary>
public class GroupCommitBenchmarks
{
    private const int Most = 256;
    private static readonly byte[] Json = new byte[220];

    private SqliteEventStore store = null!;
    private int next;

    /// <summary>Where the log is.</summary>
    public static string Folder { get; set; } = Path.GetTempPath();

    [GlobalSetup]
    public void Prepare() => store = SqliteEventStore.Open(
        new SqliteOptions { Path = Path.Combine(Directory.CreateDirectory(Folder).FullName, "sessions.db") },
        NullLogger<SqliteEventStore>.Instance);

    [Benchmark(Description = "append to SQLite, alone")]
    public Task Alone() => Append(1);

    [Benchmark(Description = "append to SQLite, 64 under way together", OperationsPerInvoke = 64)]
    public Task Some() => Append(64);

    [Benchmark(Description = "append to SQLite, 256 under way together", OperationsPerInvoke = Most)]
    public Task Many() => Append(Most);

    [GlobalCleanup]
    public void Stop()
    {
        store.Dispose();
        File.Delete(Path.Combine(Folder, "sessions.db")); // the next benchmark of this class begins with an empty log
    }

    private async Task Append(int together)
    {
        var appends = new Task<AppendOutcome>[together];
        for (var i = 0; i < together; i++)
        {
            var number = next++;
            var command = new CommandId(new Guid(number, 0, 0, new byte[8]));
            var append = new Append(
                $"user-2001-{10_000_000_000 + number}", 0, command, TimeProvider.System.GetUtcNow(),
                [new NewEvent("session-started.v1", Json, default)], NextDue: null);
            appends[i] = store.Append(append).AsTask();
        }

        if (!(await Task.WhenAll(appends)).All(outcome => outcome == AppendOutcome.Appended))
        {
            throw new BenchmarkException("An append was refused.");
        }
    }
}
