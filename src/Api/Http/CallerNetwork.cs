// By what callers are counted. One IPv6 customer has a whole /64, so an address of it says nothing.
using System.Buffers.Binary;
using System.Net;

namespace BankEzy.Sessions.Api.Http;

/// <summary>The network of a caller: an IPv4 address, or the /64 of an IPv6 address.</summary>
internal static class CallerNetwork
{
    private static readonly UInt128 MappedV4 = (UInt128)0xffff << 32; // ::ffff:0.0.0.0

    /// <summary>The network as a number; 0 where the address is not known.</summary>
    public static UInt128 Of(IPAddress? address)
    {
        if (address is null)
        {
            return UInt128.Zero;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        if (length < bytes.Length)
        {
            return MappedV4 | BinaryPrimitives.ReadUInt32BigEndian(bytes);
        }

        var value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return address.IsIPv4MappedToIPv6 ? value : value >> 64 << 64;
    }
}
