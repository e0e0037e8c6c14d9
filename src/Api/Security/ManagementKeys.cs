// The bearer keys of the management listener (RFC 6750, section 2.1).
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Security;

/// <summary>Checks the management key of a request.</summary>
/// <param name="options">Holds the digests of the keys.</param>
public sealed class ManagementKeys(ApiOptions options)
{
    /// <summary>The most characters of a key.</summary>
    public const int KeyMax = 1_024;

    private const string Scheme = "Bearer ";

    /// <summary>The digest by which a key is known.</summary>
    public static byte[] DigestOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    /// <summary>Whether the request carries one of the keys.</summary>
    public bool Allow(HttpRequest request)
    {
        var headers = request.Headers.Authorization;
        if (headers.Count != 1 || headers[0] is not { } header || header.Length > Scheme.Length + KeyMax
            || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        Span<byte> text = stackalloc byte[KeyMax * 3];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text[..Encoding.UTF8.GetBytes(header.AsSpan(Scheme.Length), text)], digest);
        var allowed = false;
        foreach (var known in options.ManagementKeyDigests)
        {
            allowed |= CryptographicOperations.FixedTimeEquals(digest, known);
        }

        return allowed;
    }

    /// <summary>Tells the caller how to authenticate.</summary>
    public static void Challenge(HttpResponse response) => response.Headers[HeaderNames.WWWAuthenticate] = "Bearer realm=\"management\"";
}
