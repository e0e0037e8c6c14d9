// X-Request-Id: one id for a request in its answer, its log lines and its caller's own log.
using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Gives each request an id: its caller's where that one is usable, else the server's own.</summary>
public static class RequestId
{
    /// <summary>The header, of requests and of answers.</summary>
    public const string Header = "X-Request-Id";

    private const int LengthMax = 64;

    // Nothing that could end a log line or a field in one.
    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Puts the id before everything else, so that also an answer of the host filter has it. The server's own answers to what is
    /// not HTTP have none.</summary>
    public static IApplicationBuilder UseRequestIds(this IApplicationBuilder app) => app.Use(static next => http =>
    {
        var said = http.Request.Headers[Header];
        http.TraceIdentifier = said is [{ Length: > 0 and <= LengthMax } id] && !id.AsSpan().ContainsAnyExcept(Allowed)
            ? id
            : http.TraceIdentifier.Replace(':', '-');
        Echo(http);
        return next(http);
    });

    /// <summary>Writes the id into the answer, again after its headers were cleared.</summary>
    internal static void Echo(HttpContext http) => http.Response.Headers[Header] = http.TraceIdentifier;
}
