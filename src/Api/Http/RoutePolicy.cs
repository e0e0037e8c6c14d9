// Which of the two listeners a route answers on, and what it asks of its caller.
namespace BankEzy.Sessions.Api.Http;

/// <summary>One of the two listeners.</summary>
public enum Listener
{
    /// <summary>For the bank's apps.</summary>
    Public,

    /// <summary>For the bank's own services and its operators.</summary>
    Management,
}

/// <summary>What a route must say of itself: where it answers and what it asks of its caller.</summary>
/// <param name="Listener">The listener on which it answers.</param>
/// <param name="NeedsManagementKey">Whether it asks for a management key.</param>
public sealed record RoutePolicy(Listener Listener, bool NeedsManagementKey);
