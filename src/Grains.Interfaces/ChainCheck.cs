// Everybody who serves events from the log checks them first, as a user's grain does: damage is an error, never an answer.
namespace BankEzy.Sessions;

/// <summary>Checks events as they were read against each other: each one must follow its predecessor in its stream.</summary>
/// <remarks>It remembers the last event of each stream that it has seen, so one object serves one page. An event whose predecessor it
/// has neither seen nor been given is checked only if it is a stream's first one.</remarks>
internal sealed class ChainCheck
{
    private readonly Dictionary<string, (long Version, EventHash Hash)> _last = [];

    /// <summary>Gives the version and the hash of an event that stands before the page.</summary>
    public void Begin(string stream, long version, EventHash hash) => _last[stream] = (version, hash);

    /// <summary>Returns when this event follows the last one of its stream.</summary>
    /// <exception cref="InvalidDataException">It does not; the message says where it is and what to do.</exception>
    public void Check(StoredEvent stored)
    {
        var isFollower = _last.TryGetValue(stored.Stream, out var last);
        _last[stored.Stream] = (stored.Version, stored.Hash);
        var isChecked = isFollower || stored.Version <= 1 || stored.Stream.Length == 0; // One whose stream is not known follows nothing.
        if (isChecked && !Follows(stored, stored.Stream, last.Version + 1, last.Hash))
        {
            throw Break(stored, last.Version + 1);
        }
    }

    /// <summary>Whether an event is the one of a version of a stream, behind the event that has a hash.</summary>
    internal static bool Follows(StoredEvent stored, string stream, long version, EventHash before) => stored.Version == version
        && stored.Hash == before.Next(stream, version, stored.Command, stored.Ordinal, stored.Name, stored.Json.Span);

    internal static InvalidDataException Break(StoredEvent stored, long version)
    {
        Count(stored, version);
        return new InvalidDataException(
            $"At {stored.Cursor}: the log is damaged where version {version} of {stored.Stream} should be: its hash chain breaks there. "
            + "Keep a copy of the log, find all damage with 'sessions verify', and restore the log from a backup.");
    }

    /// <summary>Counts an event that is not the one of a version.</summary>
    internal static void Count(StoredEvent stored, long version)
    {
        if (stored.Version == version)
        {
            IntegrityFailures.Chain();
        }
        else
        {
            IntegrityFailures.Version();
        }
    }
}

/// <summary>Reads of the log that return checked events.</summary>
internal static class CheckedReads
{
    // No more than this wait in the store's queue of reads at once, where the users of the node wait as well.
    private const int PredecessorsAtOnce = 64;

    /// <summary>As <see cref="IFeed.ReadFeed"/>. One break refuses the whole page: a reader that was given a part of it would resume
    /// behind the events by which the damage is known.</summary>
    /// <exception cref="InvalidDataException">An event does not follow its predecessor, in the page or before it.</exception>
    public static async ValueTask<IReadOnlyList<StoredEvent>> ReadCheckedFeed(
        this IFeed feed, FeedCursor after, int max, CancellationToken cancellation)
    {
        var page = await feed.ReadFeed(after, max, cancellation);
        var check = await feed.PrepareCheck(page, cancellation);
        foreach (var stored in page)
        {
            check.Check(stored);
        }

        return page;
    }

    /// <summary>A check that knows the events before those of a page of the feed: of each stream the one before its first event there.
    /// What that costs: docs/decisions/0035-the-chain-across-pages.md.</summary>
    /// <param name="feed">The log.</param>
    /// <param name="page">The events that are to be checked, in the feed's order.</param>
    /// <param name="cancellation">Stops the reads.</param>
    public static async ValueTask<ChainCheck> PrepareCheck(
        this IFeed feed, IEnumerable<StoredEvent> page, CancellationToken cancellation)
    {
        var check = new ChainCheck();
        foreach (var some in page.DistinctBy(stored => stored.Stream).Where(first => first.Version > 1).Chunk(PredecessorsAtOnce))
        {
            var found = await Task.WhenAll(some.Select(
                first => feed.ReadStream(first.Stream, first.Version - 2, 1, cancellation).AsTask()));
            foreach (var (first, before) in some.Zip(found))
            {
                // One that is missing has the hash of none: nothing follows it.
                var version = first.Version - 1;
                check.Begin(first.Stream, version, before is [{ } last] && last.Version == version ? last.Hash : default);
            }
        }

        return check;
    }

    /// <summary>As <see cref="IFeed.ReadStream"/>, for at most 9,999 events. It reads the reader's last event once more, because the next
    /// one is checked by its hash.</summary>
    /// <exception cref="InvalidDataException">An event does not follow its predecessor, or the reader's last event is missing.</exception>
    public static async ValueTask<IReadOnlyList<StoredEvent>> ReadCheckedStream(
        this IFeed feed, string stream, long afterVersion, int max, CancellationToken cancellation)
    {
        var known = afterVersion > 0 ? 1 : 0;
        var page = await feed.ReadStream(stream, afterVersion - known, max + known, cancellation);
        if (page.Count > 0 && page[0].Version != afterVersion - known + 1)
        {
            throw ChainCheck.Break(page[0], afterVersion - known + 1);
        }

        var check = new ChainCheck();
        foreach (var stored in page)
        {
            check.Check(stored);
        }

        return known == 0 ? page : [.. page.Skip(known)];
    }
}
