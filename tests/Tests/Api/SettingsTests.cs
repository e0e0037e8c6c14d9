// The configuration: every fault is reported at once, in words that say what to set, and no secret is shown.
using System.Buffers.Text;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Configuration;

namespace BankEzy.Sessions.Tests.Api;

public sealed class SettingsTests : IDisposable
{
    private const string SampleKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    private static readonly string OwnKey = Base64Url.EncodeToString([.. Enumerable.Range(0, 32).Select(i => (byte)(7 * i))]);

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
        { "Programs:2001=x", "Sessions__Programs__2001 is not a setting" },
        { "Simulator=true", "Sessions__Simulator" },
        { "MaxTokenLifetime=2.00:00:00", "Sessions__MaxTokenLifetime" },
        { "Public:KnownProxies:0=proxy", "Sessions__Public__KnownProxies" },
        { "Public:ForgedTokensPerMinute=-1", "Sessions__Public__ForgedTokensPerMinute" },
        { "Grains:CallTimeout=00:00:00", "Sessions__Grains__CallTimeout" },
        { "Engin:CallTimeout=00:00:01", "Sessions__Engin__CallTimeout is not a setting" },
        { "Role=node", "Sessions__Role must be all, silo or api" },
        { "Role=silo", "Sessions__Role=silo needs" }, // another engine, or another store
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
            [.. Production, "Programs:2001:ApiKeys:0=MOB-APP", $"Programs:1111:TokenKeys:0={OwnKey}", "Programs:1111:ApiKeys:0=MOB-APP"]);
        Assert.StartsWith("The API key 'MOB-APP' is set for several programs", Assert.Single(sameKey), StringComparison.Ordinal);
        var sameNumber = FaultsOf(isDevelopment: false, [.. Production, $"Programs:02001:TokenKeys:0={OwnKey}"]);
        Assert.StartsWith("Sessions__Programs__02001", Assert.Single(sameNumber), StringComparison.Ordinal);
    }

    [Fact]
    public void A_production_configuration_is_read_with_its_defaults()
    {
        var settings = Read(isDevelopment: false, Production);
        Assert.Equal((StoreKind.Sqlite, false), (settings.Store, settings.Simulator));
        Assert.Equal((20, 1_024), (settings.ForgedTokensPerMinute, settings.ConcurrentRequestsMax));
        Assert.Equal((10000, 10001), (settings.PublicUrl.Port, settings.ManagementUrl.Port));
        Assert.Equal(("localhost", "localhost"), (settings.PublicUrl.Host, settings.ManagementUrl.Host));
        Assert.Equal((TimeSpan.FromHours(24), GrainSettings.Default), (settings.TokenLifetimeMax, settings.Grains));
        var program = Assert.Single(settings.Programs);
        Assert.Equal((2001, false, SessionPolicy.Default), (program.Id, program.RequireApiKey, program.Policy));
        Assert.Equal(["MOB-APP-2001"], program.ApiKeys);
    }

    [Fact]
    public void Development_makes_its_secrets_once_for_their_owner_alone_and_finds_them_again()
    {
        var (first, second) = (Read(isDevelopment: true), Read(isDevelopment: true));
        Assert.Equal(first.ManagementKeys, second.ManagementKeys);
        Assert.Equal(first.Programs[0].TokenKeys, second.Programs[0].TokenKeys);
        Assert.Equal(first.UserKey, second.UserKey);
        Assert.NotEqual(first.ManagementKeys[0], first.Programs[0].TokenKeys[0]);
        Assert.True(first.Simulator);
        Assert.Equal(0, first.ForgedTokensPerMinute);
        Assert.Equal(["management.key", "token-2001.key", "user.key"], Directory.EnumerateFiles(folder).Select(Path.GetFileName).Order());
        Assert.Equal(first.ManagementKeys[0], File.ReadAllText(Path.Combine(folder, "management.key")));
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in Directory.EnumerateFiles(folder))
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
            }
        }
    }

    private static string[] Production =>
        [$"Programs:2001:TokenKeys:0={OwnKey}", "Management:Keys:0=0123456789abcdef", $"UserKey={Visitor.UserKeyText}"];

    private IReadOnlyList<string> FaultsOf(bool isDevelopment, params string[] settings) =>
        Assert.Throws<SettingsException>(() => Read(isDevelopment, settings)).Faults;

    // The last value of a setting counts.
    private Settings Read(bool isDevelopment, params string[] settings) => SettingsRules.Read(
        new ConfigurationBuilder().AddInMemoryCollection(
            settings.Prepend($"Sqlite:Path={folder}/sessions.db").Select(setting => setting.Split('=', 2))
                .GroupBy(pair => pair[0]).Select(group => KeyValuePair.Create($"Sessions:{group.Key}", (string?)group.Last()[1]))).Build(),
        isDevelopment);
}
