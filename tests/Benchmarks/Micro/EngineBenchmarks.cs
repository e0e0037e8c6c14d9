using BankEzy.Sessions.Benchmarks.Cases;
using BankEzy.Sessions.Silo.Engine;
using BankEzy.Sessions.Users;
using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;

namespace BankEzy.Sessions.Benchmarks.Micro;

/// <summary>A call of a resident grain, through the embedded engine.</summary>
public class EngineBenchmarks : IProgramPolicies
{
    private const int Users = 2_000;
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();
    private static readonly Inspect Question = new(Now, new SessionId(new Guid(1, 0, 0, new byte[8])), TokenIssuedAt: null);

    private EmbeddedEngine engine = null!;
    private string[] streams = [];
    private int next;

    public SessionPolicy For(int program) => SessionPolicy.Default;

    [GlobalSetup]
    public void Prepare()
    {
        streams = [.. Enumerable.Range(0, Users).Select(number => $"user-2001-{10_000_000_000 + number}")];
        engine = new EmbeddedEngine(new EngineOptions(), TimeProvider.System).Add<IUserGrain>(
            () => new UserGrain(new ForgetfulStore(), this, TimeProvider.System, NullLogger<UserGrain>.Instance),
            static (kind, key) => new UserGrainProxy(kind, key));
    }

    [Benchmark(Description = "ask a resident user, through the engine")]
    public ValueTask<InspectReply> Call() => engine.GetGrain<IUserGrain>(streams[next++ % Users]).Inspect(Question);

    [GlobalCleanup]
    public ValueTask Stop() => engine.DisposeAsync();
}
