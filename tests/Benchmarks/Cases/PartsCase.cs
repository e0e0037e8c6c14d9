// The steps of a logout one by one, in this process and without a network: which of them is worth making faster?
using System.Buffers.Text;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Logout;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Benchmarks.Reporting;
using BankEzy.Sessions.Silo.Engine;
using BankEzy.Sessions.Silo.Store;
using BankEzy.Sessions.Store;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Benchmarks.Cases;

/// <summary>Measures the steps.</summary>
internal sealed class PartsCase : IProgramPolicies
{
    private const int Tokens = 512; // different ones, so that no step sees only one
    private static readonly DeviceId Device = DeviceId.Of("anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb");

    private readonly DateTimeOffset now = TimeProvider.System.GetUtcNow();
    private readonly List<Part> parts = [];

    public SessionPolicy For(int program) => SessionPolicy.Default;

    public static async Task Run(Bench bench, Report report)
    {
        var steps = new PartsCase();
        await steps.FrontEnd();
        await steps.Rules();
        await steps.Engine();
        await steps.Store(bench);
        report.Section("Where the time goes, step by step", """
            Each step alone, in the benchmark's process: median of several series, microseconds for one. Time on the clock is more than
            processor time where the disk is waited for.
            """);
        report.Table(["step", "µs", "µs of processor", "bytes allocated"], steps.parts.Select(part => (string[])[
            part.Name,
            Statistics.Text(part.Microseconds, "0.00"), Statistics.Text(part.Processor, "0.00"), Statistics.Text(part.Bytes, "N0")]));
    }

    private async Task Add(string name, int calls, Func<int, ValueTask> step, int each = 1)
    {
        parts.Add(await Series.Measure(name, calls, step, each));
        Console.WriteLine($"  {name,-48} {parts[^1].Microseconds,8:0.00} µs");
    }

    private async Task FrontEnd()
    {
        var secrets = Secrets.Make();
        var users = new MadeUpUsers(secrets, first: 0, Tokens, now);
        _ = TokenKeys.TryParse([Base64Url.EncodeToString(secrets.TokenKey)], out var keys, out _);
        var tokens = Enumerable.Range(0, Tokens).Select(users.LoginTokenBytes).ToArray();
        var bodies = Enumerable.Range(0, Tokens).Select(users.LogoutBodyBytes).ToArray();
        await Add($"open a login token ({tokens[0].Length} bytes)", 20_000, index =>
        {
            Expect(TokenReader.Read(keys!, tokens[index % Tokens], out _) == TokenFault.None);
            return ValueTask.CompletedTask;
        });
        await Add($"read the body ({bodies[0].Length} bytes)", 20_000, index =>
        {
            Expect(LogoutBody.Read(bodies[index % Tokens], out _) == RefusalCode.None);
            return ValueTask.CompletedTask;
        });
        await Add("read the body and open its app token", 20_000, index =>
        {
            Expect(LogoutBody.Read(bodies[index % Tokens], out var body) == RefusalCode.None);
            Expect(TokenReader.Read(keys!, body.TokenIn(bodies[index % Tokens]), out _) == TokenFault.None);
            return ValueTask.CompletedTask;
        });
    }

    private async Task Rules()
    {
        var (session, policy) = (SessionOf(1), SessionPolicy.Default);
        var start = UserDecider.Decide(UserState.Initial, Start(session), policy);
        var state = start.Events.Aggregate(UserState.Initial, UserDecider.Evolve);
        var command = SignOut(session);
        var fact = UserDecider.Decide(state, command, policy, wasLive: false).Events[0];
        var commandId = CommandId.SignOutSession(session);
        var hash = default(EventHash).Next(Stream(1), 1, commandId, 0, "session-started.v1", UserEventCodec.Encode(start.Events[0]));
        await Add("decide and evolve", 100_000, _ =>
        {
            var decision = UserDecider.Decide(state, command, policy, wasLive: false);
            Expect(!decision.Events.Aggregate(state, UserDecider.Evolve).Sessions[0].IsLive);
            return ValueTask.CompletedTask;
        });
        await Add("encode and hash", 50_000, _ =>
        {
            Expect(hash.Next(Stream(1), 2, commandId, 0, UserEventCodec.NameOf(fact), UserEventCodec.Encode(fact)) != hash);
            return ValueTask.CompletedTask;
        });
    }

