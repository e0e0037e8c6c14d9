using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Refuses a request: one log line, one fixed answer.</summary>
/// <param name="log">Where the line goes.</param>
/// <param name="forged">Counts forged tokens.</param>
public sealed class RefusalWriter(RefusalLog log, ForgedTokenLimiter forged)
{
    /// <summary>Refuses with a code.</summary>
    /// <param name="http">The request.</param>
    /// <param name="code">Why.</param>
    /// <param name="startedAt">The timestamp at which the request reached the edge.</param>
    public void With(HttpContext http, RefusalCode code, long startedAt)
    {
        if (Refusals.IsForged(code) && forged.Count(http.Connection.RemoteIpAddress))
        {
            http.Response.Headers.RetryAfter = "60";
            code = RefusalCode.Flood;
        }

        log.Write(http, code, startedAt);
        if (code is RefusalCode.BodySize or RefusalCode.Framing or RefusalCode.Slow)
        {
            http.Response.Headers.Connection = "close"; // The rest of the body is not worth reading.
        }

        Refusals.AnswerTo(code).Write(http.Response);
    }
}
