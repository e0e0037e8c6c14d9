// Which of the two listeners a route answers on, and what it asks of its caller.
using BankEzy.Sessions.Api.Security;

namespace BankEzy.Sessions.Api.Http;

/// <summary>One of the two listeners.</summary>
public enum Listener
{
    /// <summary>For the bank's apps.</summary>
    Public,

    /// <summary>For the bank's own services and its operators.</summary>
    Management,
}

/// <summary>What a route asks of its caller before it runs.</summary>
public enum RouteAccess
{
    /// <summary>Nothing: a probe needs no key, and the routes for apps check tokens themselves.</summary>
    Open,

    /// <summary>A management key with one of the route's roles: as a bearer token (RFC 6750), or as the password of HTTP Basic (RFC
    /// 7617).</summary>
    ManagementKey,
}

/// <summary>What a route must say of itself: where it answers and what it asks of its caller.</summary>
/// <param name="Listener">The listener on which it answers.</param>
/// <param name="Access">What it asks of its caller.</param>
public sealed record RoutePolicy(Listener Listener, RouteAccess Access)
{
    /// <summary>Null for a route of one literal path. Else a path such as <c>/orleans</c>: this path and every path below it are left to
    /// the framework's routing once the caller has been let in. For pages of a library, whose routes are not ours to list.</summary>
    public string? Prefix { get; init; }

    /// <summary>The roles of which a management key needs one (<see cref="RouteRoles"/>). A route that asks for a key and names no role
    /// stops the start.</summary>
    public Roles Roles { get; init; }

    /// <summary>Whether it is a probe of the node's health.</summary>
    public bool IsProbe { get; init; }
}