    private async Task Engine()
    {
        const int Users = 2_000;
        await using var idle = new EmbeddedEngine(new EngineOptions(), TimeProvider.System)
            .Add<IUserGrain>(static () => new IdleGrain(), static (kind, key) => new UserGrainProxy(kind, key));
        var inspect = new Inspect(now, SessionOf(1), TokenIssuedAt: null);
        await Add("call of a resident grain that does nothing", 100_000, async index =>
            await idle.GetGrain<IUserGrain>(Stream(index % Users)).Inspect(inspect));

        var store = new MemoryStore();
        await using var engine = new EmbeddedEngine(new EngineOptions(), TimeProvider.System).Add<IUserGrain>(
            () => new UserGrain(store, this, TimeProvider.System, NullLogger<UserGrain>.Instance),
            static (kind, key) => new UserGrainProxy(kind, key));
        await Add("first call of a user: activation, sign-in, in memory", Users, async index =>
            await engine.GetGrain<IUserGrain>(Stream(index)).StartSession(Start(SessionOf(index))));
        await Add("sign-out of a resident user, log in memory", Users, async index =>
        {
            var reply = await engine.GetGrain<IUserGrain>(Stream(index)).SignOut(SignOut(SessionOf(index)));
            Expect(reply.Outcome == SignOutOutcome.SignedOut);
        });
    }

    // Second events of known streams, as a logout's.
    private async Task Store(Bench bench)
    {
        const int Groups = 10;
        foreach (var together in new[] { 1, 64, 256 })
        {
            var folder = Directory.CreateDirectory(bench.NewFolder("store")).FullName;
            try
            {
                var options = new SqliteStoreOptions { Path = Path.Combine(folder, "sessions.db") };
                using var store = SqliteStore.Open(options, NullLogger<SqliteStore>.Instance);
                var streams = Enumerable.Range(0, Groups * Series.Count * together).ToList();
                foreach (var some in streams.Chunk(1_000))
                {
                    await Task.WhenAll(some.Select(number => store.Append(Event(number, version: 1)).AsTask()));
                }

                var seconds = streams.ConvertAll(number => Event(number, version: 2));
                await Add($"append to SQLite, {together} under way together", Groups, async index =>
                {
                    var group = seconds.Skip(index * together).Take(together);
                    var outcomes = await Task.WhenAll(group.Select(append => store.Append(append).AsTask()));
                    Expect(outcomes.All(outcome => outcome == AppendOutcome.Appended));
                }, together);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    private StartSession Start(SessionId session) => new(now, session, Device, Mode.Pin, now.AddHours(6));

    private SignOut SignOut(SessionId session) => new(now, session, Mode.Pin, Device, now, now.AddHours(6));

    private static Append Event(int number, long version)
    {
        var session = SessionOf(number);
        var (name, command) = version == 1
            ? ("session-started.v1", CommandId.Start(session))
            : ("session-signed-out.v1", CommandId.SignOutSession(session));
        var json = UserEventCodec.Encode(new SessionSignedOut(DateTimeOffset.UnixEpoch, session, Device));
        return new Append(Stream(number), version - 1, command, [new NewEvent(name, json, default)], NextDue: null);
    }

    // Spread like real ones: a sequence would be kinder to the indexes.
    private static SessionId SessionOf(int number) => new(new Guid((int)((uint)number * MadeUpUsers.Spread), 0, 0, new byte[8]));

    private static string Stream(int number) => $"user-{MadeUpUsers.Program}-{10_000_000_000 + ((uint)number * MadeUpUsers.Spread)}";

    private static void Expect(bool isTrue)
    {
        if (!isTrue)
        {
            throw new BenchmarkException("A step did not do what it should.");
        }
    }

    private sealed class IdleGrain : Grain, IUserGrain
    {
        public ValueTask<StartReply> StartSession(StartSession command) => default;

        public ValueTask<SignOutReply> SignOut(SignOut command) => default;

        public ValueTask<InspectReply> Inspect(Inspect query) => default;

        public ValueTask<ExpireReply> ExpireDue(ExpireDue command) => default;

        public ValueTask<AcknowledgeReply> AcknowledgeNotices(AcknowledgeNotices command) => default;

        public ValueTask<UserView> View(DateTimeOffset at) => default;
    }
}
