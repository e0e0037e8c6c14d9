using System.Collections.Immutable;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Users;
using BenchmarkDotNet.Attributes;

namespace BankEzy.Sessions.Benchmarks.Micro;

/// <summary>What the gate adds to an introspection: its state is fetched, and the user's live session is compared with every incident that
/// has closed it.</summary>
public class GateBenchmarks
{
    private const int Devices = 10_000;
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly DeviceId Device = DeviceId.Of("anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb");

    private readonly ProgramGate gate = new(2001, new MemoryEventStore(TimeProvider.System), TimeProvider.System);
    private readonly GateState few = Closed(8);
    private readonly GateState most = Closed(GateState.IncidentsMax);
    private UserState state = UserState.Initial;

    [GlobalSetup]
    public void Prepare()
    {
        var start = new StartSession(
            Now, new SessionId(new Guid(1, 0, 0, new byte[8])), Device, Mode.Pin, Now.AddHours(6), "12345678901234567890");
        state = UserDecider.Decide(UserState.Initial, start, SessionPolicy.Default).Events
            .Aggregate(UserState.Initial, UserEvolution.Evolve);
    }

    [Benchmark(Description = "the gate for an introspection, no incident")]
    public ValueTask<bool> Open() => Ask(known: null);

    [Benchmark(Description = "the same, 8 incidents that end other devices and older sessions")]
    public ValueTask<bool> Few() => Ask(few);

    [Benchmark(Description = "the same, 64 such incidents: as many as are kept")]
    public ValueTask<bool> Most() => Ask(most);

    private async ValueTask<bool> Ask(GateState? known)
    {
        var current = await gate.Current();
        return GateRules.Decide(state, known ?? current, Now).Outcome;
    }

    // By turns of a list of devices, and of what started before a day.
    private static GateState Closed(int incidents)
    {
        ImmutableArray<UInt128> devices = [.. Enumerable.Range(1, Devices).Select(number => (UInt128)number << 96)];
        var closed = Enumerable.Range(1, incidents).Select(number =>
        {
            var id = new Guid(number, 0, 0, new byte[8]);
            var filter = number % 2 == 0 ? new IncidentFilter(Now.AddDays(-1), null, []) : new IncidentFilter(null, null, devices);
            return new Incident(id, new GateActor("operators", null), Now, filter, "fraud", null, null, IncidentPhase.Running)
            {
                Closed = new GateClosed(Now, id, "operators", 1), ClosedVersion = number,
            };
        }).ToImmutableArray();
        return GateState.Initial with { Version = incidents, Incidents = closed, Closed = closed };
    }
}
