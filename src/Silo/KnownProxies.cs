// The proxies in front of the listeners: whose X-Forwarded-For and X-Forwarded-Proto are trusted, and whose connections are many callers'.
using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace BankEzy.Sessions.Silo;

internal static class KnownProxies
{
    /// <summary>Trusts the last address and scheme that a proxy wrote.</summary>
    /// <param name="options">The framework's options.</param>
    /// <param name="proxies">Addresses, or networks as CIDR.</param>
    public static void Trust(ForwardedHeadersOptions options, IReadOnlyList<string> proxies)
    {
        options.ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        options.ForwardLimit = 1;
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in Networks(proxies))
        {
            options.KnownIPNetworks.Add(network);
        }
    }

    /// <summary>Says whether an address is a proxy's.</summary>
    public static Predicate<IPAddress> Matcher(IReadOnlyList<string> proxies)
    {
        var networks = Networks(proxies);
        return address => Array.Exists(networks, network => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address));
    }

    private static System.Net.IPNetwork[] Networks(IReadOnlyList<string> proxies) =>
    [
        .. proxies.Select(proxy => IPAddress.TryParse(proxy, out var address)
            ? new System.Net.IPNetwork(address, address.GetAddressBytes().Length * 8)
            : System.Net.IPNetwork.Parse(proxy)),
    ];
}
