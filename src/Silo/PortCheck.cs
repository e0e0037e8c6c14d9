// Before anything joins or starts: are the listeners' ports free? One line that names the setting, instead of a stack trace at the end.
using System.Net;
using System.Net.Sockets;
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace BankEzy.Sessions.Silo;

internal static class PortCheck
{
    /// <summary>Opens each address of both listeners and closes it again.</summary>
    /// <exception cref="IOException">One cannot be opened; the message names the setting.</exception>
    public static void Check(Settings settings)
    {
        if (settings.Cluster.Role != NodeRole.Silo)
        {
            Check(settings.PublicUrl, "Sessions__Public__Url");
        }

        Check(settings.ManagementUrl, "Sessions__Management__Url");
    }

    private static void Check(Uri url, string setting)
    {
        foreach (var address in url.Port == 0 ? [] : AddressesOf(url.Host))
        {
            try
            {
                SocketTransportOptions.CreateDefaultBoundListenSocket(new IPEndPoint(address, url.Port)).Dispose();
            }
            catch (SocketException e) when (e.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
            {
                var why = e.SocketErrorCode == SocketError.AccessDenied ? "may not be opened by this user" : "is in use by another process";
                throw new IOException($"Port {url.Port} of {setting} ({url}) {why}: set {setting} to a free one.", e);
            }
            catch (SocketException)
            {
                // A machine without IPv6 has no [::1]; what else may be wrong the server says when it opens the port.
            }
        }
    }

    private static IPAddress[] AddressesOf(string host) => host == "localhost" ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
        : [IPAddress.TryParse(host.Trim('[', ']'), out var address) ? address : IPAddress.Any];
}
