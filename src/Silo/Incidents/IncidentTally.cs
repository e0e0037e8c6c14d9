// How many sessions an incident has ended, by the log: of the job's calls and of the users' own requests, however often the job was begun
// again.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Silo.Incidents;

/// <summary>Counts ends in the feed, from the event that closed the gate on.</summary>
internal sealed class IncidentTally
{
    private const int PageMax = 5_000;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly IEventStore _store;
    private readonly string _gate;
    private readonly string _incident;
    private FeedCursor _after;
    private long _gateVersion;

    private IncidentTally(IEventStore store, string gate, string incident, FeedCursor after) =>
        (_store, _gate, _incident, _after) = (store, gate, incident, after);

    /// <summary>The sessions that have ended so far.</summary>
    public long Ended { get; private set; }

    /// <summary>Begins behind the event that closed the gate.</summary>
    /// <param name="store">The log.</param>
    /// <param name="gate">The gate's stream.</param>
    /// <param name="incident">The incident.</param>
    /// <param name="cancellation">Stops the read.</param>
    public static async Task<IncidentTally> Begin(IEventStore store, string gate, Incident incident, CancellationToken cancellation)
    {
        var closed = (await store.ReadStream(gate, incident.ClosedVersion - 1, 1, cancellation))[0];
        return new IncidentTally(store, gate, incident.Id.ToString(), closed.Cursor);
    }

    /// <summary>Reads to the end of the feed as it is now.</summary>
    public async Task ReadOn(CancellationToken cancellation)
    {
        while (await Read(cancellation) == PageMax)
        {
        }
    }

    /// <summary>Reads until an event of the gate has come; then everything that was appended before it has come as well.</summary>
    public async Task ReadUpTo(long gateVersion, CancellationToken cancellation)
    {
        while (_gateVersion < gateVersion)
        {
            if (await Read(cancellation) == 0)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellation); // The feed waits for appends that are under way.
            }
        }
    }

    // A damaged event counts for nothing: its user's own reads report it, and a number must not stop the others' events.
    private int EndedBy(StoredEvent stored)
    {
        try
        {
            return UserEventCodec.Decode(stored.Name, stored.Json.Span) is SignedOutOnBehalf ended && ended.Cause.Incident == _incident
                ? ended.Sessions.Length
                : 0;
        }
        catch (InvalidDataException)
        {
            return 0;
        }
    }

    private async Task<int> Read(CancellationToken cancellation)
    {
        var page = await _store.ReadFeed(_after, PageMax, cancellation);
        foreach (var stored in page)
        {
            if (stored.Stream == _gate)
            {
                _gateVersion = stored.Version;
            }
            else if (stored.Name == UserEventCodec.SignedOutOnBehalfName)
            {
                Ended += EndedBy(stored);
            }

            _after = stored.Cursor;
        }

        return page.Count;
    }
}
