// A free port, for silos that are told to take any: Orleans itself must know its ports before it opens them.
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class FreePorts
{
    // Below the range from which systems take ports for outgoing connections: one of those would come in between.
    private const int First = 15_000;
    private const int Count = 16_000;

    private static int next = RandomNumberGenerator.GetInt32(Count);

    /// <summary>The port, or a free one when it is 0.</summary>
    public static int Or(int port, IPAddress address)
    {
        for (var tries = 0; port == 0 && tries < Count; tries++)
        {
            var candidate = First + (int)((uint)Interlocked.Increment(ref next) % Count);
            port = IsFree(candidate, address) ? candidate : 0;
        }

        return port;
    }

    private static bool IsFree(int port, IPAddress address)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
