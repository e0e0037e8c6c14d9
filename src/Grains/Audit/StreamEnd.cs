// The last event of a stream by the reads that every store has: steps that double until nothing is there, and halve until nothing is left.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Audit;

internal static class StreamEnd
{
    /// <summary>Finds the last event of a stream, in about two reads of one event for each doubling of its length.</summary>
    /// <param name="feed">The log.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="known">An event of it that is known, or none.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async ValueTask<StreamHead> Find(IFeed feed, string stream, StreamHead known, CancellationToken cancellation)
    {
        var step = 1L;
        while (await At(known.Version + step) is { } found)
        {
            (known, step) = (found, step * 2);
        }

        for (step /= 2; step > 0; step /= 2)
        {
            known = await At(known.Version + step) ?? known;
        }

        return known;

        async ValueTask<StreamHead?> At(long version) =>
            await feed.ReadStream(stream, version - 1, 1, cancellation) is [{ } stored]
                ? new StreamHead(stored.Version, stored.Hash)
                : null;
    }
}
