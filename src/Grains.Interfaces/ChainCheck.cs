// Everybody who serves events from the log checks them first, as a user's grain does: damage is an error, never an answer.
namespace BankEzy.Sessions;

/// <summary>Checks events as they were read against each other: each one must follow its predecessor in its stream.</summary>
/// <remarks>It remembers the last event of each stream that it has seen, so one object serves one page, or one reader of one stream. An
/// event whose predecessor it has not seen is checked only if it is a stream's first one.</remarks>
internal sealed class ChainCheck
{
    private readonly Dictionary<string, StoredEvent> _last = [];

    /// <summary>Returns when this event follows the last one of its stream.</summary>
    /// <exception cref="InvalidDataException">It does not; the message says where it is and what to do.</exception>
    public void Check(StoredEvent stored)
    {
        var isFollower = _last.TryGetValue(stored.Stream, out var last);
        _last[stored.Stream] = stored;
        var isChecked = isFollower || stored.Version <= 1;
        var (version, hash) = ((last?.Version ?? 0) + 1, last?.Hash ?? default);
        if (isChecked && !Follows(stored, stored.Stream, version, hash))
        {
            throw Break(stored, version);
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
            + "Keep a copy of the log and restore it from a backup.");
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
    /// <summary>As <see cref="IFeed.ReadFeed"/>. One break refuses the whole page: a reader that was given a part of it would resume
    /// behind the events by which the damage is known.</summary>
    /// <exception cref="InvalidDataException">An event does not follow its predecessor in the page.</exception>
    public static async ValueTask<IReadOnlyList<StoredEvent>> ReadCheckedFeed(
        this IFeed feed, FeedCursor after, int max, CancellationToken cancellation) =>
        Checked(await feed.ReadFeed(after, max, cancellation));

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

        Checked(page);
        return known == 0 ? page : [.. page.Skip(known)];
    }

    private static IReadOnlyList<StoredEvent> Checked(IReadOnlyList<StoredEvent> page)
    {
        var check = new ChainCheck();
        foreach (var stored in page)
        {
            check.Check(stored);
        }

        return page;
    }
}
