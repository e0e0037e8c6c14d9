// How a node stands, in two sentences. Pure.
using System.Text.Json;
using BankEzy.Sessions.Api.Users.Words;

namespace BankEzy.Sessions.Api.Status;

/// <summary>Makes the sentences.</summary>
internal static class StatusWords
{
    private static readonly TimeSpan SlowAppend = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LateFeed = TimeSpan.FromSeconds(1);

    /// <summary>Whether sign-outs work, and whether anything waits.</summary>
    /// <param name="logWorks">Whether the log takes events.</param>
    /// <param name="silos">The silos; null where the cluster cannot be asked.</param>
    /// <param name="slowest">The p99 of recent appends; null where there were none.</param>
    /// <param name="lag">How far the feed is behind here; null where the log cannot be read.</param>
    public static IReadOnlyList<string> Of(bool logWorks, IReadOnlyList<ClusterSilo>? silos, TimeSpan? slowest, TimeSpan? lag) =>
        [SignOuts(logWorks, silos, slowest), Waiting(lag)];

    private static string SignOuts(bool logWorks, IReadOnlyList<ClusterSilo>? silos, TimeSpan? slowest)
    {
        if (!logWorks)
        {
            return "Sign-outs fail on this node: the log cannot be used.";
        }

        if (silos is null || !silos.Any(IsActive))
        {
            return "Sign-outs fail on this node: no silo can be reached.";
        }

        var cluster = silos.Count == 1 ? "Its one silo is active." : $"{silos.Count(IsActive)} of {silos.Count} silos are active.";
        return slowest > SlowAppend
            ? $"Sign-outs work on this node, slowly: the log takes {EventWords.Duration(slowest.Value)} for an append. {cluster}"
            : $"Sign-outs work on this node. {cluster}";
    }

    private static string Waiting(TimeSpan? lag) => lag is not { } behind ? "Whether anything waits cannot be seen: the log cannot be read."
        : behind > LateFeed ? $"What this node hands on is {EventWords.Duration(behind)} late; nothing that was answered is lost."
        : "Nothing waits on this node.";

    private static bool IsActive(ClusterSilo silo) => silo.Status == "active";
}

/// <summary>The time of an event.</summary>
internal static class EventTime
{
    /// <summary>When an event was decided, whatever its name is.</summary>
    public static DateTimeOffset Of(StoredEvent stored)
    {
        using var content = JsonDocument.Parse(stored.Json);
        return content.RootElement.GetProperty("at").GetDateTimeOffset();
    }
}
