// The configuration: every fault is reported at once, in words that say what to set, and no secret is shown.
using System.Buffers.Text;
using System.Security.Cryptography;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Configuration;

namespace BankEzy.Sessions.Tests.Api;

public sealed class SettingsTests : IDisposable
{
    private const string SampleKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    private static readonly string OwnKey = Base64Url.EncodeToString(SHA256.HashData("the settings tests' key"u8));
    private static readonly string OtherKey = Base64Url.EncodeToString(SHA256.HashData("another key of the settings tests"u8));

    private readonly string folder = Directory.CreateTempSubdirectory("bankezy-settings-").FullName;

    public static TheoryData<string, string> Faults => new()
    {
        { "Store=postgress", "Sessions__Store" },
        { "Store=memory", "Sessions__Store=memory" },
        { "Store=postgres", "Sessions__Store=postgres needs ConnectionStrings__Sessions" },
        { "Public:Url=https://localhost:1", "Sessions__Public__Url" },
        { "Public:Url=http://localhost:1/path", "Sessions__Public__Url" },
        { "Management:Url=localhost", "Sessions__Management__Url" },
        { "Management:Keys:0=short", "Sessions__Management__Keys" },
        { "Management:Keys:0=", "Sessions__Management__Keys__0 is missing" },
        { "UserKey=", "Sessions__UserKey is missing" },
        { "UserKey=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Sessions__UserKey is missing or no key" },
        { "UserKey=dG9vc2hvcnQ", "Sessions__UserKey is missing or no key" },
        { "Programs:2001:TokenKeys:0=", "Sessions__Programs__2001__TokenKeys__0 is missing" },
        { $"Programs:2001:TokenKeys:0={SampleKey}", "Sessions__Programs__2001__TokenKeys" },
        { "Programs:2001:TokenKeys:0=tooshort", "Sessions__Programs__2001__TokenKeys" },
        { $"Programs:2001:AppTokenKeys:0={SampleKey}", "Sessions__Programs__2001__AppTokenKeys" },
        { "Programs:2001:RequireApiKey=perhaps", "Sessions__Programs__2001__RequireApiKey" },
        { "Programs:2001:IdleTimeout=15", "Sessions__Programs__2001__IdleTimeout" },
        { "Programs:2001:AbsoluteTimeout=00:00:00", "Sessions__Programs__2001__AbsoluteTimeout" },
        { "Programs:2001:MaxSessions=0", "Sessions__Programs__2001__MaxSessions" },
        { $"Programs:2001:ApiKeys:0={new string('k', 257)}", "Sessions__Programs__2001__ApiKeys" },
        { "Programs:2001:AllowedOrigins:0=*", "Sessions__Programs__2001__AllowedOrigins must hold exact origins" },
        { "Programs:2001:AllowedOrigins:0=null", "Sessions__Programs__2001__AllowedOrigins" },
        { "Programs:2001:AllowedOrigins:0=https://app.example.com/", "Sessions__Programs__2001__AllowedOrigins" },
        { "Programs:2001:AllowedOrigins:0=https://App.example.com", "Sessions__Programs__2001__AllowedOrigins" },
        { "Programs:2001:AllowedOrigins:0=https://app.example.com:443", "Sessions__Programs__2001__AllowedOrigins" },
        { "Programs:2001:AllowedOrigins:0=https://*.example.com", "Sessions__Programs__2001__AllowedOrigins" },
        { "Programs:2001:AllowedOrigins:0=app.example.com", "Sessions__Programs__2001__AllowedOrigins" },
        { "Demo:Nodes:0=http://localhost:10010", "Sessions__Demo__Nodes is for the demo" },
        { "Programs:2001=x", "Sessions__Programs__2001 is not a setting" },
        { "Simulator=true", "Sessions__Simulator" },
        { "MaxTokenLifetime=2.00:00:00", "Sessions__MaxTokenLifetime" },
        { "Public:KnownProxies:0=proxy", "Sessions__Public__KnownProxies" },
        { "Public:ForgedTokensPerMinute=-1", "Sessions__Public__ForgedTokensPerMinute" },
        { "Public:ConnectionsPerAddressMax=-1", "Sessions__Public__ConnectionsPerAddressMax" },
        { "Management:WrongKeysPerMinute=x", "Sessions__Management__WrongKeysPerMinute" },
        { $"Programs:1111:TokenKeys:0={OwnKey}", "Sessions__Programs__1111__TokenKeys__0 and Sessions__Programs__2001" },
        { $"Programs:2001:AppTokenKeys:0={OwnKey}", "Sessions__Programs__2001__TokenKeys__0 and Sessions__Programs__2001__App" },
        { $"Management:Keys:1={OwnKey}", "Sessions__Programs__2001__TokenKeys__0 and Sessions__Management__Keys__1 are the same" },
        { $"UserKey={OwnKey}", "Sessions__UserKey and Sessions__Programs__2001__TokenKeys__0 are the same" },
        { $"UserKey={SampleKey}", "Sessions__UserKey is a key from" },
        { "Management:Keys:1=MOB-APP-2001-and-more", "Sessions__Management__Keys__1 is also an API key" },
        { "Management:Keys:1=passwordpassword", "Sessions__Management__Keys__1 has fewer than" },
        { "Management:Keys:1=0123456789abcdef", "Sessions__Management__Keys__0 and Sessions__Management__Keys__1 are the same key" },
        { "Management:KeysFile=/none/keys.json", "Sessions__Management__KeysFile" },
        { "Programs:2001:TokenKeys:1=QEFCQ0RFRkdISUpLTE1OT1BRUlNUVVZXWFlaW1xdXl8", "Sessions__Programs__2001__TokenKeys__1 is a key from" },
        { "Programs:2001:TokenKeys:1=_v_pkoZlcxxtao-UZzCDCP7_6ZKGZXMcbWqPlGcwgwg", "Sessions__Programs__2001__TokenKeys__1 is a key from" },
        { "Programs:2001:TokenKeys:1=QUJBQkFCQUJBQkFCQUJBQkFCQUJBQkFCQUJBQkFCQUI", "Sessions__Programs__2001__TokenKeys__1 is a key from" },
        { "Programs:2001:TokenKeys:1=__79_Pv6-fj39vX08_Lx8O_u7ezr6uno5-bl5OPi4eA", "Sessions__Programs__2001__TokenKeys__1 is a key from" },
        { "Grains:CallTimeout=00:00:00", "Sessions__Grains__CallTimeout" },
        { "Engin:CallTimeout=00:00:01", "Sessions__Engin__CallTimeout is not a setting" },
        { "Role=node", "Sessions__Role must be all, silo or api" },
        { "Role=silo", "Sessions__Role=silo needs" }, // another store
        { "Role=api", "Sessions__Role=api needs" },
        { "Cluster:Address=0.0.0.0", "Sessions__Cluster__Address" },
        { "Cluster:Address=silo-1", "Sessions__Cluster__Address" },
        { "Cluster:SiloPort=70000", "Sessions__Cluster__SiloPort" },
        { "Cluster:GatewayPort=-1", "Sessions__Cluster__GatewayPort" },
        { "Cluster:ClusterId=a b", "Sessions__Cluster__ClusterId" },
        { "Cluster:ServiceId=ä", "Sessions__Cluster__ServiceId" },
        { "Cluster:Tls:Key=/none", "Sessions__Cluster__Tls__Certificate, " },
        { "Cluster:Streams=perhaps", "Sessions__Cluster__Streams" },
    };

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [MemberData(nameof(Faults))]
    public void A_fault_stops_the_start_and_names_its_variable(string setting, string named)
    {
        var fault = Assert.Single(FaultsOf(isDevelopment: false, [.. Production, setting]));
        Assert.StartsWith(named, fault, StringComparison.Ordinal);
        Assert.DoesNotContain(SampleKey, fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Name=X", "Sessions__Management__Keys__1__Name must be")]
    [InlineData("Name=a", "Sessions__Management__Keys__1__Name must be")]
    [InlineData("Name=", "Sessions__Management__Keys__1__Name must be")]
    [InlineData("Name=key-0", "Sessions__Management__Keys__0 and Sessions__Management__Keys__1 have one name")]
    [InlineData("Key=", "Sessions__Management__Keys__1__Key is missing")]
    [InlineData("Key=short", "Sessions__Management__Keys__1: a key must have at least 16")]
    [InlineData("Key=passwordpassword", "Sessions__Management__Keys__1 has fewer than")]
    [InlineData("Roles=", "Sessions__Management__Keys__1__Roles must be")]
    [InlineData("Roles=support,admin", "Sessions__Management__Keys__1__Roles must be")]
    [InlineData("Roles:0=Support", "Sessions__Management__Keys__1__Roles must be")]
    [InlineData("Programs:0=3333", "Sessions__Management__Keys__1__Programs names")]
    [InlineData("Programs:0=x", "Sessions__Management__Keys__1__Programs names")]
    [InlineData("Program=2001", "Sessions__Management__Keys__1__Program is not a setting")]
    public void A_fault_of_a_named_key_stops_the_start(string member, string named)
    {
        var fault = Assert.Single(FaultsOf(isDevelopment: false, [.. Production, .. NamedKey(1, "desk"), $"Management:Keys:1:{member}"]));
        Assert.StartsWith(named, fault, StringComparison.Ordinal);
        Assert.DoesNotContain("desk", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_is_for_one_key_and_for_a_second_one_while_it_replaces_the_first()
    {
        string[] two = [.. Production, .. NamedKey(1, "desk"), .. NamedKey(2, "desk")];
        var keys = Read(isDevelopment: false, two).ManagementKeys;
        Assert.Equal(["key-0", "desk", "desk"], keys.Select(key => key.Name));
        Assert.Equal([Roles.All, Roles.Support | Roles.Audit, Roles.Support | Roles.Audit], keys.Select(key => key.Roles));
        foreach (var more in (string[][])
            [NamedKey(3, "desk"), ["Management:Keys:2:Roles=support"], ["Management:Keys:2:Programs:0=2001"]])
        {
            Assert.Contains("have one name", Assert.Single(FaultsOf(isDevelopment: false, [.. two, .. more])), StringComparison.Ordinal);
        }

        string[] both =
            [.. Production, "Management:Keys:0:Name=desk", "Management:Keys:0:Key=fedcba9876543210", "Management:Keys:0:Roles=audit"];
        Assert.StartsWith(
            "Sessions__Management__Keys__0 is a key, and has members", Assert.Single(FaultsOf(isDevelopment: false, both)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Roles_and_programs_of_a_key_are_read_as_a_list_of_either_form()
    {
        string[] settings =
        [
            .. Production, "Management:Keys:5:Name=desk", "Management:Keys:5:Key=fedcba9876543210", "Management:Keys:5:Roles:0=operate",
            "Management:Keys:5:Roles:1=metrics", "Management:Keys:5:Programs:0=2001",
        ];
        var key = Read(isDevelopment: false, settings).ManagementKeys[1];
        Assert.Equal((Roles.Operate | Roles.Metrics, "desk", true), (key.Roles, key.Name, key.IsNamed));
        Assert.Equal([2001], key.Programs);
        Assert.Null(Read(isDevelopment: false, [.. Production, .. NamedKey(1, "desk")]).ManagementKeys[1].Programs);
    }

    private static string[] NamedKey(int number, string name) =>
    [
        $"Management:Keys:{number}:Name={name}", $"Management:Keys:{number}:Key={number}edcba9876543210",
        $"Management:Keys:{number}:Roles=support, audit",
    ];

    [Fact]
    public void Many_faults_are_told_in_one_message_without_a_secret()
    {
        string[] secrets = ["this-token-key-is-secret", "sesame"];
        var message = Assert.Throws<SettingsException>(() => Read(
            isDevelopment: false,
            $"Programs:2001:TokenKeys:0={secrets[0]}",
            $"Management:Keys:0={secrets[1]}", $"UserKey={Visitor.UserKeyText}", "Store=memory", "Simulator=true", "Publc:Url=x")).Message;
        Assert.Equal(5, message.Split("\n  - ").Length - 1);
        foreach (var name in (string[])["2001__TokenKeys", "Management__Keys", "Sessions__Store", "Sessions__Simulator", "Publc__Url"])
        {
            Assert.Contains(name, message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(secrets, secret => message.Contains(secret, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ForwardedHeaders_Enabled", "true", "ASPNETCORE_FORWARDEDHEADERS_ENABLED")]
    [InlineData("FORWARDEDHEADERS_ENABLED", "True", "ASPNETCORE_FORWARDEDHEADERS_ENABLED")]
    [InlineData("Kestrel:Endpoints:Mine:Url", "http://*:80", "Kestrel__")]
    [InlineData("Kestrel:EndpointDefaults:Protocols", "Http2", "Kestrel__")]
    [InlineData("PreferHostingUrls", "true", "ASPNETCORE_PREFERHOSTINGURLS")]
    public void A_setting_of_the_framework_that_would_undo_ours_stops_the_start(string key, string value, string named)
    {
        foreach (var isDevelopment in (bool[])[true, false])
        {
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(ValuesOf(Production).Append(new(key, value))).Build();
            var faults = Assert.Throws<SettingsException>(() => SettingsRules.Read(configuration, isDevelopment)).Faults;
            Assert.StartsWith(named, Assert.Single(faults), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Connections_stay_below_the_files_that_the_process_may_open()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(ValuesOf(Production)).Build();
        Assert.Equal(512, SettingsRules.Read(configuration, isDevelopment: false, fileHandles: 1_024).ConnectionsMax);
        Assert.Equal(6_096, SettingsRules.Read(configuration, isDevelopment: false, fileHandles: 1_048_576).ConnectionsMax);
        var faults = Assert.Throws<SettingsException>(
            () => SettingsRules.Read(configuration, isDevelopment: false, fileHandles: 1_023)).Faults;
        Assert.StartsWith("The process may have 1023 files open", Assert.Single(faults), StringComparison.Ordinal);
        Assert.True(!OperatingSystem.IsLinux() || HostRules.ReadFileHandlesMax() > 0);
    }

    [Fact]
    public void Outside_Development_nothing_is_made_up()
    {
        var faults = FaultsOf(isDevelopment: false);
        Assert.Equal(["Sessions__UserKey is missing or no key", "No program is configured", "Sessions__Management__Keys__0 is missing"],
            faults.Select(fault => fault.Split(':')[0]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(folder));
    }

    [Fact]
    public void Two_programs_cannot_have_one_API_key_or_one_number()
    {
        var sameKey = FaultsOf(
            isDevelopment: false,
            [.. Production, "Programs:2001:ApiKeys:0=MOB-APP", $"Programs:1111:TokenKeys:0={OtherKey}", "Programs:1111:ApiKeys:0=MOB-APP"]);
        Assert.StartsWith("The API key 'MOB-APP' is set for several programs", Assert.Single(sameKey), StringComparison.Ordinal);
        var sameNumber = FaultsOf(isDevelopment: false, [.. Production, $"Programs:02001:TokenKeys:0={OtherKey}"]);
        Assert.StartsWith("Sessions__Programs__02001", Assert.Single(sameNumber), StringComparison.Ordinal);
    }

    [Fact]
    public void A_production_configuration_is_read_with_its_defaults()
    {
        var settings = Read(isDevelopment: false, Production);
        Assert.Equal((StoreKind.Sqlite, false, false), (settings.Store, settings.Simulator, settings.Dashboard));
        Assert.Equal((20, 1_024), (settings.ForgedTokensPerMinute, settings.ConcurrentRequestsMax));
        Assert.Equal((10000, 10001), (settings.PublicUrl.Port, settings.ManagementUrl.Port));
        Assert.Equal(("localhost", "localhost"), (settings.PublicUrl.Host, settings.ManagementUrl.Host));
        Assert.Equal((TimeSpan.FromHours(24), GrainSettings.Default), (settings.TokenLifetimeMax, settings.Grains));
        var program = Assert.Single(settings.Programs);
        Assert.Equal((2001, false, SessionPolicy.Default), (program.Id, program.RequireApiKey, program.Policy));
        Assert.Equal(["MOB-APP-2001", "MOB-APP-2001-and-more"], program.ApiKeys);
        Assert.Equal(
            (20, 1_000, 6_096), (settings.WrongKeysPerMinute, settings.ConnectionsPerAddressMax, settings.ConnectionsMax));
    }

    [Fact]
    public void Development_makes_its_secrets_once_for_their_owner_alone_and_finds_them_again()
    {
        var (first, second) = (Read(isDevelopment: true), Read(isDevelopment: true));
        Assert.Equal(first.ManagementKeys, second.ManagementKeys);
        Assert.Equal(first.Programs[0].TokenKeys, second.Programs[0].TokenKeys);
        Assert.Equal(first.UserKey, second.UserKey);
        Assert.NotEqual(first.ManagementKeys[0].Key, first.Programs[0].TokenKeys[0]);
        Assert.True(first.Simulator);
        Assert.Equal(0, first.ForgedTokensPerMinute);
        Assert.Equal(["management.key", "token-2001.key", "user.key"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
        Assert.Equal(first.ManagementKeys[0].Key, File.ReadAllText(Path.Combine(folder, "management.key")));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    private static string[] Production =>
    [
        $"Programs:2001:TokenKeys:0={OwnKey}", "Management:Keys:0=0123456789abcdef", "Programs:2001:ApiKeys:0=MOB-APP-2001",
        "Programs:2001:ApiKeys:1=MOB-APP-2001-and-more", $"UserKey={Visitor.UserKeyText}",
    ];

    private IReadOnlyList<string> FaultsOf(bool isDevelopment, params string[] settings) =>
        Assert.Throws<SettingsException>(() => Read(isDevelopment, settings)).Faults;

    private Settings Read(bool isDevelopment, params string[] settings) =>
        SettingsRules.Read(new ConfigurationBuilder().AddInMemoryCollection(ValuesOf(settings)).Build(), isDevelopment);

    // The last value of a setting counts.
    private IEnumerable<KeyValuePair<string, string?>> ValuesOf(string[] settings) =>
        settings.Prepend($"Sqlite:Path={folder}/sessions.db").Select(setting => setting.Split('=', 2))
            .GroupBy(pair => pair[0]).Select(group => KeyValuePair.Create($"Sessions:{group.Key}", (string?)group.Last()[1]));
}
