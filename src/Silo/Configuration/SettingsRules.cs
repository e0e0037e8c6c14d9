// Which settings there are, their defaults, and what is refused before a port opens.
using System.Buffers.Text;
using System.Globalization;
using System.Net;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>Reads and checks the configuration.</summary>
internal static class SettingsRules
{
    private const int DevelopmentProgram = 2001;
    /// <summary>What a fault of a token key ends with.</summary>
    internal const string HowToMakeAKey = "base64url of 32 bytes: openssl rand -base64 32 | tr '+/' '-_' | tr -d =";

    private const int ConnectionsOfRequests = 4_096; // beside those of streams, which must not keep a logout out

    /// <summary>Reads all settings.</summary>
    /// <param name="configuration">The environment's variables and the command line's arguments.</param>
    /// <param name="isDevelopment">Whether missing secrets are made, and weak ones taken.</param>
    /// <param name="fileHandles">How many files the process may have open; null where that is not known.</param>
    /// <exception cref="SettingsException">Anything is wrong; the message says everything that is.</exception>
    public static Settings Read(IConfiguration configuration, bool isDevelopment, int? fileHandles = null)
    {
        var reader = new SettingsReader(configuration);
        var sqlitePath = reader.Text("Sqlite:Path", Path.Combine(DefaultFolder(), "sessions.db"));
        var folder = Path.GetDirectoryName(Path.GetFullPath(sqlitePath))!;
        var secrets = new DevelopmentSecrets(folder);
        var store = Store(reader, isDevelopment);
        var postgres = store == StoreKind.Postgres ? PostgresConnection(reader, configuration) : null;
        HostRules.Check(reader, configuration);
        var cluster = ClusterRules.Read(reader, store, postgres, folder);
        var userKey = UserKeyOf(reader, isDevelopment ? secrets : null);
        var demoNodes = DemoNodes(reader, isDevelopment);
        var programs = Programs(reader, isDevelopment ? secrets : null, demoNodes);
        var managementKeys = ManagementKeyRules.Read(reader, programs, isDevelopment ? secrets : null, out var keysFile);
        if (!isDevelopment)
        {
            SecretRules.Check(reader, userKey, programs, managementKeys);
        }

        var streams = reader.Number("Notices:PerNodeMax", 2_000, 1, 100_000);
        var settings = new Settings
        {
            IsDevelopment = isDevelopment,
            Store = store,
            SqlitePath = sqlitePath,
            DataFolder = folder,
            PostgresMigrationsConnection = configuration.GetConnectionString("SessionsMigrations") is { Length: > 0 } owner ? owner : null,
            PostgresStartTimeout = reader.Duration("Postgres:StartTimeout", TimeSpan.FromMinutes(1), TimeSpan.Zero, TimeSpan.FromHours(1)),
            PublicUrl = reader.Url("Public:Url", "http://localhost:10000"),
            ManagementUrl = reader.Url("Management:Url", "http://localhost:10001"),
            UserKey = userKey,
            Programs = programs,
            ManagementKeys = managementKeys,
            ManagementKeysFile = keysFile,
            Wording = WordingRules.Read(reader),
            FreshTokenMax = reader.Duration(
                "FreshTokenMax", TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(30), TokenLimits.LifetimeMax),
            Simulator = Simulator(reader, isDevelopment),
            DemoNodes = demoNodes,
            Dashboard = reader.Flag("Dashboard", isDevelopment),
            Console = reader.Flag("Console", true),
            GrafanaUrl = GrafanaUrl(reader),
            TokenLifetimeMax = reader.Duration(
                "MaxTokenLifetime", TokenLimits.LifetimeMax, TimeSpan.FromMinutes(1), TokenLimits.LifetimeMax),
            KnownProxies = KnownProxies(reader),
            ForgedTokensPerMinute = reader.Number("Public:ForgedTokensPerMinute", isDevelopment ? 0 : 20, 0, 1_000_000),
            WrongKeysPerMinute = reader.Number("Management:WrongKeysPerMinute", isDevelopment ? 0 : 20, 0, 1_000_000),
            ConnectionsMax = HostRules.ConnectionsMax(reader, ConnectionsOfRequests + streams, fileHandles),
            ConnectionsPerAddressMax = reader.Number("Public:ConnectionsPerAddressMax", isDevelopment ? 0 : 1_000, 0, 1_000_000),
            ConcurrentRequestsMax = reader.Number("Public:ConcurrentRequestsMax", 1_024, 1, 100_000),
            NoticeStreamsPerUserMax = reader.Number("Notices:PerUserMax", 5, 1, 1_000),
            NoticeStreamsPerNodeMax = streams,
            DrainGrace = reader.Duration(
                "DrainGrace", isDevelopment ? TimeSpan.Zero : TimeSpan.FromSeconds(1), TimeSpan.Zero, TimeSpan.FromSeconds(5)),
            Telemetry = TelemetryRules.Read(reader, configuration, cluster.Role, programs, managementKeys),
            Incidents = new IncidentSettings(
                reader.Number("Incidents:PerSecond", 500, 1, 100_000), reader.Number("Incidents:ApprovalAbove", 1_000, 0, int.MaxValue)),
            Grains = Grains(reader),
            Cluster = cluster,
        };
        reader.Done();
        return settings;
    }

