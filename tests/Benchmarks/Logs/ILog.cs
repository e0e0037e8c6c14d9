// The log as an auditor sees it: read from where it is stored, past the service.
namespace BankEzy.Sessions.Benchmarks.Logs;

/// <summary>Reads a log.</summary>
internal interface ILog
{
    /// <summary>A mark behind the last event.</summary>
    long End();

    /// <summary>How many events there are.</summary>
    long Count();

    /// <summary>The events behind a mark: stream and name.</summary>
    IEnumerable<(string Stream, string Name)> After(long end);

    /// <summary>What the log takes on disk.</summary>
    long Bytes();
}

internal static class LogCheck
{
    /// <summary>Throws unless the log has, behind a mark, exactly one event of this name for each of these streams.</summary>
    /// <param name="log">The log.</param>
    /// <param name="end">The mark.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="answered">The streams whose requests were answered 200.</param>
    /// <param name="mayHaveMore">Whether other streams may have such an event: those whose requests were answered 503.</param>
    /// <returns>How many events of any name were added.</returns>
    public static int Verify(this ILog log, long end, string name, IEnumerable<string> answered, bool mayHaveMore = false)
    {
        var expected = answered.ToHashSet();
        var (count, added, surplus) = (expected.Count, 0, 0);
        foreach (var stored in log.After(end))
        {
            added++;
            surplus += stored.Name == name && !expected.Remove(stored.Stream) ? 1 : 0;
        }

        return expected.Count == 0 && (surplus == 0 || mayHaveMore)
            ? added
            : throw new BenchmarkException(
                $"Of {count} answers with 200, {expected.Count} have no {name} in the log, and {surplus} such events are too many.");
    }
}
