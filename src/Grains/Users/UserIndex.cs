// By what a user's stream is to be found: its sessions and its devices.
using System.Collections.Immutable;

namespace BankEzy.Sessions.Users;

/// <summary>Says which keys an append carries.</summary>
internal static class UserIndex
{
    /// <summary>
    /// The keys of a decision's events. A session is indexed by the append that starts or adopts it; a device with it, unless the state
    /// has a session on it, which was indexed then. Whatever ends a session that was there before has no key, and costs nothing.
    /// </summary>
    /// <param name="before">The state that the decision saw.</param>
    /// <param name="events">What it decided.</param>
    /// <param name="keys">Makes the keys.</param>
    public static IReadOnlyList<IndexKey> KeysOf(UserState before, ImmutableArray<UserEvent> events, SearchKeys keys)
    {
        List<IndexKey>? found = null;
        foreach (var happened in events)
        {
            if (happened is SessionStarted started)
            {
                (found ??= []).Add(keys.Of(started.Session));
                if (!before.Sessions.Any(session => session.Device == started.Device))
                {
                    found.Add(keys.Of(started.Device));
                }
            }
        }

        return found ?? (IReadOnlyList<IndexKey>)[];
    }
}