    private static string? GrafanaUrl(SettingsReader reader)
    {
        var text = reader.Text("Console:GrafanaUrl", "");
        if (text.Length > 0 && !(Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"))
        {
            reader.Fault($"{SettingsReader.NameOf("Console:GrafanaUrl")} must be an address of http or https, not '{text}'.");
        }

        return text.Length > 0 ? text : null;
    }

    private static string DefaultFolder()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return Path.Combine(home.Length > 0 ? home : "/var/lib", "bankezy-sessions");
    }

    private static StoreKind Store(SettingsReader reader, bool isDevelopment)
    {
        switch (reader.Text("Store", "sqlite"))
        {
            case "sqlite":
                return StoreKind.Sqlite;
            case "postgres":
                return StoreKind.Postgres;
            case "memory" when isDevelopment:
                return StoreKind.Memory;
            case "memory":
                reader.Fault("Sessions__Store=memory forgets every sign-out when the process ends, so it is for Development only.");
                return StoreKind.Memory;
            case var other:
                reader.Fault($"Sessions__Store must be sqlite or postgres (or memory, in Development), not '{other}'.");
                return StoreKind.Sqlite;
        }
    }

    private static string? PostgresConnection(SettingsReader reader, IConfiguration configuration)
    {
        if (configuration.GetConnectionString("Sessions") is { Length: > 0 } connection)
        {
            return connection;
        }

        reader.Fault("Sessions__Store=postgres needs ConnectionStrings__Sessions: Host=…;Port=5432;Database=…;Username=…;Password=…");
        return null;
    }

    private static byte[] UserKeyOf(SettingsReader reader, DevelopmentSecrets? secrets)
    {
        var text = reader.Text("UserKey", secrets?.UserKey() ?? "");
        if (Base64Url.IsValid(text) && Base64Url.DecodeFromChars(text) is { Length: BankEzy.Sessions.UserKey.Size } key
            && key.AsSpan().ContainsAnyExcept((byte)0))
        {
            return key;
        }

        reader.Fault($"Sessions__UserKey is missing or no key: set it to {HowToMakeAKey}. It names the users in the log, so it is the "
            + "same on every node and never changes.");
        return new byte[BankEzy.Sessions.UserKey.Size];
    }

    private static List<ProgramSettings> Programs(SettingsReader reader, DevelopmentSecrets? secrets, IReadOnlyList<string> demoNodes)
    {
        var ids = reader.Children("Programs").ToList();
        var development = DevelopmentProgram.ToString(CultureInfo.InvariantCulture);
        if (secrets is not null && !ids.Contains(development))
        {
            ids.Add(development);
        }

        if (ids.Count == 0)
        {
            reader.Fault("No program is configured: set Sessions__Programs__<PROGRAM_ID>__TokenKeys__0 to the key of its tokens "
                + "(base64url of 32 bytes).");
        }

        var programs = ids.Select(id => Program(reader, id, secrets, demoNodes)).OfType<ProgramSettings>().ToList();
        var apiKeys = programs.SelectMany(program => program.ApiKeys.Distinct());
        foreach (var shared in apiKeys.GroupBy(key => key).Where(group => group.Count() > 1))
        {
            reader.Fault($"The API key '{shared.Key}' is set for several programs; an API key names one program.");
        }

        return programs;
    }

    private static ProgramSettings? Program(
        SettingsReader reader, string name, DevelopmentSecrets? secrets, IReadOnlyList<string> demoNodes)
    {
        var key = $"Programs:{name}";
        var apiKeys = reader.List($"{key}:ApiKeys");
        var tokenKeys = TokenKeysOf(reader, $"{key}:TokenKeys");
        if (tokenKeys.Count == 0 && secrets is not null)
        {
            tokenKeys = [secrets.TokenKey(name)];
        }
        else if (tokenKeys.Count == 0)
        {
            reader.Fault($"{SettingsReader.NameOf(key)}__TokenKeys__0 is missing: set the key of the program's tokens ({HowToMakeAKey}).");
        }

        var appTokenKeys = TokenKeysOf(reader, $"{key}:AppTokenKeys");
        var requireApiKey = reader.Flag($"{key}:RequireApiKey", fallback: false);
        var policy = Policy(reader, key);
        var canary = reader.Flag($"{key}:Canary", fallback: false);
        var origins = Origins.Check(reader, $"{key}:AllowedOrigins", reader.List($"{key}:AllowedOrigins"));
        if (apiKeys.Any(apiKey => apiKey.Length > ProgramDirectory.ApiKeyMax))
        {
            reader.Fault($"{SettingsReader.NameOf(key)}__ApiKeys: an API key has at most {ProgramDirectory.ApiKeyMax} characters.");
        }

        if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id) || id <= 0 || name[0] == '0')
        {
            reader.Fault($"{SettingsReader.NameOf(key)}: a program is named by its PROGRAM_ID, a number above 0 without leading zeros.");
            return null;
        }

