// A feed of all users, of whatever form: replayed from the log, then what is new, on a stream that stays open; or one page of it.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>Serves feeds of all users.</summary>
/// <param name="feed">The log.</param>
/// <param name="pump">Announces what is new.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="node">Knows when the node stops.</param>
/// <param name="time">The clock of the heartbeat.</param>
/// <param name="logger">Where a broken stream is logged.</param>
internal sealed class FeedOfAll(
    IFeed feed, FeedPump pump, RefusalWriter refuse, NodeState node, TimeProvider time, ILogger<FeedOfAll> logger)
{
    /// <summary>The most streams for the bank's services that a node keeps open.</summary>
    public const int StreamsMax = 64;

    private const int ReadMax = 1_000;
    private const int ReadsPerPage = 10;

    private int _streams;

    /// <summary>How many streams are open on this node.</summary>
    public int Open => Volatile.Read(ref _streams);

    /// <summary>Where a question begins; null where the request was refused: for a fault of the question, or because this log never gave
    /// its cursor. One of another log would wait forever without a word.</summary>
    /// <param name="http">The request.</param>
    /// <param name="fault">What is wrong with the question, or null.</param>
    /// <param name="query">The question.</param>
    /// <param name="startedAt">When the request began.</param>
    public async ValueTask<FeedCursor?> FindStart(HttpContext http, Answer? fault, FeedQuery query, long startedAt)
    {
        if (fault is null)
        {
            var end = await feed.FindEnd(http.RequestAborted);
            if (query.After is not { } after)
            {
                return end;
            }

            if (!after.IsAfter(end))
            {
                return after;
            }
        }

        refuse.With(http, RefusalCode.QueryField, startedAt, fault ?? FeedQuery.BadCursor);
        return null;
    }

    /// <summary>Answers a question with a stream or a page.</summary>
    /// <param name="http">The request.</param>
    /// <param name="form">What the feed brings.</param>
    /// <param name="query">The question.</param>
    /// <param name="after">Where it begins.</param>
    /// <param name="startedAt">When the request began.</param>
    public Task Serve<TData>(HttpContext http, FeedForm<TData> form, FeedQuery query, FeedCursor after, long startedAt) => query.Follow
        ? Stay(http, startedAt, caller => EventStream.Serve(
            http, node, logger, (stream, stop) => new Reader<TData>(feed, pump, time, stream, caller, form).Follow(after, stop)))
        : WritePage(http, form, query.Max, after);

    /// <summary>Keeps a stream open, unless too many are. It ends when the caller's key is withdrawn.</summary>
    /// <param name="http">The request.</param>
    /// <param name="startedAt">When the request began.</param>
    /// <param name="serve">Writes the stream.</param>
    public async Task Stay(HttpContext http, long startedAt, Func<ManagementCaller, Task> serve)
    {
        if (Interlocked.Increment(ref _streams) > StreamsMax || node.IsStopping)
        {
            Interlocked.Decrement(ref _streams);
            refuse.With(http, RefusalCode.Overload, startedAt);
            return;
        }

        try
        {
            var caller = http.ManagementCaller();
            using var withdrawn = caller.Withdrawn.Register(http.Abort); // It connects again, and is refused if it may not.
            await serve(caller);
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task WritePage<TData>(HttpContext http, FeedForm<TData> form, int max, FeedCursor after)
    {
        var (next, more) = (after, true);
        var (items, caller) = (new List<FeedItem<TData>>(), http.ManagementCaller());
        for (var reads = 0; more && reads < ReadsPerPage && items.Count < max; reads++)
        {
            var page = await feed.ReadCheckedFeed(next, ReadMax, http.RequestAborted);
            more = page.Count == ReadMax;
            foreach (var stored in page)
            {
                if (items.Count == max)
                {
                    more = true;
                    break;
                }

                if (form.IsOne(stored.Name) && form.Read(stored) is var item && caller.Sees(item.Program))
                {
                    items.Add(item);
                }

                next = stored.Cursor;
            }
        }

        Answer.WriteJson(http.Response, 200, form.Page(items, next.ToString(), more));
    }

    // One stream of one caller.
    private sealed class Reader<TData>(
        IFeed feed, FeedPump pump, TimeProvider time, EventStream stream, ManagementCaller caller, FeedForm<TData> form)
    {
        public async Task Follow(FeedCursor after, CancellationToken stop)
        {
            await stream.Begin(stop);
            while (true)
            {
                // The long part of the way before listening, so that the buffer does not run full meanwhile.
                after = await Replay(after, stop);
                using var listener = await pump.ListenToAll(stop);
                using var heartbeat = time.CreateTimer(_ => listener.Wake(), null, EventStream.Heartbeat, EventStream.Heartbeat);
                after = await Replay(after, stop);
                stream.Comment("live");
                await stream.Flush(stop);
                after = await Listen(listener, after, stop);
            }
        }

        // To the end of the log; at the caller's pace, because each page is sent before the next one is read.
        private async ValueTask<FeedCursor> Replay(FeedCursor after, CancellationToken stop)
        {
            IReadOnlyList<StoredEvent> page;
            do
            {
                page = await feed.ReadCheckedFeed(after, ReadMax, stop);
                foreach (var stored in page.Where(stored => form.IsOne(stored.Name)))
                {
                    Write(form.Read(stored));
                }

                after = page.Count > 0 ? page[^1].Cursor : after;
                await stream.Flush(stop);
            }
            while (page.Count == ReadMax);
            return after;
        }

        // Returns when the pump has cut this listener off, because its buffer was full: it continues from the log, by its cursor.
        private async ValueTask<FeedCursor> Listen(FeedListener listener, FeedCursor after, CancellationToken stop)
        {
            while (await listener.Events.WaitToReadAsync(stop))
            {
                var isInLog = false;
                while (listener.Events.TryRead(out var ended))
                {
                    if (ended is null)
                    {
                        stream.Comment("");
                    }
                    else if (!ended.Cursor.IsAfter(after))
                    {
                        continue;
                    }
                    else if (form.Find(ended) is { } item)
                    {
                        Write(item);
                        after = ended.Cursor;
                    }
                    else
                    {
                        isInLog = true;
                    }
                }

                await stream.Flush(stop);
                after = isInLog ? await Replay(after, stop) : after;
            }

            return after;
        }

        // Of a program that the key may not see nothing is said; not even that there was something.
        private void Write(FeedItem<TData> item)
        {
            if (caller.Sees(item.Program))
            {
                stream.Event(item.Cursor.ToString(), item.Name, form.Line(item.Data));
            }
        }
    }
}
