// What all users' streams have in common, in one place: a million of them are in memory.
using BankEzy.Sessions.EventStore;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Users;

/// <summary>The streams of users.</summary>
/// <param name="store">The log.</param>
/// <param name="snapshots">Seals and opens snapshots.</param>
/// <param name="keys">Makes the keys by which streams are found.</param>
/// <param name="times">Takes note of how long appends take.</param>
/// <param name="logger">Where streams report; never with a user's account, as they do not know more than their name.</param>
internal sealed class UserStreams(
    IEventStore store, UserSnapshots snapshots, SearchKeys keys, AppendTimes times, ILogger<UserStreams> logger)
{
    /// <summary>The log.</summary>
    public IEventStore Store => store;

    /// <summary>Seals and opens snapshots.</summary>
    public UserSnapshots Snapshots => snapshots;

    /// <summary>Makes the keys by which streams are found.</summary>
    public SearchKeys Keys => keys;

    /// <summary>Takes note of how long appends take.</summary>
    public AppendTimes Times => times;

    /// <summary>Where streams report.</summary>
    public ILogger Logger => logger;

    /// <summary>The stream of a user's grain, without its events: see <see cref="UserStream.Load"/>.</summary>
    public UserStream Of(IdSpan key) => new(key, this);

    /// <summary>The stream of a name, without its events.</summary>
    public UserStream Of(string name) => Of(IdSpan.Create(name));
}
