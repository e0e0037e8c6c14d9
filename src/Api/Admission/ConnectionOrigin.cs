// How a connection reached the service. A property of the connection, not of a header that a client may write.
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.Admission;

/// <summary>Set on each connection by the listener that accepted it.</summary>
/// <param name="Listener">The listener.</param>
/// <param name="Slot">The connection's slot, where slots are limited: on the public listener.</param>
public sealed record ConnectionOrigin(Listener Listener, SlotGatedPipeReader? Slot = null);

/// <summary>Finds the origin of a request.</summary>
public static class ConnectionOriginExtensions
{
    /// <summary>How the request's connection reached the service.</summary>
    public static ConnectionOrigin Origin(this HttpContext http) =>
        http.Features.Get<ConnectionOrigin>()
        ?? throw new InvalidOperationException("The connection was not accepted by a listener of this service.");
}
