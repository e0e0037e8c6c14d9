// The keys of the management listener: bearer keys (RFC 6750, section 2.1), and passwords of HTTP Basic (RFC 7617) where a route takes
// them.
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Security;

/// <summary>Checks the management key of a request.</summary>
/// <param name="options">Holds the digests of the keys.</param>
public sealed class ManagementKeys(ApiOptions options)
{
    /// <summary>The most characters of a key.</summary>
    public const int KeyMax = 1_024;

    private const string Bearer = "Bearer ";
    private const string Basic = "Basic ";
    private const int Utf8BytesMax = KeyMax * 3;
    private static readonly StringValues BearerOnly = "Bearer realm=\"management\"";
    private static readonly StringValues BearerOrBasic =
        new(["Bearer realm=\"management\"", "Basic realm=\"management\", charset=\"UTF-8\""]);

    /// <summary>The digest by which a key is known.</summary>
    public static byte[] DigestOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Whether the request carries one of the keys in a form that the route takes.</summary>
    public bool Allow(HttpRequest request, RouteAccess access)
    {
        var headers = request.Headers.Authorization;
        if (headers.Count != 1 || headers[0] is not { } header)
        {
            return false;
        }

        Span<byte> key = stackalloc byte[Utf8BytesMax];
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) && header.Length <= Bearer.Length + KeyMax)
        {
            return IsKnown(key[..Encoding.UTF8.GetBytes(header.AsSpan(Bearer.Length), key)]);
        }

        // A user name stands before the colon: anything, so that a browser's dialog or an OAuth client's id may fill it.
        return access == RouteAccess.ManagementKeyOrBasic && header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)
            && Convert.TryFromBase64Chars(header.AsSpan(Basic.Length), key, out var length)
            && key[..length].IndexOf((byte)':') is >= 0 and var colon
            && IsKnown(key[(colon + 1)..length]);
    }

    /// <summary>Says to the caller how to authenticate.</summary>
    public static void Challenge(HttpResponse response, RouteAccess access) =>
        response.Headers[HeaderNames.WWWAuthenticate] = access == RouteAccess.ManagementKeyOrBasic ? BearerOrBasic : BearerOnly;

    private bool IsKnown(ReadOnlySpan<byte> utf8)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8, digest);
        var known = false;
        foreach (var key in options.ManagementKeyDigests)
        {
            known |= CryptographicOperations.FixedTimeEquals(digest, key);
        }

        return known;
    }
}
