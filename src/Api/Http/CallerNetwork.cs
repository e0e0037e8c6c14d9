// By what callers are counted. One IPv6 customer has a whole /64, so an address of it says nothing.
using System.Buffers.Binary;
using System.Net;

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

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var written);
        var value = written == 4 ? Mapped(BinaryPrimitives.ReadUInt32BigEndian(bytes)) : BinaryPrimitives.ReadUInt128BigEndian(bytes);
        return value >> 32 == 0xffff ? value : value >> 64 << 64;
    }

    private static UInt128 Mapped(uint v4) => ((UInt128)0xffff << 32) | v4; // ::ffff:a.b.c.d, as a dual-stack socket says it
}
