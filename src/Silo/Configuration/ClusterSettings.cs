// What a node needs to know about the cluster it is in.
using System.Net;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>What a node does.</summary>
internal enum NodeRole
{
    /// <summary>The HTTP front end and users' grains in one process.</summary>
    All,

    /// <summary>Users' grains, the sweep that ends sessions by their limits, and the probes.</summary>
    Silo,

    /// <summary>The HTTP front end alone; users' grains are on the cluster's silos.</summary>
    Api,
}

/// <summary>Certificates of the ports between nodes, as PEM files.</summary>
/// <param name="Certificate">This node's certificate.</param>
/// <param name="Key">Its private key.</param>
/// <param name="Authority">The certificate of the authority that must have issued every node's certificate.</param>
internal sealed record ClusterTls(string Certificate, string Key, string Authority);

/// <summary>The cluster's settings.</summary>
internal sealed record ClusterSettings
{
    /// <summary>What this node does.</summary>
    public NodeRole Role { get; init; } = NodeRole.All;

    /// <summary>The cluster: silos of one id find each other.</summary>
    public string ClusterId { get; init; } = "bankezy-sessions";

    /// <summary>The service: the same for every cluster that ever takes over this one's work.</summary>
    public string ServiceId { get; init; } = "bankezy-sessions";

    /// <summary>The address that a silo listens on and that others reach it by.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port for other silos; 0 for a free one.</summary>
    public int SiloPort { get; init; }

    /// <summary>The port for front ends and other clients; 0 for a free one.</summary>
    public int GatewayPort { get; init; }

    /// <summary>The certificates of both ports; null where they are not encrypted.</summary>
    public ClusterTls? Tls { get; init; }

    /// <summary>Whether sign-outs are published to Orleans streams.</summary>
    public bool Streams { get; init; } = true;

    /// <summary>The connection string of the log's database, in which silos find each other; null where the node is alone.</summary>
    public string? PostgresConnection { get; init; }

    /// <summary>Where the place of the streams' reader in the log is kept while the log is not in PostgreSQL; null to forget it.</summary>
    public string? CheckpointFolder { get; init; }
}
