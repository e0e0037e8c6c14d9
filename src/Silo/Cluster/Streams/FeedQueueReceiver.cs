// What Orleans' pulling agent reads: the sign-outs of the feed, in its order. The bookmark follows what subscribers have taken.
using System.Globalization;
using Orleans.Providers.Streams.Common;
using Orleans.Providers.Streams.Generator;
using Orleans.Streams;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

/// <summary>Reads the feed for the streams.</summary>
/// <param name="feed">The log.</param>
/// <param name="bookmark">Where the last reader had come to.</param>
/// <param name="subscribers">Whether anybody wants to hear it.</param>
/// <param name="logger">Where the begin is told.</param>
internal sealed partial class FeedQueueReceiver(
    IFeed feed, StreamCheckpoint bookmark, SubscriberDetector subscribers, ILogger logger) : IQueueAdapterReceiver
{
    /// <summary>How often the agent looks; most of the time there is nothing new and no query is made.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // For what a lost signal or an older transaction that is still open has held back.
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    // While nobody subscribes, nothing is read: only the end is noted, from which a subscriber that comes will hear everything.
    private static readonly TimeSpan LookWithoutSubscribers = TimeSpan.FromSeconds(1);

    private readonly Queue<(IBatchContainer Last, FeedCursor Cursor)> underWay = new();
    private FeedCursor? read;
    private FeedCursor kept;
    private Task appended = Task.CompletedTask;
    private long lookedAt;

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask; // A log that cannot be read now is tried again with the first look.

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        var since = TimeProvider.System.GetElapsedTime(lookedAt);
        var isHeard = subscribers.AreThere();
        if (lookedAt != 0 && (isHeard ? !appended.IsCompleted && since < Look : since < LookWithoutSubscribers))
        {
            return [];
        }

        read ??= await Begin();
        if (!isHeard && underWay.Count == 0)
        {
            read = await feed.FindEnd(CancellationToken.None);
            lookedAt = TimeProvider.System.GetTimestamp();
            await Keep(read.Value);
            return [];
        }

        var more = feed.NextAppend(); // Before reading, so that nothing slips between.
        var page = await feed.ReadFeed(read.Value, Math.Clamp(maxCount / 2, 1, 10_000), CancellationToken.None);
        var messages = new List<IBatchContainer>(2 * page.Count);
        var ends = page.Where(stored => SessionsEnded.IsOne(stored.Name)).Select(SessionsEnded.Read).Where(ended => ended.Mode is not null);
        foreach (var ended in ends.ToList()) // All are read before anything is remembered: what fails is read again.
        {
            Add(messages, ended);
            underWay.Enqueue((messages[^1], ended.Cursor));
        }

        read = page.Count > 0 ? page[^1].Cursor : read;
        (appended, lookedAt) = (page.Count > 0 ? Task.CompletedTask : more, TimeProvider.System.GetTimestamp());
        if (underWay.Count == 0)
        {
            await Keep(read.Value);
        }

        return messages;
    }

    /// <summary>Orleans lets go of events in their order, once every subscriber has taken them or was given up.</summary>
    public async Task MessagesDeliveredAsync(IList<IBatchContainer> messages)
    {
        var released = messages.ToHashSet(ReferenceEqualityComparer.Instance);
        var done = underWay.Select((entry, index) => released.Contains(entry.Last) ? index + 1 : 0).DefaultIfEmpty().Max();
        var cursor = kept;
        for (; done > 0; done--)
        {
            cursor = underWay.Dequeue().Cursor;
        }

        await Keep(underWay.Count == 0 && read is { } all ? all : cursor);
    }

    public Task Shutdown(TimeSpan timeout) => Task.CompletedTask;

    // Before there was a bookmark nobody listened: what had been signed out by then is history, and read from the feed by who wants it.
    private async Task<FeedCursor> Begin()
    {
        var begin = await bookmark.Read();
        if (begin is null)
        {
            begin = await feed.FindEnd(CancellationToken.None);
            await bookmark.Keep(begin.Value);
        }

        kept = begin.Value;
        LogBegins(logger, kept.ToString());
        return kept;
    }

    private async Task Keep(FeedCursor cursor)
    {
        if (cursor.IsAfter(kept))
        {
            await bookmark.Keep(cursor);
            kept = cursor;
        }
    }

    private static void Add(List<IBatchContainer> messages, SessionsEnded ended)
    {
        var published = new PublishedSignOut(
            ended.User, ended.Version, ended.Cursor.ToString(), ended.At, ended.Mode!.Value, ended.Sessions, ended.Account);
        var program = ended.User.Program.ToString(CultureInfo.InvariantCulture);
        messages.Add(new GeneratedBatchContainer(
            StreamId.Create(SignOutStreams.OfUser, ended.User.Stream), published, TokenOf(ended.Cursor, 0)));
        messages.Add(new GeneratedBatchContainer(
            StreamId.Create(SignOutStreams.OfProgram, program), published, TokenOf(ended.Cursor, 1)));
    }

    // Tokens ascend along the feed as cursors do. An index has 31 bits, of which one tells the two streams of an event apart: the order
    // of two events of one transaction could be told wrongly where its positions pass a multiple of 2^30.
    private static EventSequenceTokenV2 TokenOf(FeedCursor cursor, int stream) => cursor.Transaction == 0
        ? new EventSequenceTokenV2(cursor.Position, stream)
        : new EventSequenceTokenV2((long)cursor.Transaction, (int)(cursor.Position & 0x3FFF_FFFF) * 2 + stream);

    [LoggerMessage(1006, LogLevel.Information, "This silo publishes sign-outs to the cluster's streams, from {Cursor} of the log on.")]
    private static partial void LogBegins(ILogger logger, string cursor);
}
