// The address by which other nodes reach this one, found by itself (Sessions__Cluster__Address=auto): nodes that are started in any number
// from one description, such as containers, cannot each be given theirs.
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>Finds the node's own address on the network that it shares with the database.</summary>
internal static class OwnAddress
{
    private const int DatabasePort = 5432;

    /// <summary>The address of the interface through which this machine sends to the first reachable one of the database's hosts. The
    /// loopback address where the database is on this machine. Sends nothing.</summary>
    /// <param name="connection">The database's connection string: one host or several, as names or addresses.</param>
    /// <param name="address">The address.</param>
    /// <param name="fault">Why there is none, for the operator; holds hosts and nothing else of the connection string.</param>
    public static bool TryFind(string connection, out IPAddress address, out string fault) =>
        TryFind(connection, Dns.GetHostAddresses, out address, out fault);

    /// <summary>The same, with another way to look names up.</summary>
    /// <param name="connection">The database's connection string.</param>
    /// <param name="lookUp">The addresses of a name; throws <see cref="SocketException"/> for one that has none.</param>
    /// <param name="address">The address.</param>
    /// <param name="fault">Why there is none.</param>
    public static bool TryFind(string connection, Func<string, IPAddress[]> lookUp, out IPAddress address, out string fault)
    {
        address = IPAddress.Loopback;
        fault = "";
        if (!TryReadHosts(connection, out var hosts))
        {
            fault = "ConnectionStrings__Sessions names no host";
            return false;
        }

        foreach (var host in hosts)
        {
            if (host.StartsWith('/') || host.StartsWith('@'))
            {
                return true; // a Unix socket: the database is on this machine
            }

            try
            {
                if (lookUp(host).Select(Facing).FirstOrDefault(found => found is not null) is { } own)
                {
                    address = own;
                    return true;
                }

                fault += $"{(fault.Length > 0 ? "; " : "")}this machine has no route to {host}";
            }
            catch (SocketException)
            {
                fault += $"{(fault.Length > 0 ? "; " : "")}the name {host} has no address";
            }
        }

        return false;
    }

    private static bool TryReadHosts(string connection, out string[] hosts)
    {
        try
        {
            var text = new NpgsqlConnectionStringBuilder(connection).Host ?? "";
            hosts = [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(WithoutPort)];
        }
        catch (ArgumentException)
        {
            hosts = []; // the store's own start says what is wrong with the text
        }

        return hosts.Length > 0;
    }

    // "db:5433", "[fd00::7]:5433" and "fd00::7": only a single colon, or one behind a bracket, begins a port.
    private static string WithoutPort(string host)
    {
        if (host.StartsWith('['))
        {
            return host[1..Math.Max(host.IndexOf(']', StringComparison.Ordinal), 1)];
        }

        var colon = host.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon == host.LastIndexOf(':') ? host[..colon] : host;
    }

    // Connecting a datagram socket only asks the system for the route, so the database needs not be up.
    private static IPAddress? Facing(IPAddress database)
    {
        try
        {
            using var socket = new Socket(database.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(new IPEndPoint(database, DatabasePort));
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