        return new ProgramSettings(id, apiKeys.Count > 0 ? apiKeys : [$"MOB-APP-{id}"], tokenKeys, appTokenKeys, requireApiKey, policy)
        {
            Canary = canary,
            AllowedOrigins = [.. origins.Union(demoNodes)],
        };
    }

    private static IReadOnlyList<string> TokenKeysOf(SettingsReader reader, string key)
    {
        var keys = reader.List(key);
        if (keys.Count == 0)
        {
            return keys;
        }

        if (!TokenKeys.TryParse(keys, out var parsed, out var fault))
        {
            reader.Fault($"{SettingsReader.NameOf(key)}: {fault}");
        }

        parsed?.Dispose();
        return keys;
    }

    private static SessionPolicy Policy(SettingsReader reader, string key)
    {
        var defaults = SessionPolicy.Default;
        var second = TimeSpan.FromSeconds(1);
        return new SessionPolicy(
            reader.Duration($"{key}:IdleTimeout", defaults.IdleTimeout, TimeSpan.Zero, TimeSpan.FromDays(30)),
            reader.Duration($"{key}:AbsoluteTimeout", defaults.AbsoluteTimeout, second, TimeSpan.FromDays(400)),
            reader.Number($"{key}:MaxSessions", defaults.MaxSessions, 1, 1_000));
    }

    private static bool Simulator(SettingsReader reader, bool isDevelopment)
    {
        var simulator = reader.Flag("Simulator", isDevelopment);
        if (simulator && !isDevelopment)
        {
            reader.Fault("Sessions__Simulator=true gives login tokens to everybody who asks, so it is for Development only: remove it.");
        }

        return simulator;
    }

    private static IReadOnlyList<string> DemoNodes(SettingsReader reader, bool isDevelopment)
    {
        var nodes = Origins.Check(reader, "Demo:Nodes", reader.List("Demo:Nodes"));
        if (nodes.Count > 0 && !isDevelopment)
        {
            reader.Fault("Sessions__Demo__Nodes is for the demo, which there is in Development only: remove it.");
        }

        return nodes;
    }

    private static IReadOnlyList<string> KnownProxies(SettingsReader reader)
    {
        var proxies = reader.List("Public:KnownProxies");
        foreach (var proxy in proxies.Where(proxy => !IPAddress.TryParse(proxy, out _) && !IPNetwork.TryParse(proxy, out _)))
        {
            reader.Fault($"Sessions__Public__KnownProxies must hold addresses or networks such as 10.0.0.7 or 10.0.0.0/24, not '{proxy}'.");
        }

        return proxies;
    }

    private static GrainSettings Grains(SettingsReader reader)
    {
        var defaults = GrainSettings.Default;
        var second = TimeSpan.FromSeconds(1);
        return new GrainSettings(
            reader.Number("Grains:MailboxMax", defaults.MailboxMax, 1, 1_000_000),
            reader.Duration("Grains:CallTimeout", defaults.CallTimeout, second, TimeSpan.FromMinutes(5)),
            reader.Duration("Grains:CollectionAge", defaults.CollectionAge, second, TimeSpan.FromDays(1)));
    }
}
