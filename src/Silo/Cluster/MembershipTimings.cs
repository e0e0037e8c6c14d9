// The times that silos and clients have in common. docs/decisions/0008-orleans-engine.md says how they were chosen.
using Orleans.Configuration;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class MembershipTimings
{
    /// <summary>How long a silo may take to answer another one's probe, and the pause between two probes.</summary>
    public static readonly TimeSpan Probe = TimeSpan.FromMilliseconds(500);

    /// <summary>Unanswered probes in a row after which a silo votes that the other one is dead.</summary>
    public const int MissedProbes = 3;

    /// <summary>How often a silo writes into the cluster's table that it lives. The table decides nothing while silos can ask each other;
    /// it does after several have died at once.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    /// <summary>Missing heartbeats after which a silo's word, and its vote, no longer count.</summary>
    public const int MissedHeartbeats = 3;

    /// <summary>After this time without a heartbeat a silo counts as old.</summary>
    public static readonly TimeSpan Stale = MissedHeartbeats * Heartbeat;

    /// <summary>How often a client looks for silos that have joined.</summary>
    public static readonly TimeSpan GatewayList = TimeSpan.FromSeconds(2);

    /// <summary>A dead silo refuses a connection at once; one that is cut off lets the caller wait.</summary>
    public static void Set(ConnectionOptions connection)
    {
        connection.OpenConnectionTimeout = TimeSpan.FromSeconds(2);
        connection.ConnectionRetryDelay = TimeSpan.FromMilliseconds(250);
    }
}
