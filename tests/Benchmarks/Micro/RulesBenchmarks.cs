using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Users;
using BenchmarkDotNet.Attributes;

namespace BankEzy.Sessions.Benchmarks.Micro;

/// <summary>Decisions, events and state of one user.</summary>
public class RulesBenchmarks
{
    private const string Account = "12345678901234567890";
    private const string Stream = "user-2001-0123456789abcdef0123456789abcdef";
    private const int Past = 1_000; // events
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly DeviceId Device = DeviceId.Of("anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb");

    private UserState state = UserState.Initial;
    private SignOut command = null!;
    private readonly UserSnapshots snapshots = new(new byte[32]);
    private UserEvent signedOut = null!;
    private byte[] json = [];
    private string name = "";
    private Snapshot snapshot = null!;
    private (string Name, byte[] Json)[] past = [];

    [GlobalSetup]
    public void Prepare()
    {
        var session = SessionOf(0);
        var start = new StartSession(Now, session, Device, Mode.Pin, Now.AddHours(6), Account);
        state = UserDecider.Decide(UserState.Initial, start, SessionPolicy.Default).Events
            .Aggregate(UserState.Initial, UserEvolution.Evolve);
        command = new SignOut(Now, session, Mode.Pin, Device, Now, Now.AddHours(6), Account);
        signedOut = UserDecider.Decide(state, command, SessionPolicy.Default, wasLive: false).Events[0];
        (name, json) = (UserEventCodec.NameOf(signedOut), UserEventCodec.Encode(signedOut));
        snapshot = snapshots.Seal(Stream, new StreamHead(state.Version, default), state);
        past = [.. MakePast()];
    }

    [Benchmark(Description = "decide and evolve a sign-out")]
    public long DecideAndEvolve() => UserDecider.Decide(state, command, SessionPolicy.Default, wasLive: false).Events
        .Aggregate(state, UserEvolution.Evolve).Version;

    [Benchmark(Description = "encode an event")]
    public byte[] Encode() => UserEventCodec.Encode(signedOut);

    [Benchmark(Description = "decode an event")]
    public bool Decode() => UserEventCodec.Decode(name, json) is not null;

    [Benchmark(Description = "replay 1,000 events, from bytes to state")]
    public long Replay()
    {
        var replayed = UserState.Initial;
        foreach (var (stored, content) in past)
        {
            replayed = UserEvolution.Evolve(replayed, UserEventCodec.Decode(stored, content));
        }

        return replayed.Version;
    }

    [Benchmark(Description = "read a snapshot")]
    public bool ReadSnapshot() => snapshots.Open(snapshot) is not null;

    private static IEnumerable<(string Name, byte[] Json)> MakePast()
    {
        var grown = UserState.Initial;
        for (var number = 1; number <= Past / 2; number++)
        {
            var at = Now.AddHours(number - Past);
            var start = new StartSession(at, SessionOf(number), Device, Mode.Pin, at.AddMinutes(30), Account);
            var started = UserDecider.Decide(grown, start, SessionPolicy.Default).Events;
            grown = started.Aggregate(grown, UserEvolution.Evolve);
            var signOut = new SignOut(at.AddMinutes(10), start.Session, Mode.Pin, Device, at, at.AddMinutes(30), Account);
            var ended = UserDecider.Decide(grown, signOut, SessionPolicy.Default, wasLive: false).Events;
            grown = ended.Aggregate(grown, UserEvolution.Evolve);
            foreach (var one in started.AddRange(ended))
            {
                yield return (UserEventCodec.NameOf(one), UserEventCodec.Encode(one));
            }
        }
    }

    private static SessionId SessionOf(int number) => new(new Guid(number, 0, 0, new byte[8]));
}
