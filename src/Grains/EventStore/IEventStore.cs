// The event store's contract. tests/Tests/EventStore/StoreContract.cs has a test for each numbered case; every store runs it.
namespace BankEzy.Sessions.EventStore;

/// <summary>How an append ended.</summary>
internal enum AppendOutcome
{
    /// <summary>All events are on stable storage.</summary>
    Appended,

    /// <summary>Nothing was stored: the stream's version is not the expected one.</summary>
    Conflict,

    /// <summary>Nothing was stored: the stream already has events of this command.</summary>
    AlreadyAppended,

    /// <summary>The store cannot say whether the events were stored. Read the stream back before answering anybody.</summary>
    Unknown,
}

/// <summary>The names of outcomes in metrics and traces.</summary>
internal static class AppendOutcomes
{
    /// <summary>The name of an outcome. A command that is there already conflicts as another version does.</summary>
    public static string NameOf(AppendOutcome outcome) => outcome switch
    {
        AppendOutcome.Appended => "appended",
        AppendOutcome.Unknown => "unknown",
        _ => "conflict",
    };
}

/// <summary>The last event of a stream.</summary>
/// <param name="Version">Its version; 0 for a stream without events.</param>
/// <param name="Hash">Its hash; all zero for a stream without events.</param>
internal readonly record struct StreamHead(long Version, EventHash Hash);

/// <summary>An event to be appended.</summary>
/// <param name="Name">Its stored name with version.</param>
/// <param name="Json">Its content, UTF-8.</param>
/// <param name="Hash">Its place in the hash chain, from <see cref="EventHash.Next"/>.</param>
internal readonly record struct NewEvent(string Name, ReadOnlyMemory<byte> Json, EventHash Hash);

/// <summary>The events of one decision; they are stored together or not at all.</summary>
/// <param name="Stream">The stream; a name without U+0000, which PostgreSQL's text cannot hold.</param>
/// <param name="ExpectedVersion">The stream's version that the decision saw.</param>
/// <param name="Command">The command; the events' ordinals are 0, 1, 2…</param>
/// <param name="At">The time that the events carry. One that is further than <see cref="ClockToleranceMax"/> from the store's own clock is
/// refused.</param>
/// <param name="Events">One to 1,000 events; their versions follow the expected one.</param>
/// <param name="NextDue">When the stream next wants to be looked at, or null.</param>
internal sealed record Append(
    string Stream,
    long ExpectedVersion,
    CommandId Command,
    DateTimeOffset At,
    IReadOnlyList<NewEvent> Events,
    DateTimeOffset? NextDue)
{
    /// <summary>How far the time of an append may be from the store's clock, in either direction.</summary>
    public static readonly TimeSpan ClockToleranceMax = TimeSpan.FromMinutes(5);

    /// <summary>The most events of one append.</summary>
    public const int EventsMax = 1000;

    /// <summary>Keys by which the stream is to be found from now on; most appends have none. One that the stream has already is no
    /// fault.</summary>
    public IReadOnlyList<IndexKey> Keys { get; init; } = [];
    /// <summary>The stream.</summary>
    public string Stream { get; } = !Stream.Contains('\0', StringComparison.Ordinal)
        ? Stream
        : throw new ArgumentException("a stream's name has no U+0000", nameof(Stream));

    /// <summary>The events, at least one and at most <see cref="EventsMax"/>.</summary>
    public IReadOnlyList<NewEvent> Events { get; } = Events.Count is > 0 and <= EventsMax
        ? Events
        : throw new ArgumentOutOfRangeException(nameof(Events), Events.Count, "an append has 1 to 1,000 events");
}

/// <summary>A stream's state at a version. A cache: deleting every snapshot is legal, and only slow.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Shape">The number of the state's shape; a snapshot of another shape is not read.</param>
/// <param name="Head">The last event that the state holds.</param>
/// <param name="Json">The state, UTF-8.</param>
internal sealed record Snapshot(string Stream, int Shape, StreamHead Head, ReadOnlyMemory<byte> Json);

