// The cookie of the console. It carries a secret of 32 random bytes; the log has a digest of it, which opens nothing.
using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.SupportConsole;

/// <summary>Writes and reads the cookie, and says which requests may come with it.</summary>
internal static class ConsoleCookie
{
    /// <summary>The header that every call of the console's pages carries; a page of another origin cannot send it unasked.</summary>
    public const string Header = "X-Console";

    /// <summary>The header's value where a person caused the call.</summary>
    public const string ByPerson = "1";

    /// <summary>The header's value where the page called by itself; that is no use.</summary>
    public const string ByPage = "refresh";

    private const string SecureName = "__Host-console";
    private const string LoopbackName = "console"; // a browser takes __Host- only with Secure, and Secure only over HTTPS
    private const int SecretBytes = 32;
    private const int IdBytes = 16;

    /// <summary>Whether a cookie can be kept safe: over HTTPS, and on the machine itself.</summary>
    public static bool IsPossible(HttpRequest request) => request.IsHttps || IsLoopback(request);

    /// <summary>Whether the request brings one.</summary>
    public static bool IsThere(HttpRequest request) => request.Cookies.ContainsKey(NameFor(request));

    /// <summary>The id of the sign-in whose cookie a request brings; null for none.</summary>
    public static string? IdOf(HttpRequest request)
    {
        var text = IsPossible(request) ? request.Cookies[NameFor(request)] : null;
        Span<byte> secret = stackalloc byte[SecretBytes + 3];
        return text is { Length: > 0 and <= 64 } && Base64Url.TryDecodeFromChars(text, secret, out var length) && length == SecretBytes
            ? IdOf(secret[..length])
            : null;
    }

    /// <summary>Gives a new cookie, and the id of its sign-in.</summary>
    public static (string Id, string Secret) New()
    {
        var secret = RandomNumberGenerator.GetBytes(SecretBytes);
        return (IdOf(secret), Base64Url.EncodeToString(secret));
    }

    /// <summary>Sets the cookie: not for scripts, for this origin alone, until the browser ends.</summary>
    public static void Set(HttpContext http, string secret) => http.Response.Cookies.Append(NameFor(http.Request), secret, Flags(http));

    /// <summary>Takes the cookie away.</summary>
    public static void Remove(HttpContext http) => http.Response.Cookies.Delete(NameFor(http.Request), Flags(http));

    /// <summary>Whether a call that changes something, or asks with a body, comes from a page of the console itself.</summary>
    public static bool IsFromConsole(HttpRequest request)
    {
        var (mark, site, origin) = (request.Headers[Header], request.Headers["Sec-Fetch-Site"], request.Headers.Origin);
        return mark is [ByPerson or ByPage]
            && (site.Count == 0 || site is ["same-origin"])
            && (origin.Count == 0 || IsSameOrigin(request, origin.ToString()));
    }

    /// <summary>Whether a call of the console's pages brings a password. A browser that was once asked for one, by Orleans' dashboard, adds
    /// it by itself from then on: neither may it hide who is signed in, nor open what the person has left.</summary>
    public static bool BringsPassword(HttpRequest request) => request.Headers.ContainsKey(Header)
        && request.Headers.Authorization.ToString().StartsWith("Basic ", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a read may come with the cookie: from the console, or from an address that the person opened.</summary>
    public static bool IsFromThisSite(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is { Count: 0 } or ["same-origin" or "none"];

    private static bool IsSameOrigin(HttpRequest request, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var from)
        && string.Equals(from.Scheme, request.Scheme, StringComparison.OrdinalIgnoreCase)
        && string.Equals(from.Authority, HostOf(request), StringComparison.OrdinalIgnoreCase);

    // Without the scheme's own port, as origins are written.
    private static string HostOf(HttpRequest request) =>
        Uri.TryCreate($"{request.Scheme}://{request.Host.Value}", UriKind.Absolute, out var own) ? own.Authority : "";

    private static string NameFor(HttpRequest request) => request.IsHttps ? SecureName : LoopbackName;

    private static CookieOptions Flags(HttpContext http) =>
        new() { HttpOnly = true, Secure = http.Request.IsHttps, SameSite = SameSiteMode.Strict, Path = "/" };

    private static string IdOf(ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(SHA256.HashData(secret).AsSpan(0, IdBytes));

    private static bool IsLoopback(HttpRequest request)
    {
        var (host, from) = (request.Host.Host.Trim('[', ']'), request.HttpContext.Connection.RemoteIpAddress);
        return from is not null && IPAddress.IsLoopback(from)
            && (host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address)));
    }
}
