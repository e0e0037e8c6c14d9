// Sessions__Cluster__Address=auto: the node finds the address by which others reach it.
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.Extensions.Configuration;

namespace BankEzy.Sessions.Tests.Cluster;

public class OwnAddressTests
{
    private const string Key = "AQcNExkfJSsxNz1DSU9VW2FnbXN5f4WLkZedo6mvtbs";

    /// <summary>Addresses of this machine that another one could reach it by.</summary>
    private static readonly IPAddress[] Own =
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.OperationalStatus == OperationalStatus.Up)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address),
    ];

    [Theory]
    [InlineData("Host=127.0.0.1", "127.0.0.1")]
    [InlineData("Host=127.0.0.1:5433;Password=x", "127.0.0.1")]
    [InlineData("Host=/var/run/postgresql", "127.0.0.1")]
    public void A_database_on_this_machine_gives_the_loopback_address(string connection, string expected)
    {
        Assert.True(OwnAddress.TryFind(connection, out var address, out _));
        Assert.Equal(IPAddress.Parse(expected), address);
    }

    [Fact]
    public void A_database_elsewhere_gives_the_address_of_the_interface_that_reaches_it()
    {
        var reaches = Own.FirstOrDefault(own => own.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(own));
        Assert.SkipWhen(reaches is null, "This machine has no network but loopback.");
        Assert.True(OwnAddress.TryFind("Host=db,other;Password=x", _ => [reaches], out var address, out _));
        Assert.Equal(reaches, address);
    }

    [Theory]
    [InlineData("first,second")]
    [InlineData("first:5433,second:5434")]
    [InlineData(" first , second ")]
    public void The_first_host_that_has_an_address_counts(string hosts)
    {
        IPAddress[] LookUp(string name) => name switch
        {
            "first" => throw new SocketException((int)SocketError.HostNotFound),
            "second" => [IPAddress.Loopback],
            _ => throw new InvalidOperationException(name),
        };

        Assert.True(OwnAddress.TryFind($"Host={hosts};Password=x", LookUp, out var address, out _));
        Assert.Equal(IPAddress.Loopback, address);
    }

    [Theory]
    [InlineData("[fd00::7]:5433", "fd00::7")]
    [InlineData("fd00::7", "fd00::7")]
    [InlineData("db.example:5433", "db.example")]
    public void A_port_is_no_part_of_the_host(string host, string name)
    {
        var asked = new List<string>();
        Assert.True(OwnAddress.TryFind($"Host={host}", NoteAndAnswer, out _, out _));
        Assert.Equal([name], asked);

        IPAddress[] NoteAndAnswer(string asking)
        {
            asked.Add(asking);
            return [IPAddress.Loopback];
        }
    }

    [Fact]
    public void A_name_without_an_address_stops_the_start_and_shows_no_secret()
    {
        var fault = Assert.Throws<SettingsException>(() => Read("Host=nowhere.invalid;Username=someone;Password=canary"));
        Assert.Contains("nowhere.invalid has no address", fault.Message, StringComparison.Ordinal);
        Assert.Contains("Sessions__Cluster__Address=auto", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("someone", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_connection_string_without_a_host_stops_the_start() =>
        Assert.Contains(
            "names no host", Assert.Throws<SettingsException>(() => Read("Username=someone")).Message, StringComparison.Ordinal);

    [Fact]
    public void Auto_is_taken_from_the_settings()
    {
        Assert.Equal(IPAddress.Loopback, Read("Host=127.0.0.1;Database=sessions").Cluster.Address);
        Assert.Equal(IPAddress.Loopback, Read(connection: null).Cluster.Address); // alone with its SQLite file
    }

    private static Settings Read(string? connection)
    {
        var values = new Dictionary<string, string?>
        {
            ["Sessions:Store"] = connection is null ? "sqlite" : "postgres", ["ConnectionStrings:Sessions"] = connection,
            ["Sessions:Cluster:Address"] = "auto", ["Sessions:Programs:2001:TokenKeys:0"] = Key,
            ["Sessions:Management:Keys:0"] = "a management key for tests 0123456789",
        };
        return SettingsRules.Read(new ConfigurationBuilder().AddInMemoryCollection(values).Build(), isDevelopment: true);
    }
}