/// <summary>What it takes to rebuild a stream's state.</summary>
/// <param name="Snapshot">The newest snapshot of the asked shape, if there is one.</param>
/// <param name="Events">
/// With a snapshot the events from the snapshot's own version on, so that a reader sees whether the snapshot's head is the hash of the
/// event at that version; without one all events from the first on. At most <see cref="EventsMax"/>: if there are as many, read on with
/// <see cref="IFeed.ReadStream"/>.
/// </param>
internal readonly record struct StreamHistory(Snapshot? Snapshot, IReadOnlyList<StoredEvent> Events)
{
    /// <summary>The most events of one answer.</summary>
    public const int EventsMax = 1000;
}

/// <summary>A stream that wants to be looked at.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Due">Since when.</param>
internal readonly record struct DueStream(string Stream, DateTimeOffset Due);

/// <summary>
/// The append-only log.
/// <list type="number">
/// <item>An append at the stream's version stores all its events, on stable storage, before it answers.</item>
/// <item>An append at another version, lower or higher, stores nothing and answers <see cref="AppendOutcome.Conflict"/>.</item>
/// <item>An append of a command that the stream already has stores nothing and answers
/// <see cref="AppendOutcome.AlreadyAppended"/>, whatever version it expects.</item>
/// <item>Appends of different streams that are under way together may share one commit; the failure of one is its own.</item>
/// <item>Of racing appends at one version exactly one is appended.</item>
/// <item>A stream is read in version order, from any version, without holes.</item>
/// <item>The feed returns every event once, in an order in which a reader that resumes after its last cursor misses nothing;
/// events of one stream are in version order.</item>
/// <item>A snapshot is returned only for its shape, with the events from its own version on, in pages.</item>
/// <item>A stream that was given a due time is returned by <see cref="ReadDue"/> from then on, until <see cref="SetDue"/>
/// changes it. A store may round the time up, by less than a minute. A stream may be returned although nothing is due any more; a
/// due time is never forgotten, and an append without one forgets none.</item>
/// <item>What was read or appended before a restart is there after it (not in memory, which has no restart).</item>
/// <item>An exception from <see cref="Append"/> means that nothing was stored.</item>
/// <item>Cursors ascend along the feed (<see cref="FeedCursor.IsAfter"/>), and <see cref="IFeed.FindEnd"/> is the last of them.</item>
/// <item>What <see cref="IFeed.NextAppend"/> returned before an append ends soon after the append was answered. Where a single writer
/// makes commit order plain, the feed has the events by then; where the feed waits for older transactions, a reader may have to look
/// once more. Where the log is shared, so do the tasks of other nodes, unless they are cut off from the signal.</item>
/// <item>After an append was answered, <see cref="HasCommands"/> finds its command, on every node; it finds no other.</item>
/// <item>An append whose time is too far from the store's clock stores nothing and ends with a <see cref="ClockException"/>.</item>
/// <item>Of several values that are offered for a property the first one stays, and everybody gets that one.</item>
/// <item>The keys of an append are stored with its events or not at all, and <see cref="IFeed.FindStreams"/> finds the stream by each of
/// them once the append was answered, on every node.</item>
/// <item><see cref="ReadWaiting"/> returns every stream that has a due time, whenever that is, in pages; the next page begins behind the
/// last row of the one before. A stream may be returned more than once.</item>
/// </list>
/// </summary>
internal interface IEventStore : IFeed
{
    /// <summary>
    /// Whether other processes may append to the log. Then what a process remembers of a stream may be behind, and it says nothing from
    /// memory alone that an append elsewhere could have made untrue.
    /// </summary>
    bool IsShared { get; }

    /// <summary>The log's own clock, against which <see cref="IFeed.CheckTime"/> holds times: that of the database server, or of this
    /// machine.</summary>
    LogTime Time { get; }

    /// <summary>Appends the events of one decision.</summary>
    /// <exception cref="ClockException">Nothing was stored: the append's time is too far from the store's clock.</exception>
    /// <exception cref="StoreUnavailableException">Nothing was stored, and the store cannot take appends now.</exception>
    ValueTask<AppendOutcome> Append(Append append);

