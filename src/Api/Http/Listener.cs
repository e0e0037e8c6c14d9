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
/// <param name="Place">The connection's place, where places are limited: on the public listener.</param>
public sealed record WayIn(Listener Listener, ConnectionPlace? Place = null);

/// <summary>What a route must say of itself: where it answers and what it asks of its caller.</summary>
/// <param name="Listener">The listener on which it answers.</param>
/// <param name="NeedsManagementKey">Whether it asks for a management key.</param>
public sealed record RoutePolicy(Listener Listener, bool NeedsManagementKey);

internal static class WayInExtensions
{
    public static WayIn Way(this HttpContext http) =>
        http.Features.Get<WayIn>()
        ?? throw new InvalidOperationException("The connection was not accepted by a listener of this service.");
}
