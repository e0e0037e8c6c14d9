// Counts what must never be: a log that is not what was stored. Any of it is an alarm (docs/operations.md, SessionsLogDamaged).
using System.Diagnostics.Metrics;

namespace BankEzy.Sessions;

internal static class IntegrityFailures
{
    private static readonly Counter<long> Failures =
        Telemetry.Counter("log.integrity_failures", "{failure}", "Times that the log was found to differ from what was stored.");

    /// <summary>Says that there was none yet: an alarm that looks for an increase must see the first one.</summary>
    public static void Announce()
    {
        foreach (var kind in (string[])["chain", "version", "snapshot", "contradiction"])
        {
            Failures.Add(0, Telemetry.Tag("bankezy.sessions.kind", kind));
        }
    }

    /// <summary>An event is not the one that was stored.</summary>
    public static void Chain() => Count("chain");

    /// <summary>An event is missing, or one is there twice.</summary>
    public static void Version() => Count("version");

    /// <summary>A snapshot was not sealed by this service, or does not fit the log.</summary>
    public static void Snapshot() => Count("snapshot");

    /// <summary>The log has a command whose effect its events do not show.</summary>
    public static void Contradiction() => Count("contradiction");

    private static void Count(string kind) => Failures.Add(1, Telemetry.Tag("bankezy.sessions.kind", kind));
}
