// Which of the two listeners a connection came in by. A property of the connection, not of a header that a client may write.
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Http;

/// <summary>One of the two listeners.</summary>
public enum Listener
{
    /// <summary>For the bank's apps.</summary>
    Public,

    /// <summary>For the bank's own services and its operators.</summary>
    Management,
}

/// <summary>Set on each connection by the listener that accepted it.</summary>
/// <param name="Listener">The listener.</param>
public sealed record ListenerFeature(Listener Listener);

/// <summary>What a route must say of itself: where it answers and what it asks of its caller.</summary>
/// <param name="Listener">The listener on which it answers.</param>
/// <param name="NeedsManagementKey">Whether it asks for a management key.</param>
/// <param name="IsStream">Whether its answer may stay open, so that it must not count among the requests under way.</param>
public sealed record RoutePolicy(Listener Listener, bool NeedsManagementKey, bool IsStream = false);

/// <summary>A request's place among those under way.</summary>
public interface IPlaceUnderWay
{
    /// <summary>Gives the place back: the request has become a stream, which has a limit of its own.</summary>
    void Leave();
}

internal static class ListenerExtensions
{
    public static Listener Listener(this HttpContext http) =>
        http.Features.Get<ListenerFeature>()?.Listener
        ?? throw new InvalidOperationException("The connection was not accepted by a listener of this service.");
}
