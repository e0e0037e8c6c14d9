// The lease: what was read may be used for half a second from the beginning of the read, on whatever silo, and not longer.
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Gates;

public sealed class ProgramGateTests
{
    private const int Program = 2001;
    private static readonly Guid Id = new(7, 0, 0, new byte[8]);

    private readonly FakeTime _time = new();
    private readonly MemoryEventStore _log;
    private readonly FaultyStore _store;
    private readonly ProgramGate _gate;
    private int _reads;

    public ProgramGateTests()
    {
        _log = new MemoryEventStore(_time);
        _store = new FaultyStore(_log) { IsShared = true, BeforeReadStream = () => Interlocked.Increment(ref _reads) };
        _gate = new ProgramGate(Program, _store, _time);
    }

    [Fact]
    public async Task What_was_read_is_used_for_half_a_second_at_most()
    {
        Assert.Equal(0, (await _gate.Current()).Version);
        await Plan();
        _time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Equal(0, (await _gate.Current()).Version);
        Assert.Equal(1, _reads);
        _time.Advance(TimeSpan.FromMilliseconds(251));
        Assert.Equal(1, (await _gate.Current()).Version);
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task Under_load_it_is_read_again_behind_the_answers()
    {
        await _gate.Current();
        await Plan();
        _time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(0, (await _gate.Current()).Version);
        await Wait.Until(async () => (await _gate.Current()).Version == 1, () => "It was not read.");
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task A_read_counts_from_its_beginning_and_one_that_takes_longer_than_the_lease_is_none()
    {
        _store.BeforeReadStream = () =>
        {
            Interlocked.Increment(ref _reads);
            _time.Advance(TimeSpan.FromMilliseconds(501));
        };
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _gate.Current());
        Assert.Contains("within 500 ms", e.Message, StringComparison.Ordinal);
        Assert.Equal(2, _reads);
    }

    [Fact]
    public async Task A_gate_that_cannot_be_read_lets_nobody_through()
    {
        await _gate.Current();
        _store.IsDown = true;
        _time.Advance(TimeSpan.FromMilliseconds(501));
        await Assert.ThrowsAsync<StoreUnavailableException>(async () => await _gate.Current());
        _store.IsDown = false;
        Assert.Equal(0, (await _gate.Current()).Version);
    }

    [Fact]
    public async Task A_log_of_one_process_is_read_once_and_knows_its_own_appends_at_once()
    {
        var gates = new ProgramGates(new FaultyStore(_log), _time);
        Assert.Equal(0, (await gates.Of(Program).Current()).Version);
        var reply = await gates.Execute(Program, Command);
        Assert.Equal((GateOutcome.Done, 1), (reply.Outcome, reply.Version));
        Assert.Equal(1, (await gates.Of(Program).Current()).Version);
        _time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, (await gates.Of(Program).Current()).Version);
    }

    [Fact]
    public async Task Damage_of_a_gate_is_an_error_that_names_its_stream()
    {
        await Plan();
        var store = new FaultyStore(_log) { Changed = stored => stored with { Json = "{}"u8.ToArray() } };
        var e = await Assert.ThrowsAsync<StoreUnavailableException>(
            async () => await new ProgramGate(Program, store, _time).Current());
        Assert.Contains("gate-2001", e.Message, StringComparison.Ordinal);
    }

    private PlanIncident Command =>
        new(_time.GetUtcNow(), Id, new GateActor("planner", null), new IncidentFilter(null, null, []), "leak", null);

    private async Task Plan() =>
        Assert.Equal(GateOutcome.Done, (await new ProgramGates(new FaultyStore(_log), _time).Execute(Program, Command)).Outcome);
}
