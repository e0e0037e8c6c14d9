// ALLOWED_IPS: from which addresses a token may be used. docs/api.md has the rule.
using System.Globalization;
using System.Net;

namespace BankEzy.Sessions.Api.Tokens;

/// <summary>The rule of the claim ALLOWED_IPS.</summary>
internal static class AllowedIps
{
    /// <summary>The whole list that allows every address.</summary>
    public const string Everywhere = "*";

    private const int V4InV6Bits = 96; // ::ffff:0:0/96 holds the IPv4 addresses

    /// <summary>Whether a caller may use a token with this list.</summary>
    /// <param name="list">The claim: absent, <c>*</c>, or addresses and CIDR blocks with commas. Blanks around an entry and bits behind a
    /// block's prefix do not count. An entry that is not understood allows nobody, and takes nothing from the others.</param>
    /// <param name="caller">The caller's address; an IPv4 address mapped to IPv6 is that IPv4 address.</param>
    public static bool Allows(string? list, IPAddress? caller)
    {
        if (list is null or Everywhere || list.AsSpan().Trim(' ') is Everywhere)
        {
            return true;
        }

        if (caller is null)
        {
            return false;
        }

        var address = caller.IsIPv4MappedToIPv6 ? caller.MapToIPv4() : caller;
        foreach (var entry in list.AsSpan().Split(','))
        {
            if (TryParse(list.AsSpan(entry).Trim(' '), out var network) && network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryParse(ReadOnlySpan<char> entry, out IPNetwork network)
    {
        network = default;
        var slash = entry.IndexOf('/');
        var text = slash < 0 ? entry : entry[..slash];
        if (!IsPlain(text) || !IPAddress.TryParse(text, out var address))
        {
            return false;
        }

        var bits = 8 * address.GetAddressBytes().Length;
        var prefix = bits;
        if (slash >= 0 && !int.TryParse(entry[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out prefix))
        {
            return false;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            (address, bits, prefix) = (address.MapToIPv4(), bits - V4InV6Bits, prefix - V4InV6Bits);
        }

        if (prefix < 0 || prefix > bits)
        {
            return false;
        }

        network = new IPNetwork(address, prefix);
        return true;
    }

    // The runtime also parses what others read differently or what names no address alone: 127.1, 010.0.0.5, a zone, brackets with a port.
    private static bool IsPlain(ReadOnlySpan<char> text)
    {
        var quad = text[(text.LastIndexOf(':') + 1)..];
        var isQuad = quad.Length == text.Length || quad.Contains('.');
        return !text.ContainsAny('[', '%') && (!isQuad || (IPAddress.TryParse(quad, out var v4) && quad.SequenceEqual(v4.ToString())));
    }
}
