// The front door of both listeners: the literal path, the method in its one spelling, the key where a route asks for one,
// and a 503 for every fault of ours. Paths are compared to the letter, as the server leaves them: with dot segments and
// escaped letters resolved, and everything else as it came.
using System.Collections.Frozen;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Finds the route of a request, or refuses it.</summary>
public sealed partial class RequestGate
{
    private readonly ManagementKeys _keys;
    private readonly RefusalWriter _refuse;
    private readonly NodeState _node;
    private readonly TimeProvider _time;
    private readonly LogThrottle _pace;
    private readonly ILogger<RequestGate> _logger;
    private FrozenDictionary<(Listener, string), FrozenDictionary<string, Route>> _routes =
        FrozenDictionary<(Listener, string), FrozenDictionary<string, Route>>.Empty;

    /// <summary>Creates the front door; <see cref="Open"/> tells it the routes.</summary>
    public RequestGate(
        ManagementKeys keys, RefusalWriter refuse, NodeState node, TimeProvider time, LogThrottle pace, ILogger<RequestGate> logger)
    {
        (_keys, _refuse, _node, _time, _pace, _logger) = (keys, refuse, node, time, pace, logger);
    }

    private sealed record Route(RequestDelegate Handle, RoutePolicy Policy);

    /// <summary>Takes over the routes. Each must be literal and say its policy.</summary>
    public void Open(IEnumerable<Endpoint> endpoints)
    {
        _routes = endpoints.OfType<RouteEndpoint>()
            .SelectMany(endpoint => Methods(endpoint).Select(method => (Endpoint: endpoint, Method: method, Route: RouteOf(endpoint))))
            .GroupBy(entry => (entry.Route.Policy.Listener, entry.Endpoint.RoutePattern.RawText!))
            .ToFrozenDictionary(group => group.Key, group => group.ToFrozenDictionary(entry => entry.Method, entry => entry.Route));
    }

    /// <summary>Handles a request.</summary>
    public Task Handle(HttpContext http)
    {
        var (startedAt, origin) = (_time.GetTimestamp(), http.Origin());
        if (Find(http, origin.Listener, startedAt) is { } route)
        {
            return Run(http, route, origin, startedAt);
        }

        origin.Slot?.Leave();
        return Task.CompletedTask;
    }

    // Null: it was refused.
    private Route? Find(HttpContext http, Listener listener, long startedAt)
    {
        if (!_routes.TryGetValue((listener, http.Request.Path.Value ?? ""), out var methods))
        {
            _refuse.With(http, RefusalCode.Path, startedAt);
            return null;
        }

        if (!methods.TryGetValue(http.Request.Method, out var route))
        {
            http.Response.Headers.Allow = string.Join(", ", methods.Keys.Order(StringComparer.Ordinal));
            _refuse.With(http, RefusalCode.Method, startedAt);
            return null;
        }

        if (route.Policy.NeedsManagementKey && !_keys.Allow(http.Request))
        {
            ManagementKeys.Challenge(http.Response);
            _refuse.With(http, RefusalCode.ManagementKey, startedAt);
            return null;
        }

        return route;
    }

    private async Task Run(HttpContext http, Route route, ConnectionOrigin origin, long startedAt)
    {
        try
        {
            if (origin.Listener == Listener.Public && _node.IsStopping)
            {
                http.Response.Headers.Connection = "close";
                _refuse.With(http, RefusalCode.Overload, startedAt);
            }
            else if (origin.Slot is { IsLate: true })
            {
                _refuse.With(http, RefusalCode.Overload, startedAt);
            }
            else if (IsAmbiguous(http.Request))
            {
                _refuse.With(http, RefusalCode.Framing, startedAt);
            }
            else
            {
                await route.Handle(http);
            }
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Fail(http, e, startedAt);
        }
        finally
        {
            origin.Slot?.Leave(); // One whose next request is there already queues for it like everybody else.
        }
    }

    // What HTTP does not allow is the caller's; everything else is ours: a 503, which asks to try again, and never a 401 or a 200.
    private void Fail(HttpContext http, Exception exception, long startedAt)
    {
        http.Response.Clear();
        switch (exception)
        {
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                _refuse.With(http, RefusalCode.BodySize, startedAt);
                break;
            case BadHttpRequestException { StatusCode: StatusCodes.Status503ServiceUnavailable }:
                _refuse.With(http, RefusalCode.Overload, startedAt);
                break;
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                _refuse.With(http, RefusalCode.Slow, startedAt);
                break;
            case BadHttpRequestException or IOException when !http.RequestAborted.IsCancellationRequested:
                _refuse.With(http, RefusalCode.Framing, startedAt); // Kestrel reports some broken chunks as a bare IOException.
                break;
            case OperationCanceledException or IOException or BadHttpRequestException when http.RequestAborted.IsCancellationRequested:
                break; // The caller has gone; what was stored stays stored.
            default:
                Report(exception, http.TraceIdentifier);
                Answer.Unavailable.Write(http.Response);
                break;
        }
    }

    private void Report(Exception exception, string requestId)
    {
        if (!_pace.Allows(exception.GetType(), out var leftOut))
        {
            return; // A store that is away fails every request, each in the same way.
        }

        if (exception is OrleansException or TimeoutException)
        {
            LogBusy(_logger, exception.GetType().Name, exception.Message, leftOut, requestId);
        }
        else
        {
            LogFault(_logger, exception, leftOut, requestId);
        }
    }

    // Content-Length together with Transfer-Encoding (RFC 9112, section 6.1): the server reads the chunks and keeps the length
    // under another name. Two readers could disagree about where such a request ends.
    private static bool IsAmbiguous(HttpRequest request) =>
        request.Headers.TransferEncoding.Count > 0
        && (request.ContentLength is not null || request.Headers.ContainsKey("X-Content-Length"));

    private static IReadOnlyList<string> Methods(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods
        ?? throw new InvalidOperationException($"The route {endpoint.RoutePattern.RawText} does not say its methods.");

    private static Route RouteOf(RouteEndpoint endpoint)
    {
        var policy = endpoint.Metadata.GetMetadata<RoutePolicy>();
        return policy is null || endpoint.RoutePattern.Parameters.Count > 0
            ? throw new InvalidOperationException($"The route {endpoint.RoutePattern.RawText} must be literal and say its policy.")
            : new Route(endpoint.RequestDelegate!, policy);
    }

    [LoggerMessage(2101, LogLevel.Error,
        "evt=unhandled left_out={LeftOut} rid={RequestId}: a request failed by a fault of the service and was answered 503.")]
    private static partial void LogFault(ILogger logger, Exception exception, int leftOut, string requestId);

    [LoggerMessage(2102, LogLevel.Warning,
        "evt=busy kind={Kind} left_out={LeftOut} rid={RequestId}: {Reason} The request was answered 503.")]
    private static partial void LogBusy(ILogger logger, string kind, string reason, int leftOut, string requestId);
}
