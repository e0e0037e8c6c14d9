// What every writer of a stream does, whatever its events are: the part of the hash chain before an append, and the look at the stream
// after one whose outcome the store could not say.
namespace BankEzy.Sessions.EventStore;

/// <summary>Appends as writers of streams make them.</summary>
internal static class StreamAppends
{
    /// <summary>Describes the append of a decision's events behind the last event of a stream.</summary>
    /// <param name="head">The last event that the decision saw.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="command">The command.</param>
    /// <param name="at">The time that the events carry.</param>
    /// <param name="events">The events, in their order.</param>
    /// <param name="encode">An event's stored name and content.</param>
    /// <param name="nextDue">When the stream next wants to be looked at.</param>
    /// <param name="keys">Keys by which the stream is to be found from now on.</param>
    public static Append Next<T>(
        this StreamHead head, string stream, CommandId command, DateTimeOffset at, ReadOnlySpan<T> events,
        Func<T, (string Name, byte[] Json)> encode, DateTimeOffset? nextDue = null, IReadOnlyList<IndexKey>? keys = null)
    {
        var (hash, added) = (head.Hash, new NewEvent[events.Length]);
        for (var i = 0; i < events.Length; i++)
        {
            var (name, json) = encode(events[i]);
            hash = hash.Next(stream, head.Version + 1 + i, command, i, name, json);
            added[i] = new NewEvent(name, json, hash);
        }

        return new Append(stream, head.Version, command, at, added, nextDue) { Keys = keys ?? [] };
    }

    /// <summary>The stream's last event once an append is stored.</summary>
    public static StreamHead HeadAfter(this Append append) =>
        new(append.ExpectedVersion + append.Events.Count, append.Events[^1].Hash);

    /// <summary>Whether an append is stored whose outcome the store could not say: false where another one took its version.</summary>
    /// <exception cref="StoreUnavailableException">Nothing is there. It may still come, so nobody gets an answer.</exception>
    public static async ValueTask<bool> IsStored(this IFeed feed, Append append, CancellationToken cancellation)
    {
        var stored = await feed.ReadStream(append.Stream, append.ExpectedVersion, 1, cancellation);
        return stored.Count == 0
            ? throw new StoreUnavailableException("The store failed while it committed, and the outcome is not known yet. Try again.")
            : stored[0].Hash == append.Events[0].Hash;
    }
}
