using System.Buffers.Text;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Logout;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Benchmarks.Load;
using BenchmarkDotNet.Attributes;

namespace BankEzy.Sessions.Benchmarks.Micro;

/// <summary>What the front end does with a request before anybody is asked.</summary>
public class TokenBenchmarks
{
    private const int Count = 512; // different ones, so that no step sees only one

    private TokenKeys keys = null!;
    private byte[][] tokens = [];
    private byte[][] bodies = [];
    private int next;

    [GlobalSetup]
    public void Prepare()
    {
        var secrets = Secrets.Make();
        var users = new MadeUpUsers(secrets, first: 0, Count, TimeProvider.System.GetUtcNow());
        _ = TokenKeys.TryParse([Base64Url.EncodeToString(secrets.TokenKey)], out var parsed, out _);
        keys = parsed!;
        tokens = [.. Enumerable.Range(0, Count).Select(users.LoginTokenBytes)];
        bodies = [.. Enumerable.Range(0, Count).Select(users.LogoutBodyBytes)];
    }

    [Benchmark(Description = "open a login token")]
    public bool OpenToken() => TokenReader.Read(keys, tokens[next++ % Count], out _) == TokenFault.None;

    [Benchmark(Description = "read the body of a logout")]
    public bool ReadBody() => LogoutBody.Read(bodies[next++ % Count], out _) == RefusalCode.None;
}
