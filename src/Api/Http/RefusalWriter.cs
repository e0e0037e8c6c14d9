using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Refuses a request: one log line, one fixed answer.</summary>
/// <param name="log">Where the line goes.</param>
/// <param name="counts">Where it is counted.</param>
/// <param name="options">Whether the answer names the code.</param>
public sealed class RefusalWriter(RefusalLog log, RefusalCounts counts, ApiOptions options)
{
    /// <summary>The header in which, in Development, an answer names the code that stands in the log.</summary>
    public const string CodeHeader = "X-Refusal-Code";

    /// <summary>Refuses with a code.</summary>
    /// <param name="http">The request.</param>
    /// <param name="code">Why.</param>
    /// <param name="startedAt">The timestamp at which the request reached the API.</param>
    /// <param name="answer">An answer that says more than the code's own, such as which field is wrong.</param>
    public void With(HttpContext http, RefusalCode code, long startedAt, Answer? answer = null)
    {
        answer ??= Refusals.AnswerTo(code);
        counts.Count(code);
        RequestTelemetry.Refused(http, Refusals.NameOf(code));
        log.Write(http, code, answer.Status, startedAt);
        AddHeaders(http.Response, code);
        answer.Write(http.Response);
    }

    /// <summary>In Development, names why a request was refused or failed; elsewhere nobody learns it but the log.</summary>
    public void NameReason(HttpResponse response, string reason)
    {
        if (options.NamesRefusals)
        {
            response.Headers[CodeHeader] = reason;
        }
    }

    private void AddHeaders(HttpResponse response, RefusalCode code)
    {
        NameReason(response, Refusals.NameOf(code));
        switch (code)
        {
            case RefusalCode.BodySize or RefusalCode.Framing or RefusalCode.Slow:
                response.Headers.Connection = "close"; // The rest of the body is not worth reading.
                break;
            case RefusalCode.Flood:
                response.Headers.RetryAfter = "60"; // counted by the minute
                break;
            case RefusalCode.MediaType:
                (response.Headers.Accept, response.Headers.AcceptEncoding) = ("application/json, text/plain", "identity");
                break;
            case RefusalCode.FormType:
                (response.Headers.Accept, response.Headers.AcceptEncoding) = ("application/x-www-form-urlencoded", "identity");
                break;
        }
    }
}
