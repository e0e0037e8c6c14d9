// The times that silos and clients have in common. docs/decisions/0008-orleans-engine.md says how they were chosen.
using Orleans.Configuration;

namespace BankEzy.Sessions.Silo.Engine;

internal static class OrleansTimes
{
    /// <summary>How long a silo may take to answer another one's probe, and the pause between two probes.</summary>
    public static readonly TimeSpan Probe = TimeSpan.FromMilliseconds(500);

    /// <summary>Unanswered probes in a row after which a silo votes that the other one is dead.</summary>
    public const int MissedProbes = 3;

    /// <summary>How often a client looks for silos that have joined.</summary>
    public static readonly TimeSpan GatewayList = TimeSpan.FromSeconds(2);

    /// <summary>A dead silo refuses a connection at once; one that is cut off lets the caller wait.</summary>
    public static void Set(ConnectionOptions connection)
    {
        connection.OpenConnectionTimeout = TimeSpan.FromSeconds(1);
        connection.ConnectionRetryDelay = TimeSpan.FromMilliseconds(250);
    }
}
