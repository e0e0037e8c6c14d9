// Logs with a past: real events with their hash chain, appended through the service's own stores before the service starts.
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Processes;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.EventStore.Sqlite;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Benchmarks.Logs;

/// <summary>Fills the log of a service that is not running.</summary>
internal static class MadeUpLog
{
    private const int Together = 4_000;

    /// <summary>A user's session starts and is signed out: two events a user.</summary>
    public static async Task Fill(Service service, MadeUpUsers users)
    {
        using var store = Open(service);
        for (var first = 0; first < users.Count; first += Together)
        {
            var some = Enumerable.Range(first, Math.Min(Together, users.Count - first));
            await Append(store.Value, some.Select(index => Adoption(users, index)));
        }
    }

    /// <summary>Users who signed in and out many times, once an hour, the last time two days ago.</summary>
    public static async Task FillPast(Service service, MadeUpUsers users, int sessions)
    {
        using var store = Open(service);
        var histories = Enumerable.Range(0, users.Count).Select(index => Past(users, index, sessions).ToList()).ToList();
        for (var part = 0; part < histories.Max(history => history.Count); part++)
        {
            await Append(store.Value, histories.Where(history => part < history.Count).Select(history => history[part]));
        }
    }

    /// <summary>Opens the log in this process.</summary>
    public static OpenStore Open(Service service)
    {
        if (service.ConnectionString is { } connection)
        {
            var postgres = PostgresEventStore.Open(
                new PostgresOptions { ConnectionString = connection }, NullLogger<PostgresEventStore>.Instance);
            return new OpenStore(postgres, postgres);
        }

        var sqlite = SqliteEventStore.Open(new SqliteOptions { Path = service.LogFile }, NullLogger<SqliteEventStore>.Instance);
        return new OpenStore(sqlite, sqlite);
    }

    private static async Task Append(IEventStore store, IEnumerable<Append> appends)
    {
        var outcomes = await Task.WhenAll(appends.Select(append => store.Append(append).AsTask()));
        if (outcomes.Any(outcome => outcome != AppendOutcome.Appended))
        {
            throw new BenchmarkException("A log could not be filled.");
        }
    }

    private static Append Adoption(MadeUpUsers users, int index)
    {
        var (stream, session) = (users.StreamOf(index), users.Session(index));
        var signOut = new SignOut(
            users.IssuedAt, session, Mode.Pin, users.Device(index), users.IssuedAt, users.ExpiresAt, users.Account(index));
        var decision = UserDecider.Decide(UserState.Initial, signOut, SessionPolicy.Default, wasLive: false);
        return Compose(users, stream, default, decision.Command, decision.Events) with
        {
            Keys = UserIndex.KeysOf(UserState.Initial, decision.Events, users.SearchKeys),
        };
    }

    // Many sessions in one append: their number is what is measured, not how they came there.
    private static IEnumerable<Append> Past(MadeUpUsers users, int index, int sessions)
    {
        const int SessionsOfAnAppend = 400;
        var (stream, account, device, policy) = (users.StreamOf(index), users.Account(index), users.Device(index), SessionPolicy.Default);
        var (state, head) = (UserState.Initial, default(StreamHead));
        foreach (var some in Enumerable.Range(0, sessions).Chunk(SessionsOfAnAppend))
        {
            var events = new List<UserEvent>();
            foreach (var number in some)
            {
                var at = users.IssuedAt.AddHours(number - sessions - 48);
                var session = users.Session(index, device: 100 + number);
                var start = new StartSession(at, session, device, Mode.Pin, at.AddMinutes(30), account);
                Apply(UserDecider.Decide(state, start, policy).Events);
                var signOut = new SignOut(at.AddMinutes(10), session, Mode.Pin, device, at, at.AddMinutes(30), account);
                Apply(UserDecider.Decide(state, signOut, policy, wasLive: false).Events);
            }

            var append = Compose(users, stream, head, CommandId.Start(users.Session(index, device: 100 + some[0])), events);
            head = new StreamHead(head.Version + append.Events.Count, append.Events[^1].Hash);
            yield return append;

            void Apply(IReadOnlyList<UserEvent> happened)
            {
                events.AddRange(happened);
                state = happened.Aggregate(state, UserEvolution.Evolve);
            }
        }
    }

    private static Append Compose(
        MadeUpUsers users, string stream, StreamHead head, CommandId command, IReadOnlyList<UserEvent> happened)
    {
        var hash = head.Hash;
        var events = new NewEvent[happened.Count];
        for (var i = 0; i < happened.Count; i++)
        {
            var (name, json) = (UserEventCodec.NameOf(happened[i]), UserEventCodec.Encode(happened[i]));
            hash = hash.Next(stream, head.Version + 1 + i, command, i, name, json);
            events[i] = new NewEvent(name, json, hash);
        }

        return new Append(stream, head.Version, command, TimeProvider.System.GetUtcNow(), events, NextDue: null);
    }
}

/// <summary>A store that is closed in the end.</summary>
internal sealed class OpenStore(IEventStore store, IDisposable closes) : IDisposable
{
    public IEventStore Value => store;

    public void Dispose() => closes.Dispose();
}
