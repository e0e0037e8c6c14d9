// Stands before both listeners' routes: the literal path, the method in its one spelling, the key where a route asks for one, and a 503
// for every fault of ours. Paths are compared to the letter, as the server leaves them: with dot segments and escaped letters resolved,
// and everything else as it came. The framework's routing would ignore case and a last slash, and its 405 does not know listeners.
using System.Collections.Frozen;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Logout;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.SupportConsole;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Finds the route of a request and checks its policy, or refuses the request. Implements steps 1 to 3 of the order of checks in
/// docs/api.md.</summary>
public sealed partial class RequestGate
{
    private readonly ManagementAccess _access;
    private readonly RefusalWriter _refuse;
    private readonly CrossOrigin _crossOrigin;
    private readonly ConsoleSessions _console;
    private readonly NodeState _node;
    private readonly IFeed _log;
    private readonly TimeProvider _time;
    private readonly LogThrottle _throttle;
    private readonly ILogger<RequestGate> _logger;
    private FrozenDictionary<(Listener, string), FrozenDictionary<string, Route>> _routes =
        FrozenDictionary<(Listener, string), FrozenDictionary<string, Route>>.Empty;

    private IReadOnlyList<RoutePolicy> _prefixes = [];

    /// <summary>Creates it without routes; they come with <see cref="SetRoutes"/>.</summary>
    public RequestGate(
        ManagementAccess access,
        RefusalWriter refuse,
        CrossOrigin crossOrigin,
        ConsoleSessions console,
        NodeState node,
        IFeed log,
        TimeProvider time,
        LogThrottle throttle,
        ILogger<RequestGate> logger)
    {
        (_access, _refuse, _crossOrigin, _console, _node, _log) = (access, refuse, crossOrigin, console, node, log);
        (_time, _throttle, _logger) = (time, throttle, logger);
    }

    private sealed record Route(RequestDelegate Handle, RoutePolicy Policy);

    /// <summary>Sets the routes, once all are mapped and before a port opens. Each must say its policy, and be literal or below the
    /// policy's prefix.</summary>
    /// <exception cref="InvalidOperationException">A route does not.</exception>
    public void SetRoutes(IEnumerable<Endpoint> endpoints)
    {
        var all = endpoints.OfType<RouteEndpoint>().Select(endpoint => (Endpoint: endpoint, Policy: PolicyOf(endpoint))).ToList();
        _prefixes = [.. all.Select(route => route.Policy).Where(policy => policy.Prefix is not null).Distinct()];
        _routes = all.Where(route => route.Policy.Prefix is null)
            .SelectMany(route => MethodsOf(route.Endpoint).Select(method => (
                Method: method,
                Path: route.Endpoint.RoutePattern.RawText!,
                Route: new Route(route.Endpoint.RequestDelegate!, route.Policy))))
            .GroupBy(entry => (entry.Route.Policy.Listener, entry.Path))
            .ToFrozenDictionary(group => group.Key, group => group.ToFrozenDictionary(entry => entry.Method, entry => entry.Route));
    }

    /// <summary>Handles a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="next">The framework's routing, for paths below a prefix.</param>
    public async Task Handle(HttpContext http, RequestDelegate next)
    {
        var (startedAt, origin, isReached) = (_time.GetTimestamp(), http.Origin(), false);
        Mark(http, origin.Listener);
        try
        {
            if (origin.Listener == Listener.Management)
            {
                await _console.Recognise(http);
            }

            var code = Find(http, origin, next, out var handle, out var answer);
            if (code == RefusalCode.None)
            {
                CheckClock(origin.Listener, http.Request.Path);
                isReached = true;
                await handle!(http);
                if (http is { Response: { HasStarted: false, StatusCode: StatusCodes.Status404NotFound, ContentLength: null } }
                    && http.GetEndpoint() is null)
                {
                    _refuse.With(http, RefusalCode.Path, startedAt); // a path below a prefix that no route of it takes
                }
            }
            else
            {
                _refuse.With(http, code, startedAt, answer);
            }
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            Fail(http, e, startedAt);
        }
        finally
        {
            if (!isReached && http.Response.StatusCode == StatusCodes.Status503ServiceUnavailable)
            {
                SignOutReport.CountUnreached(http);
            }

            origin.Slot?.Release(); // A connection whose next request is already there queues for it like all others.
        }
    }

    private void Mark(HttpContext http, Listener listener)
    {
        if (listener == Listener.Public)
        {
            _crossOrigin.Mark(http);
        }
    }

    private RefusalCode Find(
        HttpContext http, ConnectionOrigin origin, RequestDelegate next, out RequestDelegate? handle, out Answer? answer)
    {
        (handle, answer) = (null, null);
        if (IsAmbiguous(http.Request))
        {
            return RefusalCode.Framing;
        }

        if (origin.Listener == Listener.Public && _node.IsStopping)
        {
            http.Response.Headers.Connection = "close";
            return RefusalCode.Overload;
        }

        if (origin.Slot is { IsLate: true })
        {
            return RefusalCode.Overload;
        }

        var path = http.Request.Path.Value ?? "";
        if (!_routes.TryGetValue((origin.Listener, path), out var methods))
        {
            return FindPrefix(http, origin.Listener, path, next, out handle, out answer);
        }

        if (origin.Listener == Listener.Public && CrossOrigin.TryAnswerPreflight(http, methods.Keys))
        {
            handle = static _ => Task.CompletedTask;
            return RefusalCode.None;
        }

        // Load balancers probe with HEAD.
        if (!methods.TryGetValue(http.Request.Method, out var route)
            && !(http.Request.Method == HttpMethods.Head && methods.TryGetValue(HttpMethods.Get, out route) && route.Policy.IsProbe))
        {
            http.Response.Headers.Allow = string.Join(", ", methods.Keys.Order(StringComparer.Ordinal));
            return RefusalCode.Method;
        }

        handle = route.Handle;
        RequestTelemetry.NameRoute(http, path);
        return CheckAccess(http, route.Policy, out answer);
    }

