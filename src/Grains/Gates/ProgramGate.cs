// One program's gate as this process knows it. Where other processes share the log, it is a lease: what was read may be used for half a
// second from the moment at which the read began, and then it is read again. So nobody has to tell a silo that a gate has closed, and
// nobody has to wait for a silo that does not answer: docs/decisions/0043-the-gate.md.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Gates;

/// <summary>A gate in memory. Thread-safe.</summary>
/// <param name="program">PROGRAM_ID.</param>
/// <param name="store">The log.</param>
/// <param name="elapsed">The clock of the lease, which nobody sets.</param>
internal sealed class ProgramGate(int program, IEventStore store, TimeProvider elapsed)
{
    /// <summary>How long a read may be used, from its beginning.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMilliseconds(500);

    private const int PageMax = 1_000;
    private static readonly TimeSpan Renewal = Lease / 2;

    private readonly Lock _gate = new();
    private volatile Confirmed? _last;
    private Task<Confirmed>? _reading;

    // The state, and when the read that confirmed it began.
    private sealed record Confirmed(GateState State, StreamHead Head, long ReadAt);

    /// <summary>The stream.</summary>
    public string Stream { get; } = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"gate-{program}");

    /// <summary>The state by which something may be decided now.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be read within the lease.</exception>
    public ValueTask<GateState> Current()
    {
        if (_last is not { } last)
        {
            return Wait();
        }

        if (!store.IsShared)
        {
            return new(last.State); // Whatever is appended to it, this process appends (ProgramGates).
        }

        var age = elapsed.GetElapsedTime(last.ReadAt);
        if (age <= Renewal)
        {
            return new(last.State);
        }

        if (age > Lease)
        {
            return Wait();
        }

        _ = Renew(); // Behind the answer, so that under load nobody waits. It fails where it is waited for.
        return new(last.State);
    }

    /// <summary>The state by a read that begins now, and the head of the stream.</summary>
    public async ValueTask<(GateState State, StreamHead Head)> Read()
    {
        var asked = elapsed.GetTimestamp();
        Confirmed last;
        do
        {
            last = await Renew(); // One that was under way began before.
        }
        while (last.ReadAt < asked);
        return (last.State, last.Head);
    }

    private async ValueTask<GateState> Wait()
    {
        var last = await Renew();
        if (store.IsShared && elapsed.GetElapsedTime(last.ReadAt) > Lease)
        {
            last = await Renew(); // The first one was under way for long.
        }

        return !store.IsShared || elapsed.GetElapsedTime(last.ReadAt) <= Lease
            ? last.State
            : throw new StoreUnavailableException(
                $"The gate of program {program} could not be read within {Lease.TotalMilliseconds} ms. Until it can, no session of the "
                + "program is accepted. Look at the database and the network.");
    }

    // At most one read at a time: what asks meanwhile waits for it.
    private Task<Confirmed> Renew()
    {
        lock (_gate)
        {
            if (_reading is null || _reading.IsCompleted)
            {
                _reading = ReadTail(_last);
                _ = _reading.ContinueWith(
                    static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted,
                    TaskScheduler.Default); // Nobody may be waiting for it.
            }

            return _reading;
        }
    }

    private async Task<Confirmed> ReadTail(Confirmed? last)
    {
        await Task.Yield(); // Not inside the lock.
        var readAt = elapsed.GetTimestamp();
        var (state, head) = last is null ? (GateState.Initial, default) : (last.State, last.Head);
        IReadOnlyList<StoredEvent> page;
        do
        {
            page = await store.ReadStream(Stream, head.Version, PageMax, CancellationToken.None);
            foreach (var stored in page)
            {
                (state, head) = (After(state, head, stored), new StreamHead(stored.Version, stored.Hash));
            }
        }
        while (page.Count == PageMax);
        return _last = new Confirmed(state, head, readAt);
    }

    private GateState After(GateState state, StreamHead head, StoredEvent stored) =>
        ChainCheck.Follows(stored, Stream, head.Version + 1, head.Hash)
            ? GateEvolution.Evolve(state, GateEventCodec.Decode(stored.Name, stored.Json.Span))
            : throw new StoreUnavailableException(
                $"The log is damaged at {stored.Cursor}, where version {head.Version + 1} of {Stream} should be: its hash chain breaks "
                + $"there. No session of program {program} is accepted. Keep a copy of the log, run "
                + "'sessions verify' and restore the log from a backup.");
}
