// One line for each refusal with a code from a closed list. Never logs tokens, keys, device ids or account numbers. Of one code and one
// caller a line a second is written, with how many were left out: a flood of refusals must not become a flood of lines.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Writes the log line of a refusal.</summary>
/// <param name="programs">Knows whose X-API-KEY it is.</param>
/// <param name="time">Measures how long the refusal took.</param>
/// <param name="throttle">Keeps lines of one kind few.</param>
/// <param name="logger">Where it goes.</param>
public sealed partial class RefusalLog(ProgramDirectory programs, TimeProvider time, LogThrottle throttle, ILogger<RefusalLog> logger)
{
    // Lines about one token can be brought together while this process lives, and by nobody afterwards.
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Writes the line.</summary>
    /// <param name="http">The request.</param>
    /// <param name="code">Why it was refused.</param>
    /// <param name="status">The status of the answer.</param>
    /// <param name="startedAt">The timestamp at which it reached the API.</param>
    public void Write(HttpContext http, RefusalCode code, int status, long startedAt)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        // Of shed load it does not matter whose it is.
        if (!(code is RefusalCode.Overload or RefusalCode.StreamsOfNode
            ? throttle.TryAcquire(code, out var leftOut)
            : throttle.TryAcquire(code, CallerNetwork.Of(http.Connection.RemoteIpAddress), out leftOut)))
        {
            return;
        }

        var name = Refusals.NameOf(code);
        var address = http.Connection.RemoteIpAddress?.ToString() ?? "-";
        var micros = (long)time.GetElapsedTime(startedAt).TotalMicroseconds;
        if (status == StatusCodes.Status401Unauthorized)
        {
            LogCredentials(
                logger, name, Thumbprint(http.Request), Program(http.Request), address, micros, leftOut, http.TraceIdentifier);
        }
        else
        {
            LogRequest(logger, name, status, Program(http.Request), address, micros, leftOut, http.TraceIdentifier);
        }
    }

    // The id and not the key: a key is the caller's text, and may be anything.
    private string Program(HttpRequest request)
    {
        var keys = request.Headers["X-API-KEY"];
        return keys.Count == 1 && programs.TryFind(keys[0] ?? "", out var program)
            ? program.Id.ToString(CultureInfo.InvariantCulture)
            : "-";
    }

    private string Thumbprint(HttpRequest request)
    {
        var tokens = request.Headers["X-API-TOKEN"];
        return tokens.Count == 1 && tokens[0] is { Length: > 0 } token
            ? Convert.ToHexStringLower(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(token)).AsSpan(0, 6))
            : "-";
    }

    [LoggerMessage(2001, LogLevel.Information,
        "evt=auth.reject code={Code} th={Thumbprint} prog={Program} ip={Address} dur_us={Micros} left_out={LeftOut} rid={RequestId}")]
    private static partial void LogCredentials(
        ILogger logger, string code, string thumbprint, string program, string address, long micros, int leftOut, string requestId);

    [LoggerMessage(2002, LogLevel.Information,
        "evt=request.reject code={Code} status={Status} prog={Program} ip={Address} dur_us={Micros} left_out={LeftOut} rid={RequestId}")]
    private static partial void LogRequest(
        ILogger logger, string code, int status, string program, string address, long micros, int leftOut, string requestId);
}