    private RefusalCode FindPrefix(
        HttpContext http, Listener listener, string path, RequestDelegate next, out RequestDelegate? handle, out Answer? answer)
    {
        (handle, answer) = (null, null);
        foreach (var policy in _prefixes)
        {
            if (policy.Listener == listener && path.StartsWith(policy.Prefix!, StringComparison.Ordinal)
                && (path.Length == policy.Prefix!.Length || path[policy.Prefix.Length] == '/'))
            {
                handle = next;
                return CheckAccess(http, policy, out answer);
            }
        }

        return RefusalCode.Path;
    }

    // A node whose clock is wrong takes live tokens for expired ones: that is our fault, and no 401. The probes say so by themselves.
    private void CheckClock(Listener listener, PathString path)
    {
        if (listener == Listener.Public || path.StartsWithSegments("/internal", StringComparison.Ordinal))
        {
            _log.CheckTime(_time.GetUtcNow());
        }
    }

    private RefusalCode CheckAccess(HttpContext http, RoutePolicy policy, out Answer? answer)
    {
        answer = null;
        return policy.Access == RouteAccess.Open ? RefusalCode.None : _access.Check(http, policy, out answer);
    }

    // What HTTP does not allow is the caller's; everything else is ours: a 503, which asks to try again, and never a 401 or a 200.
    private void Fail(HttpContext http, Exception exception, long startedAt)
    {
        http.Response.Clear();
        RequestId.Echo(http);
        Mark(http, http.Origin().Listener);
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
                var reason = IsBusy(exception) ? "busy" : "unhandled";
                _refuse.NameReason(http.Response, reason);
                RequestTelemetry.Refused(http, reason);
                Report(exception, http.TraceIdentifier);
                Answer.Unavailable.Write(http.Response);
                break;
        }
    }

    private void Report(Exception exception, string requestId)
    {
        if (!_throttle.TryAcquire(exception.GetType(), out var leftOut))
        {
            return; // A store that is away fails every request, each in the same way.
        }

        if (IsBusy(exception))
        {
            LogBusy(_logger, exception.GetType().Name, ReasonOf(exception), leftOut, requestId);
        }
        else
        {
            LogFault(_logger, exception, leftOut, requestId);
        }
    }

    private static bool IsBusy(Exception exception) => exception is OrleansException or TimeoutException;

    // Not Orleans' own texts: they repeat the call with what it carried.
    private static string ReasonOf(Exception exception) => exception switch
    {
        TimeoutException => "The user's grain gave no answer in time.",
        LimitExceededException => "As many calls as a user's grain may have wait for it already.",
        _ => "The user's grain could not be called: no silo can be reached, or the one that has it is leaving.",
    };

    // Two readers could disagree about where such a request ends (RFC 9112, section 6.1): a coding beside or instead of one "chunked",
    // chunks of a client that speaks HTTP/1.0, or a length beside them, which the server keeps under another name. A length that is not
    // plain digits is refused by the server itself (ContentLengthDigits).
    private static bool IsAmbiguous(HttpRequest request)
    {
        var codings = request.Headers.TransferEncoding;
        return codings.Count > 0
            && (codings.Count > 1 || codings[0] != "chunked" || HttpProtocol.IsHttp10(request.Protocol)
                || request.ContentLength is not null || request.Headers.ContainsKey("X-Content-Length"));
    }

    private static IReadOnlyList<string> MethodsOf(RouteEndpoint endpoint) =>
        endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods
        ?? throw new InvalidOperationException($"The route {endpoint.RoutePattern.RawText} does not say its methods.");

    private static RoutePolicy PolicyOf(RouteEndpoint endpoint)
    {
        var (policy, path) = (endpoint.Metadata.GetMetadata<RoutePolicy>(), endpoint.RoutePattern.RawText ?? "");
        var isReachable = policy is { Prefix: { } prefix } ? ("/" + path.TrimStart('/')).StartsWith(prefix, StringComparison.Ordinal)
            : endpoint.RoutePattern.Parameters.Count == 0;
        if (policy is null || !isReachable)
        {
            throw new InvalidOperationException($"The route {path} must say its policy, and be literal or below the policy's prefix.");
        }

        return policy.Access == RouteAccess.Open || policy.Roles != Roles.None
            ? policy
            : throw new InvalidOperationException($"The route {path} names no role that opens it: add it to RouteRoles.");
    }

    [LoggerMessage(2101, LogLevel.Error,
        "evt=unhandled left_out={LeftOut} rid={RequestId}: a request failed by a fault of the service and was answered 503.")]
    private static partial void LogFault(ILogger logger, Exception exception, int leftOut, string requestId);

    [LoggerMessage(2102, LogLevel.Warning,
        "evt=busy kind={Kind} left_out={LeftOut} rid={RequestId}: {Reason} The request was answered 503.")]
    private static partial void LogBusy(ILogger logger, string kind, string reason, int leftOut, string requestId);
}
