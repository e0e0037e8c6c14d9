// Server-Sent Events (WHATWG HTML, section 9.2) on one response: written by hand, flushed when it matters, never buffered on the way.
using System.Buffers;
using System.Text;
using BankEzy.Sessions.Api.Admission;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Api.Http;

/// <summary>A response that stays open and says something now and then.</summary>
public sealed partial class EventStream
{
    /// <summary>The media type.</summary>
    public const string MediaType = "text/event-stream";

    /// <summary>How long nothing is said at most: shorter than the patience of proxies, which is 60 s as a rule.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private readonly HttpResponse _response;

    private EventStream(HttpResponse response)
    {
        _response = response;
    }

    /// <summary>Opens the stream and lets a use case write until it returns, the caller goes, or the node stops.</summary>
    public static async Task Serve(HttpContext http, NodeState node, ILogger logger, Func<EventStream, CancellationToken, Task> write)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, node.Stopping);
        try
        {
            http.Origin().Slot?.Release(); // A stream is no request any more, and has a limit of its own.
            await write(Open(http), end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The caller has gone, or comes back to another node.
        }
        catch (Exception e) when (http.Response.HasStarted)
        {
            if (!end.IsCancellationRequested)
            {
                LogBroken(logger, e, http.TraceIdentifier);
            }

            http.Abort(); // An end that the caller cannot take for a proper one: it connects again, and resumes.
        }
    }

    /// <summary>Sends the head, and how long the caller is to wait before it connects again. What fails from here on breaks the stream
    /// off.</summary>
    public ValueTask Begin(CancellationToken cancellation)
    {
        Write("retry: 2000\n\n"); // milliseconds
        return Flush(cancellation);
    }

    /// <summary>Says something that the caller's program does not see.</summary>
    public void Comment(string text) => Write($": {text}\n\n");

    /// <summary>Writes an event.</summary>
    /// <param name="id">What the caller resumes by; null for an event that changes nothing about that.</param>
    /// <param name="name">The event's name.</param>
    /// <param name="json">One line of JSON in UTF-8.</param>
    public void Event(string? id, string name, ReadOnlySpan<byte> json)
    {
        Write(id is null ? $"event: {name}\ndata: " : $"id: {id}\nevent: {name}\ndata: ");
        _response.BodyWriter.Write(json);
        _response.BodyWriter.Write("\n\n"u8);
    }

    /// <summary>Sends what was written. Waits while the caller does not take it; the server ends a connection that takes less than 240
    /// bytes a second.</summary>
    public async ValueTask Flush(CancellationToken cancellation)
    {
        var result = await _response.BodyWriter.FlushAsync(cancellation);
        if (result.IsCompleted || result.IsCanceled)
        {
            throw new IOException("The caller has gone.");
        }
    }

    private static EventStream Open(HttpContext http)
    {
        var response = http.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = MediaType;
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // nginx
        response.Headers[HeaderNames.XContentTypeOptions] = "nosniff";
        http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        return new EventStream(response);
    }

    private void Write(string text) => Encoding.UTF8.GetBytes(text, _response.BodyWriter);

    [LoggerMessage(2401, LogLevel.Error, "evt=stream.broken rid={RequestId}: a stream failed by a fault of the service and was cut off.")]
    private static partial void LogBroken(ILogger logger, Exception exception, string requestId);
}
