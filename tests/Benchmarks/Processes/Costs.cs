// What a process and the disk have done, from /proc and /sys: differences of two readings are the cost of a run.
using System.Globalization;

namespace BankEzy.Sessions.Benchmarks.Processes;

/// <summary>A reading of a process.</summary>
/// <param name="Processor">User and system time.</param>
/// <param name="Threads">The time on a processor by the folder of the thread; one that has ended is missing.</param>
internal sealed record Costs(TimeSpan Processor, IReadOnlyDictionary<string, ThreadCosts> Threads)
{
    private const int TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    public static Costs Of(int process)
    {
        var threads = new Dictionary<string, ThreadCosts>();
        foreach (var task in Directory.EnumerateDirectories($"/proc/{process}/task"))
        {
            try
            {
                var name = File.ReadAllText(Path.Combine(task, "comm")).Trim();
                var nanoseconds = long.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[0], CultureInfo.InvariantCulture);
                threads[task] = new ThreadCosts(name, TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick));
            }
            catch (IOException)
            {
                // The thread has ended since the folder was listed.
            }
        }

        return new Costs(TimeOf(process, withEnded: false), threads);
    }

    /// <summary>Several processes as one.</summary>
    public static Costs Of(IEnumerable<int> processes)
    {
        var each = processes.Select(Of).ToList();
        return new Costs(
            each.Aggregate(TimeSpan.Zero, (sum, costs) => sum + costs.Processor),
            each.SelectMany(costs => costs.Threads).ToDictionary(thread => thread.Key, thread => thread.Value));
    }

    /// <summary>The processor time of a process, of its children, and of those that have ended.</summary>
    public static TimeSpan OfTree(int process) =>
        ChildrenOf(process).Aggregate(TimeOf(process, withEnded: true), (sum, child) => sum + TimeOf(child, withEnded: true));

    /// <summary>The processes that a process has started and that still run.</summary>
    public static IReadOnlyList<int> ChildrenOf(int process) =>
        [.. File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture))];

    /// <summary>The memory that a process has in use, in bytes.</summary>
    public static long ResidentBytes(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    public Costs Since(Costs earlier) => new(
        Processor - earlier.Processor,
        Threads.ToDictionary(thread => thread.Key, thread => thread.Value.Since(earlier.Threads.GetValueOrDefault(thread.Key))));

    private static TimeSpan TimeOf(int process, bool withEnded)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' '); // the name before may hold blanks
            var ticks = fields[11..(withEnded ? 15 : 13)].Sum(field => long.Parse(field, CultureInfo.InvariantCulture));
            return TimeSpan.FromSeconds((double)ticks / TicksPerSecond);
        }
        catch (IOException)
        {
            return TimeSpan.Zero; // It has ended since its number was read.
        }
    }

    /// <summary>The time of all threads whose name has this in it.</summary>
    public TimeSpan OfThreads(string kind) => Threads.Values
        .Where(thread => thread.Name.Contains(kind, StringComparison.Ordinal))
        .Aggregate(TimeSpan.Zero, (sum, thread) => sum + thread.Processor);
}

/// <summary>A thread's name and its time on a processor.</summary>
internal sealed record ThreadCosts(string Name, TimeSpan Processor)
{
    public ThreadCosts Since(ThreadCosts? earlier) => earlier is null ? this : this with { Processor = Processor - earlier.Processor };
}

/// <summary>The disk that holds the log.</summary>
internal sealed class Disk
{
    private const int FlushesField = 15;

    private readonly string statistics;

    private Disk(string statistics) => this.statistics = statistics;

    /// <summary>Finds the disk under a folder, if the kernel counts its flushes.</summary>
    public static Disk Under(string folder)
    {
        var device = File.ReadLines("/proc/mounts").Select(line => line.Split(' '))
            .Where(mount => (Path.GetFullPath(folder) + "/").StartsWith(mount[1].TrimEnd('/') + "/", StringComparison.Ordinal))
            .MaxBy(mount => mount[1].Length)?[0] ?? "";
        var block = new DirectoryInfo($"/sys/class/block/{Path.GetFileName(device)}").ResolveLinkTarget(returnFinalTarget: true);
        var isPart = block is not null && File.Exists(Path.Combine(block.FullName, "partition")); // only whole disks count
        return new Disk(Path.Combine((isPart ? Path.GetDirectoryName(block!.FullName) : block?.FullName) ?? "", "stat"));
    }

    /// <summary>The flushes of the whole disk; each fsync that finds something to write is one. Null where nobody counts.</summary>
    public long? Flushes()
    {
        if (!File.Exists(statistics))
        {
            return null;
        }

        var fields = File.ReadAllText(statistics).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var flushes = fields.Length > FlushesField ? long.Parse(fields[FlushesField], CultureInfo.InvariantCulture) : 0;
        return flushes > 0 ? flushes : null;
    }
}
