// The configuration, read and checked. Every default is written here once; docs/configuration.md repeats them.
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>Where the log is kept.</summary>
internal enum StoreKind
{
    /// <summary>One file on this machine.</summary>
    Sqlite,

    /// <summary>A PostgreSQL database that several nodes may share.</summary>
    Postgres,

    /// <summary>This process's memory; gone when it ends. Development only.</summary>
    Memory,
}

/// <summary>A program's settings.</summary>
/// <param name="Id">PROGRAM_ID.</param>
/// <param name="ApiKeys">X-API-KEY values; <c>MOB-APP-{id}</c> where none is set.</param>
/// <param name="TokenKeys">Base64url of 32 bytes each, newest first: one or two.</param>
/// <param name="AppTokenKeys">The same for app tokens; empty where both kinds of token share their keys.</param>
/// <param name="RequireApiKey">Whether a request without X-API-KEY is refused.</param>
/// <param name="Policy">The limits of its sessions.</param>
internal sealed record ProgramSettings(
    int Id,
    IReadOnlyList<string> ApiKeys,
    IReadOnlyList<string> TokenKeys,
    IReadOnlyList<string> AppTokenKeys,
    bool RequireApiKey,
    SessionPolicy Policy)
{
    /// <summary>Whether the canary signs in and out of this program.</summary>
    public bool Canary { get; init; }

    /// <summary>The origins whose pages may call the program's API and read the answers.</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];
}

/// <summary>A management key.</summary>
/// <param name="Setting">The variable or the part of the file that it was set with, for messages.</param>
/// <param name="Name">Its name.</param>
/// <param name="IsNamed">Whether the name was configured.</param>
/// <param name="Key">The key.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="Programs">The programs that it may see and touch; null for all.</param>
/// <param name="IsFromFile">Whether it stands in <see cref="Settings.ManagementKeysFile"/>.</param>
public sealed record ManagementKeySettings(
    string Setting, string Name, bool IsNamed, string Key, Roles Roles, IReadOnlyList<int>? Programs = null, bool IsFromFile = false)
{
    /// <summary>As the API takes it: without the key's text.</summary>
    public ManagementKey ToKey() => ManagementKey.Of(Name, IsNamed, Key, Roles, Programs);

    /// <summary>The setting alone: the rest is secret.</summary>
    public override string ToString() => Setting;
}

/// <summary>The limits of grains.</summary>
/// <param name="MailboxMax">Calls that may wait for one grain; one more gets <see cref="LimitExceededException"/> at once.</param>
/// <param name="CallTimeout">How long a caller waits before it gets <see cref="TimeoutException"/>.</param>
/// <param name="CollectionAge">Without a call for this long, an activation is collected.</param>
internal sealed record GrainSettings(int MailboxMax, TimeSpan CallTimeout, TimeSpan CollectionAge)
{
    /// <summary>What holds where nothing is configured: 1,000 calls, 5 seconds, 15 minutes.</summary>
    public static readonly GrainSettings Default = new(1_000, TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(15));
}

/// <summary>How incidents run.</summary>
/// <param name="PerSecond">Users whose sessions get their own events within a second.</param>
/// <param name="ApprovalAbove">Above this number of sessions a second key must approve.</param>
public sealed record IncidentSettings(int PerSecond, int ApprovalAbove);

/// <summary>All settings.</summary>
internal sealed record Settings
{
    /// <summary>The reasons and sentences of sign-outs on a user's behalf.</summary>
    public required Wording Wording { get; init; }

    /// <summary>The age of a login token up to which it may end sessions on other devices.</summary>
    public required TimeSpan FreshTokenMax { get; init; }

    /// <summary>Whether the process runs in Development, where missing secrets are made and the simulator may answer.</summary>
    public required bool IsDevelopment { get; init; }

    /// <summary>Where the log is kept.</summary>
    public required StoreKind Store { get; init; }

    /// <summary>The SQLite file.</summary>
    public required string SqlitePath { get; init; }

    /// <summary>The connection string of the role that makes the tables, where it is another one.</summary>
    public required string? PostgresMigrationsConnection { get; init; }

    /// <summary>How long the start waits for a database that is away or starting up.</summary>
    public required TimeSpan PostgresStartTimeout { get; init; }

    /// <summary>The public listener.</summary>
    public required Uri PublicUrl { get; init; }

    /// <summary>The management listener.</summary>
    public required Uri ManagementUrl { get; init; }

    /// <summary>The key that users' ids are made with: 32 bytes.</summary>
    public required byte[] UserKey { get; init; }

    /// <summary>The programs.</summary>
    public required IReadOnlyList<ProgramSettings> Programs { get; init; }

    /// <summary>The management keys.</summary>
    public required IReadOnlyList<ManagementKeySettings> ManagementKeys { get; init; }

    /// <summary>The file whose keys hold as well, and may change while the service runs; null where there is none.</summary>
    public required string? ManagementKeysFile { get; init; }

    /// <summary>Whether the simulator of the neighbours answers.</summary>
    public required bool Simulator { get; init; }

    /// <summary>The origins of nodes between which the phones of the demo may choose; Development only.</summary>
    public required IReadOnlyList<string> DemoNodes { get; init; }

    /// <summary>Whether a silo shows Orleans' dashboard on its management listener.</summary>
    public required bool Dashboard { get; init; }

    /// <summary>Whether there is a support console on the management listener.</summary>
    public required bool Console { get; init; }

    /// <summary>Where the charts are, for a link of the console; null for none.</summary>
    public required string? GrafanaUrl { get; init; }

    /// <summary>The longest <c>exp - iat</c> of a token.</summary>
    public required TimeSpan TokenLifetimeMax { get; init; }

    /// <summary>Addresses or networks (CIDR) of proxies whose X-Forwarded-For is believed.</summary>
    public required IReadOnlyList<string> KnownProxies { get; init; }

    /// <summary>Forged tokens without X-API-KEY from one network in a minute before further ones are not tried; 0 for no limit.</summary>
    public required int ForgedTokensPerMinute { get; init; }

    /// <summary>Wrong management keys from one network within a minute before it gets 429; 0 for no limit.</summary>
    public required int WrongKeysPerMinute { get; init; }

    /// <summary>Connections that both listeners together keep open.</summary>
    public required int ConnectionsMax { get; init; }

    /// <summary>Connections of the public listener that one network may have open; 0 for no limit.</summary>
    public required int ConnectionsPerAddressMax { get; init; }

    /// <summary>Requests that are worked on at once on the public listener; more wait for half a second and then get 503.</summary>
    public required int ConcurrentRequestsMax { get; init; }

    /// <summary>Streams of notices that one user may keep open on this node.</summary>
    public required int NoticeStreamsPerUserMax { get; init; }

    /// <summary>Streams of notices that this node keeps open.</summary>
    public required int NoticeStreamsPerNodeMax { get; init; }

    /// <summary>How long a stopping node refuses requests before it closes its ports.</summary>
    public required TimeSpan DrainGrace { get; init; }

    /// <summary>What the node says of itself, and to whom.</summary>
    public required TelemetrySettings Telemetry { get; init; }

    /// <summary>How incidents run.</summary>
    public required IncidentSettings Incidents { get; init; }

    /// <summary>The limits of grains.</summary>
    public required GrainSettings Grains { get; init; }

    /// <summary>The node's part in a cluster.</summary>
    public required ClusterSettings Cluster { get; init; }

    /// <summary>The folder that holds the log and, in Development, the secrets that were made.</summary>
    public required string DataFolder { get; init; }
}
