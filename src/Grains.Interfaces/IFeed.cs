// All that the HTTP front end sees of the event store.
using System.Globalization;

namespace BankEzy.Sessions;

/// <summary>A resume point in the feed. Opaque to readers: only the store that made it knows its order.</summary>
/// <param name="Transaction">The store's transaction number; 0 where the store has a single writer.</param>
/// <param name="Position">The position in the whole log.</param>
public readonly record struct FeedCursor(ulong Transaction, long Position)
{
    /// <summary>Before the first event.</summary>
    public static readonly FeedCursor Start;

    /// <summary>Reads the text form; false for anything that <see cref="ToString"/> does not write.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out FeedCursor cursor)
    {
        cursor = default;
        var dash = text.IndexOf('-');
        if (dash <= 0
            || !ulong.TryParse(text[..dash], NumberStyles.None, CultureInfo.InvariantCulture, out var transaction)
            || !long.TryParse(text[(dash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            return false;
        }

        cursor = new FeedCursor(transaction, position);
        return text.SequenceEqual(cursor.ToString());
    }

    /// <summary>Whether this is a later point of the same log. Stores read their feed in this order: by transaction, then by
    /// position.</summary>
    public bool IsAfter(FeedCursor other) =>
        Transaction > other.Transaction || (Transaction == other.Transaction && Position > other.Position);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Transaction}-{Position}");
}

/// <summary>An event as it is in the log.</summary>
/// <param name="Stream">The stream it belongs to.</param>
/// <param name="Version">Its number in the stream: 1, 2, 3…</param>
/// <param name="Cursor">Its place in the feed.</param>
/// <param name="Command">The command that caused it.</param>
/// <param name="Ordinal">Its number among the events of that command: 0, 1, 2…</param>
/// <param name="Name">Its stored name with version, such as <c>session-signed-out.v1</c>.</param>
/// <param name="Json">Its content, UTF-8.</param>
/// <param name="Hash">SHA-256 over its predecessor's hash and its own bytes.</param>
public sealed record StoredEvent(
    string Stream, long Version, FeedCursor Cursor, CommandId Command, int Ordinal, string Name, ReadOnlyMemory<byte> Json, EventHash Hash);

/// <summary>The log, for reading.</summary>
public interface IFeed
{
    /// <summary>Events after a cursor, in commit order; fewer than <paramref name="max"/> only when the end is reached. An event is
    /// never overtaken: what is not returned now comes after the last returned cursor.</summary>
    /// <param name="after">The cursor of the last event that the reader has.</param>
    /// <param name="max">The most events to return, 1 to 10,000.</param>
    /// <param name="cancellation">Stops the read.</param>
    ValueTask<IReadOnlyList<StoredEvent>> ReadFeed(FeedCursor after, int max, CancellationToken cancellation);

    /// <summary>The cursor of the last event that <see cref="ReadFeed"/> would return now; <see cref="FeedCursor.Start"/> for an empty
    /// log.</summary>
    /// <param name="cancellation">Stops the read.</param>
    ValueTask<FeedCursor> FindEnd(CancellationToken cancellation);

    /// <summary>
    /// A task that ends when the log has grown since the call, as far as this node learns of it: of its own appends at once, of other
    /// nodes' within milliseconds. Take it, then read, then wait for it, and nothing can slip between. It is a hint: it may end although
    /// nothing is new, and another node's signal may be lost, so a reader looks from time to time as well. It never fails.
    /// </summary>
    Task NextAppend();

    /// <summary>Returns when a time agrees with the log's own clock to within five minutes. A time that does not must decide nothing:
    /// neither what has expired nor what is refused.</summary>
    /// <param name="time">The time by which something is to be decided.</param>
    /// <exception cref="Exception">It does not agree, or the log's clock is not known: a fault of ours, 503. The message says which clock
    /// is off by how much.</exception>
    void CheckTime(DateTimeOffset time);

    /// <summary>Events of one stream after a version, in version order; empty for a stream that does not exist.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="afterVersion">The version of the last event that the reader has; 0 for all.</param>
    /// <param name="max">The most events to return, 1 to 10,000.</param>
    /// <param name="cancellation">Stops the read.</param>
    ValueTask<IReadOnlyList<StoredEvent>> ReadStream(string stream, long afterVersion, int max, CancellationToken cancellation);

    /// <summary>The streams whose appends carried a key.</summary>
    /// <param name="key">The key.</param>
    /// <param name="prefix">What the streams' names begin with.</param>
    /// <param name="max">The most streams to return.</param>
    /// <param name="cancellation">Stops the read.</param>
    ValueTask<IReadOnlyList<string>> FindStreams(IndexKey key, string prefix, int max, CancellationToken cancellation);
}