    /// <summary>Whether a stream has events of any of these commands: one look into the unique index for each command.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="commands">The commands, at most 100.</param>
    /// <param name="cancellation">Stops the read.</param>
    /// <exception cref="StoreUnavailableException">It cannot be read.</exception>
    ValueTask<bool> HasCommands(string stream, IReadOnlyList<CommandId> commands, CancellationToken cancellation);

    /// <summary>
    /// Keeps a property of the whole log, unless it has a value already, and returns the value that the log has. Durable before it
    /// returns; a value is never changed or removed.
    /// </summary>
    /// <param name="name">The property's name.</param>
    /// <param name="value">What it is, if the log does not say otherwise.</param>
    /// <param name="cancellation">Stops it; then the value may have been kept or not.</param>
    /// <exception cref="StoreUnavailableException">Nobody can say whether it was kept; it may be asked again.</exception>
    ValueTask<string> GetOrAddProperty(string name, string value, CancellationToken cancellation);

    /// <summary>
    /// Reads what it takes to rebuild a stream's state, in one round trip, as it is stored: the reader checks the hash chain.
    /// </summary>
    /// <exception cref="StoreUnavailableException">It cannot be read.</exception>
    /// <param name="stream">The stream.</param>
    /// <param name="snapshotShape">The state's shape.</param>
    /// <param name="cancellation">Stops the read.</param>
    ValueTask<StreamHistory> Load(string stream, int snapshotShape, CancellationToken cancellation);

    /// <summary>
    /// Keeps a snapshot in place of the stream's older one; one of the same shape and a lower version changes nothing, and neither
    /// does one of a stream without events. May be lost.
    /// </summary>
    ValueTask WriteSnapshot(Snapshot snapshot, CancellationToken cancellation);

    /// <summary>Streams whose due time has come, longest due first.</summary>
    /// <param name="now">The time to decide by.</param>
    /// <param name="max">The most streams to return.</param>
    /// <param name="cancellation">Stops the read.</param>
    ValueTask<IReadOnlyList<DueStream>> ReadDue(DateTimeOffset now, int max, CancellationToken cancellation);

    /// <summary>Streams that have a due time, also one that is still to come, in the order of that time. Every user with a live session is
    /// among them.</summary>
    /// <param name="after">The last row that the reader has; null for the first page.</param>
    /// <param name="max">The most rows to return; fewer only at the end.</param>
    /// <param name="cancellation">Stops the read.</param>
    ValueTask<IReadOnlyList<DueStream>> ReadWaiting(DueStream? after, int max, CancellationToken cancellation);

    /// <summary>Replaces a due time that has been looked after.</summary>
    /// <param name="handled">What <see cref="ReadDue"/> returned.</param>
    /// <param name="nextDue">The stream's next due time, or null.</param>
    /// <param name="cancellation">Stops the write.</param>
    ValueTask SetDue(DueStream handled, DateTimeOffset? nextDue, CancellationToken cancellation);

    /// <summary>Returns when the store can take appends and be read, and this process's clock agrees with the store's.</summary>
    /// <exception cref="StoreUnavailableException">It cannot; the message says why and what to do.</exception>
    ValueTask CheckHealth(CancellationToken cancellation);
}

/// <summary>
/// The store cannot do its work now. Thrown by a store, what was asked has definitely not been done; thrown by a grain whose commit has
/// an unknown outcome, nobody can say yet. Either way the caller may repeat.
/// </summary>
public class StoreUnavailableException : Exception
{
    /// <summary>Creates it without a text.</summary>
    public StoreUnavailableException()
    {
    }

    /// <summary>Creates it.</summary>
    /// <param name="message">What is wrong and what the operator can do.</param>
    public StoreUnavailableException(string message)
        : base(message)
    {
    }

    /// <summary>Creates it with its cause.</summary>
    /// <param name="message">What is wrong and what the operator can do.</param>
    /// <param name="innerException">The cause.</param>
    public StoreUnavailableException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}

/// <summary>A clock is wrong: the time of an append is too far from the store's own clock. Nothing was stored.</summary>
/// <param name="message">Which clock is off by how much, and what the operator can do.</param>
public sealed class ClockException(string message) : StoreUnavailableException(message);
