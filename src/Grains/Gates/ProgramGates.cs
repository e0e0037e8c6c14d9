// The gates of all programs on this process: users' grains decide by them, and operators change them.
using System.Collections.Concurrent;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Gates;

/// <summary>Keeps the gates and appends to them.</summary>
/// <param name="store">The log.</param>
/// <param name="elapsed">A clock that nobody sets.</param>
internal sealed class ProgramGates(IEventStore store, TimeProvider elapsed) : IGates
{
    private const int ConflictsMax = 16;

    // Timers may fire a little early, and clocks of machines run a little differently.
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentDictionary<int, ProgramGate> _gates = new();

    /// <summary>The gate of a program.</summary>
    public ProgramGate Of(int program) => _gates.GetOrAdd(
        program, static (program, of) => new ProgramGate(program, of.Store, of.Elapsed), (Store: store, Elapsed: elapsed));

    /// <inheritdoc/>
    public async ValueTask<GateView> View(int program) => GateViews.Of((await Of(program).Read()).State);

    /// <inheritdoc/>
    public async ValueTask<GateReply> Execute(int program, GateCommand command)
    {
        store.CheckTime(command.At);
        var reply = await Append(Of(program), command);
        if (command is RunIncident or SetAppVersionLock && reply.Outcome is GateOutcome.Done or GateOutcome.Unchanged)
        {
            await UntilEverySiloKnows();
        }

        return reply;
    }

    /// <summary>Returns when no process decides by what it read before this call.</summary>
    public Task UntilEverySiloKnows() => store.IsShared ? Task.Delay(ProgramGate.Lease + Margin, elapsed) : Task.CompletedTask;

    private async ValueTask<GateReply> Append(ProgramGate gate, GateCommand command)
    {
        for (var tries = 0; tries < ConflictsMax; tries++)
        {
            var (state, head) = await gate.Read();
            var decision = GateDecider.Decide(state, command);
            if (decision.Events.IsEmpty)
            {
                return new GateReply(decision.Outcome, state.Version);
            }

            var append = head.Next(
                gate.Stream, decision.Command, command.At, decision.Events.AsSpan(),
                static happened => (GateEventCodec.NameOf(happened), GateEventCodec.Encode(happened)));
            var outcome = await store.Append(append);
            if (outcome == AppendOutcome.Appended
                || (outcome == AppendOutcome.Unknown && await store.IsStored(append, CancellationToken.None)))
            {
                return new GateReply(decision.Outcome, (await gate.Read()).State.Version); // This process decides by it from here on.
            }

            if (outcome == AppendOutcome.AlreadyAppended && (await gate.Read()).Head == head)
            {
                // The log has this request, and the state does not show it: a released lock, or an incident of long ago.
                return new GateReply(command is SetAppVersionLock ? GateOutcome.Unchanged : GateOutcome.IdReused, head.Version);
            }
        }

        throw new StoreUnavailableException("Others write to the gate of this program faster than this node can. Try again.");
    }
}
