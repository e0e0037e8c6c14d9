// ALLOWED_IPS: from which addresses a token may be used. A list with one mistake in it allows nobody.
using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>The rule of the claim ALLOWED_IPS.</summary>
public static class AllowedIps
{
    /// <summary>The whole list that allows every address. Inside a longer list it is a mistake.</summary>
    public const string Everywhere = "*";

    private const int V4Bits = 32;
    private const int V6Bits = 128;
    private static readonly UInt128 MappedV4 = (UInt128)0xffff << V4Bits; // ::ffff:0.0.0.0
    private static readonly SearchValues<char> V6Alphabet = SearchValues.Create("0123456789abcdefABCDEF:.");

    /// <summary>Whether a caller may use a token with this list.</summary>
    /// <param name="list">
    /// The claim: absent, <c>*</c>, or addresses and CIDR blocks with a comma between them, without spaces, in the one strict
    /// spelling: dotted quads without leading zeros, blocks without host bits. Anything else is malformed and allows nobody.
    /// </param>
    /// <param name="caller">The caller's address; an IPv4 address mapped to IPv6 is that IPv4 address.</param>
    public static bool Allows(string? list, IPAddress? caller)
    {
        if (list is null or Everywhere)
        {
            return true;
        }

        if (caller is null)
        {
            return false;
        }

        var address = new Block(ValueOf(caller), V6Bits);
        var allowed = false;
        foreach (var entry in list.AsSpan().Split(','))
        {
            if (!TryParse(list.AsSpan(entry), out var block))
            {
                return false; // also behind an entry that fits
            }

            allowed |= block.Covers(address);
        }

        return allowed;
    }

    private static bool TryParse(ReadOnlySpan<char> entry, out Block block)
    {
        block = default;
        var slash = entry.IndexOf('/');
        var text = slash < 0 ? entry : entry[..slash];
        var isV6 = text.Contains(':');
        if (!(isV6 ? TryParseV6(text, out var value) : TryParseV4(text, out value)))
        {
            return false;
        }

        var bits = isV6 ? V6Bits : V4Bits;
        if (slash >= 0 && !TryParseDecimal(entry[(slash + 1)..], bits, out bits))
        {
            return false;
        }

        block = new Block(value, isV6 ? bits : bits + V6Bits - V4Bits);
        return (value & ~block.Mask) == UInt128.Zero;
    }

    private static bool TryParseV4(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = default;
        uint quad = 0;
        var count = 0;
        foreach (var range in text.Split('.'))
        {
            if (++count > 4 || !TryParseDecimal(text[range], byte.MaxValue, out var part))
            {
                return false;
            }

            quad = (quad << 8) | (uint)part;
        }

        value = MappedV4 | quad;
        return count == 4;
    }

    // The runtime's parser also takes zones, brackets, ports and lax quads, so those are kept away from it.
    private static bool TryParseV6(ReadOnlySpan<char> text, out UInt128 value)
    {
        value = default;
        var tail = text[(text.LastIndexOf(':') + 1)..];
        if (text.ContainsAnyExcept(V6Alphabet) || (text.Contains('.') && !TryParseV4(tail, out _))
            || !IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        value = ValueOf(address);
        return true;
    }

    private static bool TryParseDecimal(ReadOnlySpan<char> text, int max, out int value)
    {
        value = 0;
        if (text.Length is 0 or > 3 || (text[0] == '0' && text.Length > 1) || text.ContainsAnyExceptInRange('0', '9'))
        {
            return false;
        }

        foreach (var digit in text)
        {
            value = (value * 10) + (digit - '0');
        }

        return value <= max;
    }

    /// <summary>An address as a number; an IPv4 address as ::ffff:a.b.c.d, as a dual-stack socket says it.</summary>
    internal static UInt128 ValueOf(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[V6Bits / 8];
        address.TryWriteBytes(bytes, out var written);
        return written == bytes.Length
            ? BinaryPrimitives.ReadUInt128BigEndian(bytes)
            : MappedV4 | BinaryPrimitives.ReadUInt32BigEndian(bytes);
    }

    // A range of addresses, IPv4 among them as ::ffff:a.b.c.d.
    private readonly record struct Block(UInt128 Value, int Bits)
    {
        public UInt128 Mask => Bits == 0 ? UInt128.Zero : UInt128.MaxValue << (V6Bits - Bits);

        private bool IsV4 => Bits >= V6Bits - V4Bits && (Value >> V4Bits) == (MappedV4 >> V4Bits);

        // ::/0 means every IPv6 address. That IPv4 addresses are kept inside it is our own affair.
        public bool Covers(Block address) => IsV4 == address.IsV4 && (address.Value & Mask) == Value;
    }
}
