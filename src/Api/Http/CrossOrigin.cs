// CORS (WHATWG Fetch, section 3.2) on the public listener: which pages of other origins may call it and read the answers. Nothing is
// allowed but what a program lists, and in Development the service's own pages on the management listener (/docs), which is another origin
// to a browser. Where nothing is allowed, no header is sent at all. Cookies play no part: tokens are sent by the page itself, so
// Access-Control-Allow-Credentials is never needed.
using System.Collections.Frozen;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Answers preflights, and marks the answers that a page of another origin may read.</summary>
/// <param name="programs">The programs, with the origins that each allows.</param>
/// <param name="options">Whether the description of the API, from which calls can be tried, is shown.</param>
/// <param name="server">Knows the port of the management listener, the last of its addresses.</param>
public sealed class CrossOrigin(ProgramDirectory programs, ApiOptions options, IServer server)
{
    private const string HeadersAllowed = "Content-Type, Last-Event-ID, X-ACCOUNT-NUMBER, X-API-KEY, X-API-TOKEN, X-Request-Id";
    private const string HeadersExposed = "Retry-After, X-Refusal-Code, X-Request-Id";
    private const string PreflightSeconds = "600"; // how long a browser may remember it

    private readonly FrozenSet<string> _all =
        programs.All.SelectMany(program => program.AllowedOrigins).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Marks the answer to a request of the public listener: with its page's origin where the program that X-API-KEY names
    /// allows it, and while no program is known, where any program does. Repeated after the answer's headers were cleared.</summary>
    public void Mark(HttpContext http)
    {
        if (_all.Count == 0 && !options.ShowsDescription)
        {
            return;
        }

        var origin = http.Request.Headers.Origin is [{ } given] ? given : null;
        var isOwnPage = origin is not null && IsOwnPage(origin);
        if (_all.Count == 0 && !isOwnPage)
        {
            return;
        }

        var headers = http.Response.Headers;
        headers.Vary = HeaderNames.Origin;
        if (isOwnPage || (origin is not null && _all.Contains(origin) && Allows(http.Request, origin)))
        {
            headers.AccessControlAllowOrigin = origin;
            headers.AccessControlExposeHeaders = HeadersExposed;
        }
    }

    /// <summary>Takes the mark back where the request turns out to be of a program that does not allow the page's origin.</summary>
    public void Confirm(HttpContext http, ProgramEntry program)
    {
        var headers = http.Response.Headers;
        if (headers.AccessControlAllowOrigin is [{ } origin] && !program.AllowedOrigins.Contains(origin) && !IsOwnPage(origin))
        {
            headers.Remove(HeaderNames.AccessControlAllowOrigin);
            headers.Remove(HeaderNames.AccessControlExposeHeaders);
        }
    }

    /// <summary>Answers a preflight for a path with these methods; false where the request is none, or its origin is not allowed.</summary>
    public static bool TryAnswerPreflight(HttpContext http, IEnumerable<string> methods)
    {
        var (request, response) = (http.Request, http.Response);
        if (!HttpMethods.IsOptions(request.Method) || request.Headers.AccessControlRequestMethod.Count != 1
            || response.Headers.AccessControlAllowOrigin.Count == 0)
        {
            return false;
        }

        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowMethods = string.Join(", ", methods.Order(StringComparer.Ordinal));
        response.Headers.AccessControlAllowHeaders = HeadersAllowed;
        response.Headers.AccessControlMaxAge = PreflightSeconds;
        return true;
    }

    // Only a browser on this machine opens these pages by a name of this machine.
    private bool IsOwnPage(string origin) => options.ShowsDescription
        && Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.IsLoopback
        && page.Port == new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.Last()).Port;

    // A preflight carries no values of the headers that it asks for, and a stream's ticket is no header.
    private bool Allows(HttpRequest request, string origin) => request.Headers["X-API-KEY"] switch
    {
        [] => true,
        [{ } key] when programs.TryFind(key, out var program) => program.AllowedOrigins.Contains(origin),
        _ => true, // of no program: a refusal, which says nothing
    };
}
