// Reads what strace has written. Its lines are in the order in which calls were entered; a call during which another thread was seen is
// cut in two: "… <unfinished ...>" and "<... name resumed> …".
using System.Text.RegularExpressions;

namespace BankEzy.Sessions.Benchmarks.Logs;

/// <summary>Checks the system calls of a run.</summary>
internal static partial class SystemCalls
{
    /// <summary>
    /// Throws unless between each request and its 200 the log's file was written and then synced. Requests come one at a time.
    /// </summary>
    /// <param name="lines">The lines of strace -f -y.</param>
    /// <param name="file">What the paths of the log's files have in them.</param>
    /// <param name="requests">How many requests there were.</param>
    public static int CheckSyncBeforeAnswer(IEnumerable<string> lines, string file, int requests)
    {
        var underWay = new Dictionary<string, string>(); // the cut call of each thread, by its name
        var (isRequested, isWritten, isSynced, answers) = (false, false, false, 0);
        foreach (var line in lines)
        {
            var thread = line[..Math.Max(line.IndexOf(' '), 0)];
            var call = line.Contains(" resumed>", StringComparison.Ordinal) && underWay.Remove(thread, out var begun) ? begun : line;
            if (line.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                underWay[thread] = line;
            }
            else if (call.Contains(file, StringComparison.Ordinal) && Writes().IsMatch(call))
            {
                (isWritten, isSynced) = (true, false);
            }
            else if (call.Contains(file, StringComparison.Ordinal) && Syncs().IsMatch(call) && HasReturnedZero(line))
            {
                isSynced = isWritten;
            }

            if (line.Contains("\"POST /onboarding/user/logout", StringComparison.Ordinal))
            {
                (isRequested, isWritten, isSynced) = (true, false, false);
            }
            else if (line.Contains("\"HTTP/1.1 200", StringComparison.Ordinal))
            {
                answers++;
                if (!isRequested || !isSynced)
                {
                    throw new BenchmarkException($"Answer {answers} was sent before its event was on disk:\n{line}");
                }

                isRequested = false;
            }
        }

        return answers == requests
            ? answers
            : throw new BenchmarkException($"{requests} requests, and {answers} answers among the system calls.");
    }

    private static bool HasReturnedZero(string line) => line.TrimEnd().EndsWith("= 0", StringComparison.Ordinal);

    [GeneratedRegex(@"^\d+ +(?:write|pwrite64|pwritev)\(")]
    private static partial Regex Writes();

    [GeneratedRegex(@"^\d+ +(?:fsync|fdatasync)\(")]
    private static partial Regex Syncs();
}
