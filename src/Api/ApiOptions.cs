namespace BankEzy.Sessions.Api;

/// <summary>What the HTTP front end needs to know of the configuration.</summary>
public sealed record ApiOptions
{
    /// <summary>The longest <c>exp - iat</c> of a token; at most 24 hours.</summary>
    public TimeSpan TokenLifetimeMax { get; init; } = TokenLimits.LifetimeMax;

    /// <summary>The age of a login token up to which it may end sessions on other devices.</summary>
    public TimeSpan FreshTokenMax { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Forged tokens without X-API-KEY from one network within a minute before further ones get 429 untried, where more than
    /// <see cref="Security.ProgramDirectory.AlwaysTriedMax"/> programs would have to be tried; 0 for no limit.</summary>
    public int ForgedTokensPerMinute { get; init; } = 20;

    /// <summary>Wrong management keys from one network within a minute before further ones get 429; 0 for no limit.</summary>
    public int WrongKeysPerMinute { get; init; } = 20;

    /// <summary>Connections that both listeners together keep open; a further one is closed at once.</summary>
    public int ConnectionsMax { get; init; } = 6_096;

    /// <summary>Connections of the public listener that one network (an IPv4 address or an IPv6 /64) may have; 0 for no limit.</summary>
    public int ConnectionsPerAddressMax { get; init; }

    /// <summary>Whether an address is a proxy's, behind which there are many callers.</summary>
    public Predicate<System.Net.IPAddress> IsKnownProxy { get; init; } = static _ => false;

    /// <summary>Requests that are worked on at once on the public listener; more are not even parsed for half a second
    /// (<see cref="Admission.RequestSlots"/>), and then get 503.</summary>
    public int ConcurrentRequestsMax { get; init; } = 1_024;

    /// <summary>Streams of notices that one user may keep open on this node before a further one gets 429.</summary>
    public int NoticeStreamsPerUserMax { get; init; } = 5;

    /// <summary>Streams of notices that this node keeps open before a further one gets 503.</summary>
    public int NoticeStreamsPerNodeMax { get; init; } = 2_000;

    /// <summary>Above this number of sessions an incident needs the approval of a second key.</summary>
    public int IncidentApprovalAbove { get; init; } = 1_000;

    /// <summary>The management keys of the start.</summary>
    public IReadOnlyList<Security.ManagementKey> ManagementKeys { get; init; } = [];

    /// <summary>Whether the description of the API is shown without a key. Development only.</summary>
    public bool ShowsDescription { get; init; }

    /// <summary>Whether there is a support console on the management listener.</summary>
    public bool Console { get; init; } = true;

    /// <summary>Where the charts are, for a link of the console; null for none.</summary>
    public string? GrafanaUrl { get; init; }

    /// <summary>Whether the simulator of the neighbours answers on the public listener. Development only.</summary>
    public bool Simulator { get; init; }

    /// <summary>Whether each sign-out leaves a line in the log.</summary>
    public bool AccessLog { get; init; }

    /// <summary>Whether a refusal names its code in the header X-Refusal-Code. Development only.</summary>
    public bool NamesRefusals { get; init; }
}
