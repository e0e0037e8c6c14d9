// What Orleans' pulling agent reads: the sign-outs of the feed, in its order. The checkpoint follows what subscribers have taken.
using System.Globalization;
using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace BankEzy.Sessions.Silo.Cluster.Streams;

/// <summary>Reads the feed for the streams.</summary>
/// <param name="feed">The log.</param>
/// <param name="checkpoint">Where the last reader had come to.</param>
/// <param name="subscribers">Whether anybody wants to hear it.</param>
/// <param name="time">How long a look waits.</param>
/// <param name="logger">Where the begin and damage are logged.</param>
internal sealed partial class FeedQueueReceiver(
    IFeed feed, StreamCheckpoint checkpoint, SubscriberDetector subscribers, TimeProvider time, ILogger logger) : IQueueAdapterReceiver
{
    /// <summary>How long the agent rests between two looks. A look waits until there is something new, so a node to which nothing happens
    /// does nothing.</summary>
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);

    // For what a lost signal or an older transaction that is still open has held back.
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    // While nobody subscribes, nothing is read: only the end is noted, from which a subscriber that comes will hear everything.
    private static readonly TimeSpan IdleInterval = TimeSpan.FromSeconds(1);

    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Queue<(IBatchContainer Last, FeedCursor Cursor)> _underWay = new();
    private FeedCursor? _read;
    private FeedCursor _kept;
    private Task _appended = Task.CompletedTask;
    private bool _hasSubscribers;
    private bool _isDamaged;
    private long? _lookedAt;
    private long _askedAt;

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask; // A log that cannot be read now is tried again with the first look.

    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount)
    {
        if (!await Wait())
        {
            return [];
        }

        _read ??= await Begin();
        if (_underWay.Count == 0 && !await HasSubscribersAfter())
        {
            return [];
        }

        var more = feed.NextAppend(); // Before reading, so that nothing slips between.
        var (page, messages) = await ReadAfter(_read.Value, Math.Clamp(maxCount / 2, 1, 10_000));
        foreach (var message in messages)
        {
            _underWay.Enqueue(message);
        }

        _read = page.Count > 0 ? page[^1].Cursor : _read;
        (_appended, _lookedAt) = (page.Count > 0 ? Task.CompletedTask : more, time.GetTimestamp());
        if (_underWay.Count == 0)
        {
            await Keep(_read.Value);
        }

        return [.. messages.Select(message => message.Last)];
    }

    /// <summary>Orleans lets go of events in their order, once every subscriber has taken them or was given up.</summary>
    public async Task MessagesDeliveredAsync(IList<IBatchContainer> messages)
    {
        var released = messages.ToHashSet(ReferenceEqualityComparer.Instance);
        var done = _underWay.Select((entry, index) => released.Contains(entry.Last) ? index + 1 : 0).DefaultIfEmpty().Max();
        var cursor = _kept;
        for (; done > 0; done--)
        {
            cursor = _underWay.Dequeue().Cursor;
        }

        // The two streams of one event are two messages: while the second one is under way, the event is.
        cursor = _underWay.TryPeek(out var next) && next.Cursor == cursor ? _kept : cursor;
        await Keep(_underWay.Count == 0 && _read is { } all ? all : cursor);
    }

    public Task Shutdown(TimeSpan timeout)
    {
        _stopped.TrySetResult();
        return Task.CompletedTask;
    }

    // Whether there may be something to read. While events are being delivered it says no at once: only between two looks does Orleans say
    // which of them have been.
    private async Task<bool> Wait()
    {
        var (more, pause) = _hasSubscribers ? (_appended, PollInterval) : (_stopped.Task, IdleInterval);
        var left = _lookedAt is { } at ? pause - time.GetElapsedTime(at) : TimeSpan.Zero;
        if (left > TimeSpan.Zero && !more.IsCompleted)
        {
            if (_underWay.Count > 0)
            {
                return false;
            }

            await Task.WhenAny(more, _stopped.Task, Task.Delay(left, time));
        }

        return !_stopped.Task.IsCompleted;
    }

    // The end is read before the subscriptions: who has subscribed by the time of an event is seen before the event is passed over.
    private async ValueTask<bool> HasSubscribersAfter()
    {
        if (_hasSubscribers && time.GetElapsedTime(_askedAt) < IdleInterval)
        {
            return true;
        }

        var had = _hasSubscribers;
        var end = had ? default : await feed.FindEnd(CancellationToken.None);
        _hasSubscribers = await subscribers.HasAny();
        _askedAt = time.GetTimestamp();
        if (!had && !_hasSubscribers)
        {
            (_read, _lookedAt) = (end.IsAfter(_read!.Value) ? end : _read, _askedAt);
            await Keep(_read.Value);
        }

        return had || _hasSubscribers;
    }

    // Before there was a checkpoint nobody listened: what had been signed out by then is history, and read from the feed by who wants it.
    private async Task<FeedCursor> Begin()
    {
        var begin = await checkpoint.Read();
        if (begin is null)
        {
            begin = await feed.FindEnd(CancellationToken.None);
            await checkpoint.Keep(begin.Value);
        }

        _kept = begin.Value;
        LogBegins(logger, _kept.ToString());
        return _kept;
    }

    private async Task Keep(FeedCursor cursor)
    {
        if (cursor.IsAfter(_kept))
        {
            await checkpoint.Keep(cursor);
            _kept = cursor;
        }
    }

    // It stands still where the log is damaged: Orleans asks for the same page once more, and nothing is skipped.
    private async ValueTask<(IReadOnlyList<StoredEvent> Page, List<(IBatchContainer Last, FeedCursor Cursor)> Messages)> ReadAfter(
        FeedCursor cursor, int max)
    {
        try
        {
            var page = await feed.ReadCheckedFeed(cursor, max, CancellationToken.None);
            var messages = await MessagesOf(page);
            _isDamaged = false;
            return (page, messages);
        }
        catch (InvalidDataException e)
        {
            if (!_isDamaged)
            {
                LogDamaged(logger, e, cursor.ToString());
            }

            _isDamaged = true;
            throw;
        }
    }

    private async ValueTask<List<(IBatchContainer Last, FeedCursor Cursor)>> MessagesOf(IReadOnlyList<StoredEvent> page)
    {
        var ends = page.Where(stored => SessionsEnded.IsOne(stored.Name)).Select(SessionsEnded.Read).Where(ended => ended.Mode is not null);
        var messages = ends.SelectMany(MessagesOf).ToList();
        var wanted = await subscribers.Of([.. messages.Select(message => message.Last.StreamId)]);
        return messages.FindAll(message => wanted.Contains(message.Last.StreamId));
    }

    private static (IBatchContainer Last, FeedCursor Cursor)[] MessagesOf(SessionsEnded ended)
    {
        var published = new PublishedSignOut(
            ended.User, ended.Version, ended.Cursor.ToString(), ended.At, ended.Mode!.Value, ended.Sessions, ended.Account);
        var program = StreamId.Create(SignOutStreams.OfProgram, ended.User.Program.ToString(CultureInfo.InvariantCulture));
        var user = StreamId.Create(SignOutStreams.OfUser, ended.User.Stream);
        return
        [
            (new SignOutBatch(user, published, TokenOf(ended.Cursor, 0)), ended.Cursor),
            (new SignOutBatch(program, published, TokenOf(ended.Cursor, 1)), ended.Cursor),
        ];
    }

    // Tokens ascend along the feed as cursors do. An index has 31 bits, of which one distinguishes the two streams of an event: the order
    // of two events of one transaction could come out wrong where its positions pass a multiple of 2^30.
    private static EventSequenceTokenV2 TokenOf(FeedCursor cursor, int stream) => cursor.Transaction == 0
        ? new EventSequenceTokenV2(cursor.Position, stream)
        : new EventSequenceTokenV2((long)cursor.Transaction, (int)(cursor.Position & 0x3FFF_FFFF) * 2 + stream);

    [LoggerMessage(1009, LogLevel.Error,
        "The log is damaged after {Cursor}: the cluster's streams stand still there. 'sessions verify' names the damage. "
        + "It is tried again, and nothing is skipped.")]
    private static partial void LogDamaged(ILogger logger, Exception exception, string cursor);

    [LoggerMessage(1006, LogLevel.Information, "This silo publishes sign-outs to the cluster's streams, from {Cursor} of the log on.")]
    private static partial void LogBegins(ILogger logger, string cursor);
}
