// By what callers are counted. One IPv6 customer has a whole /64, so an address of it says nothing.
using System.Net;
using BankEzy.Sessions.Api.Tokens;

namespace BankEzy.Sessions.Api.Http;

/// <summary>The network of a caller: an IPv4 address, or the /64 of an IPv6 address.</summary>
public static class CallerNetwork
{
    /// <summary>The network as a number; 0 where the address is not known.</summary>
    public static UInt128 Of(IPAddress? address)
    {
        if (address is null)
        {
            return UInt128.Zero;
        }

        var value = AllowedIps.ValueOf(address);
        return value >> 32 == 0xffff ? value : value >> 64 << 64;
    }
}
