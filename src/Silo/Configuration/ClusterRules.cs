// The settings of the cluster: which there are, their defaults, and what is refused before a port opens.
using System.Net;

namespace BankEzy.Sessions.Silo.Configuration;

internal static class ClusterRules
{
    private const int IdMax = 150; // the cluster table's own limit

    /// <summary>Reads the cluster's settings.</summary>
    public static ClusterSettings Read(SettingsReader reader, StoreKind store, string? postgres, string dataFolder)
    {
        var defaults = new ClusterSettings();
        var address = Address(reader, reader.Text("Cluster:Address", "127.0.0.1"), postgres);
        var isLocal = IPAddress.IsLoopback(address); // any number of copies start beside each other; on a network ports are agreed upon
        return new ClusterSettings
        {
            Role = Role(reader, store),
            ClusterId = Id(reader, "Cluster:ClusterId", reader.Text("Cluster:ClusterId", defaults.ClusterId)),
            ServiceId = Id(reader, "Cluster:ServiceId", reader.Text("Cluster:ServiceId", defaults.ServiceId)),
            Address = address,
            SiloPort = reader.Number("Cluster:SiloPort", isLocal ? 0 : 11_111, 0, 65_535),
            GatewayPort = reader.Number("Cluster:GatewayPort", isLocal ? 0 : 30_000, 0, 65_535),
            Tls = Tls(reader),
            Streams = reader.Flag("Cluster:Streams", defaults.Streams),
            PostgresConnection = postgres,
            CheckpointFolder = store == StoreKind.Sqlite ? dataFolder : null,
        };
    }

    private static NodeRole Role(SettingsReader reader, StoreKind store)
    {
        var text = reader.Text("Role", "all");
        switch (text)
        {
            case "all":
                return NodeRole.All;
            case "silo" or "api" when store != StoreKind.Postgres:
                reader.Fault($"Sessions__Role={text} needs Sessions__Store=postgres: the nodes of a cluster share one log, and find each "
                    + "other in its database.");
                return NodeRole.All;
            case "silo":
                return NodeRole.Silo;
            case "api":
                return NodeRole.Api;
            default:
                reader.Fault($"Sessions__Role must be all, silo or api, not '{text}'.");
                return NodeRole.All;
        }
    }

    private static string Id(SettingsReader reader, string key, string text)
    {
        if (text.Length > IdMax || !text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.'))
        {
            reader.Fault($"{SettingsReader.NameOf(key)} must be at most {IdMax} letters, digits, '-', '_' or '.', not '{text}'.");
        }

        return text;
    }

    private static IPAddress Address(SettingsReader reader, string text, string? postgres)
    {
        if (text == "auto")
        {
            return postgres is null ? IPAddress.Loopback : OwnAddressFacing(reader, postgres);
        }

        // Others get this address, so one that means "all of mine" is none.
        if (IPAddress.TryParse(text, out var address) && !address.Equals(IPAddress.Any) && !address.Equals(IPAddress.IPv6Any))
        {
            return address;
        }

        reader.Fault($"Sessions__Cluster__Address must be auto, or the address that other nodes reach this one by, such as 10.0.0.7, "
            + $"not '{text}'.");
        return IPAddress.Loopback;
    }

    private static IPAddress OwnAddressFacing(SettingsReader reader, string postgres)
    {
        if (!OwnAddress.TryFind(postgres, out var address, out var fault))
        {
            reader.Fault($"Sessions__Cluster__Address=auto takes the address that reaches the database, and there is none: {fault}. "
                + "Correct the host in ConnectionStrings__Sessions, or set the address that other nodes reach this one by.");
        }

        return address;
    }

    private static ClusterTls? Tls(SettingsReader reader)
    {
        var tls = new ClusterTls(
            reader.Text("Cluster:Tls:Certificate", ""), reader.Text("Cluster:Tls:Key", ""), reader.Text("Cluster:Tls:Authority", ""));
        string[] files = [tls.Certificate, tls.Key, tls.Authority];
        if (files.All(file => file.Length == 0))
        {
            return null;
        }

        if (files.Any(file => file.Length == 0))
        {
            reader.Fault("Sessions__Cluster__Tls__Certificate, Sessions__Cluster__Tls__Key and Sessions__Cluster__Tls__Authority belong "
                + "together: set all three, or none.");
            return null;
        }

        foreach (var missing in files.Where(file => !File.Exists(file)))
        {
            reader.Fault($"Sessions__Cluster__Tls names the file {missing}, which does not exist.");
        }

        return tls;
    }
}
