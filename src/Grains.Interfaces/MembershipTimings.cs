// How silos watch each other. The same on every silo of the cluster: docs/decisions/0014-membership-times.md has the reasons.
using Orleans.Configuration;

namespace BankEzy.Sessions;

/// <summary>The times after which a silo counts as dead.</summary>
public static class MembershipTimings
{
    /// <summary>The pause between two probes, and how long an answer may take.</summary>
    public static readonly TimeSpan Probe = TimeSpan.FromMilliseconds(800);

    /// <summary>Unanswered probes in a row after which a silo votes that the other one is dead.</summary>
    public const int MissedProbes = 3;

    /// <summary>How long a silo may say nothing on a connection that is open, from its last message on: a machine that is paused, or has no
    /// processor to give. One that was killed has no open connection; against it the probes alone decide.</summary>
    public static readonly TimeSpan SilenceMax = 12 * Probe;

    /// <summary>How often a silo writes into the cluster's table that it lives. The table decides nothing while silos can ask each other;
    /// it does after several have died at once.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(1);

    /// <summary>Missing heartbeats after which a silo's word, and its vote, no longer count.</summary>
    public const int MissedHeartbeats = 3;

    /// <summary>Sets them.</summary>
    /// <param name="membership">The options of a silo.</param>
    public static void Set(ClusterMembershipOptions membership)
    {
        // Orleans learns how fast the others answer, and would take half of the time and less where they are fast.
        (membership.ProbeTimeout, membership.MinProbeTimeout) = (Probe, Probe);

        // No vote against a silo whose last message is younger than this many times MissedProbes (EnableConnectionLivenessCheck).
        membership.MaxProbeTimeout = SilenceMax / MissedProbes;
        membership.NumMissedProbesLimit = MissedProbes;
        membership.IAmAliveTablePublishTimeout = Heartbeat;
        membership.NumMissedTableIAmAliveLimit = MissedHeartbeats;
        membership.TableRefreshTimeout = TimeSpan.FromSeconds(5); // gossip is the source; this is for what gossip missed
    }
}
