// What the store's tests append: events with a true hash chain, ids and texts made from numbers.
using System.Text;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.EventStore;

internal static class Appends
{
    public static CommandId Command(int number) => new(new Guid(number, 0, 0, new byte[8]));

    public static NewEvent[] Chain(string stream, StreamHead head, CommandId command, params ReadOnlySpan<byte[]> contents) =>
        ChainOf("tested.v1", stream, head, command, contents);

    public static NewEvent[] ChainOf(
        string name, string stream, StreamHead head, CommandId command, params ReadOnlySpan<byte[]> contents)
    {
        var events = new NewEvent[contents.Length];
        for (var ordinal = 0; ordinal < contents.Length; ordinal++)
        {
            var hash = head.Hash.Next(stream, head.Version + 1, command, ordinal, name, contents[ordinal]);
            head = new StreamHead(head.Version + 1, hash);
            events[ordinal] = new NewEvent(name, contents[ordinal], hash);
        }

        return events;
    }

    public static Append Build(
        string stream, StreamHead head, int command, int count = 1, DateTimeOffset? due = null, TimeSpan off = default)
    {
        var contents = Enumerable.Range(0, count).Select(ordinal =>
            Encoding.UTF8.GetBytes($"{{\"command\":{command},\"ordinal\":{ordinal}}}"));
        var chain = Chain(stream, head, Command(command), [.. contents]);
        return new Append(stream, head.Version, Command(command), TimeProvider.System.GetUtcNow() + off, chain, due);
    }

    public static async Task<StreamHead> Head(this IEventStore store, string stream)
    {
        var events = (await store.Load(stream, int.MaxValue, CancellationToken.None)).Events;
        var head = default(StreamHead);
        while (events.Count > 0)
        {
            head = HeadOf(events[^1]);
            events = await store.ReadStream(stream, head.Version, StreamHistory.EventsMax, CancellationToken.None);
        }

        return head;
    }

    // The first version at which the events are not what was appended; 0 where all are.
    public static long BreakOf(string stream, IReadOnlyList<StoredEvent> events)
    {
        var head = default(StreamHead);
        foreach (var stored in events)
        {
            var hash = head.Hash.Next(stream, head.Version + 1, stored.Command, stored.Ordinal, stored.Name, stored.Json.Span);
            if (stored.Version != head.Version + 1 || stored.Hash != hash)
            {
                return head.Version + 1;
            }

            head = HeadOf(stored);
        }

        return 0;
    }

    public static StreamHead HeadOf(StoredEvent last) => new(last.Version, last.Hash);

    public static async Task<AppendOutcome> AppendNext(
        this IEventStore store, string stream, int command, int count = 1, DateTimeOffset? due = null) =>
        await store.Append(Build(stream, await store.Head(stream), command, count, due));

    // Null when it was stored; else why not.
    public static async Task<string?> TryAppend(this IEventStore store, string stream)
    {
        try
        {
            var outcome = await store.Append(Build(stream, default, command: 1));
            return outcome is AppendOutcome.Appended or AppendOutcome.AlreadyAppended ? null : outcome.ToString();
        }
        catch (StoreUnavailableException refusal)
        {
            return refusal.Message;
        }
    }

    public static async Task<List<StoredEvent>> ReadWholeFeed(this IEventStore store, int page)
    {
        var all = new List<StoredEvent>();
        IReadOnlyList<StoredEvent> read;
        do
        {
            read = await store.ReadFeed(all.Count == 0 ? FeedCursor.Start : all[^1].Cursor, page, CancellationToken.None);
            all.AddRange(read);
        }
        while (read.Count == page);
        return all;
    }

    // Everything of an event that can be compared, as text.
    public static string Text(StoredEvent stored) =>
        $"{stored.Stream}|{stored.Version}|{stored.Command}|{stored.Ordinal}|{stored.Name}|"
        + $"{Convert.ToHexString(stored.Json.Span)}|{stored.Hash}";
}
