// The ports of a silo. Orleans itself must know them before it opens them.
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class Ports
{
    // Below the range from which systems take ports for outgoing connections: one of those would come in between.
    private const int First = 15_000;
    private const int Count = 16_000;

    private static int _next = RandomNumberGenerator.GetInt32(Count);

    /// <summary>The port that a setting names, or a free one when it is 0.</summary>
    /// <exception cref="IOException">It cannot be opened; the message is one line that names the setting.</exception>
    public static int Choose(string setting, int port, IPAddress address)
    {
        if (port == 0)
        {
            return FindFree(address);
        }

        return TryOpen(port, address) switch
        {
            null => port,
            SocketError.AddressNotAvailable => throw NotOurs(address),
            var fault => throw new IOException(
                $"{setting}: {new IPEndPoint(address, port)} cannot be opened ({fault}). Set another port, or 0 for a free one."),
        };
    }

    /// <summary>A port that nobody has opened.</summary>
    public static int FindFree(IPAddress address)
    {
        for (var tries = 0; tries < Count; tries++)
        {
            var candidate = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            switch (TryOpen(candidate, address))
            {
                case null:
                    return candidate;
                case SocketError.AddressNotAvailable:
                    throw NotOurs(address);
                default:
                    break;
            }
        }

        throw new IOException($"Sessions__Cluster__SiloPort: no port of {address} from {First} to {First + Count} is free.");
    }

    private static IOException NotOurs(IPAddress address) => new(
        $"Sessions__Cluster__Address: {address} is no address of this machine. Set one by which other nodes reach it, or auto.");

    private static SocketError? TryOpen(int port, IPAddress address)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return null;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
    }
}
