// Clients that sign users out without a pause, as a bank's phones do behind a balancer: who is refused by one node asks the next.
// Every answer is checked as it comes; what was acknowledged is held against the log at the end.
using System.Collections.Concurrent;
using System.Net.Sockets;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Processes;

/// <summary>A request that a node did not do.</summary>
/// <param name="Node">The node.</param>
/// <param name="At">When the client knew.</param>
/// <param name="Account">The account of a first sign-out; 0 for anything else.</param>
/// <param name="Answer">The 503, or null when the connection failed.</param>
/// <param name="Fault">How the connection failed.</param>
internal sealed record Refused(ServiceProcess Node, DateTimeOffset At, long Account, Reply? Answer, Exception? Fault)
{
    public bool IsNoListener => Fault?.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused };

    public override string ToString() => Answer is null ? $"{Fault?.Message} ({Fault?.InnerException?.Message})" : $"{Answer.Status}";
}

internal sealed class LogoutLoad
{
    private const int Clients = 16;
    private const int RepeatEvery = 5;

    private readonly ConcurrentDictionary<long, string> _attempted = new();
    private readonly ConcurrentDictionary<long, string> _acknowledged = new();
    private readonly ConcurrentDictionary<ServiceProcess, int> _acknowledgedBy = new();
    private readonly ConcurrentQueue<Refused> _refusals = new();
    private readonly Task[] _clients;
    private volatile ServiceProcess[] _nodes;
    private volatile bool _isOver;
    private long _accounts;
    private long _doneCount;
    private (long Goal, TaskCompletionSource Reached) _next = (long.MaxValue, new());

    private LogoutLoad(IEnumerable<ServiceProcess> nodes)
    {
        _nodes = [.. nodes];
        _clients = [.. Enumerable.Range(0, Clients).Select(client => Task.Run(() => Run(client)))];
    }

    public IReadOnlyCollection<Refused> Refusals => _refusals;

    public static LogoutLoad Start(IEnumerable<ServiceProcess> nodes) => new(nodes);

    public int AcknowledgedBy(ServiceProcess node) => _acknowledgedBy.GetValueOrDefault(node);

    /// <summary>From now on, these nodes are asked.</summary>
    public void Use(params ServiceProcess[] nodes) => _nodes = nodes;

    /// <summary>Returns when so many more sign-outs have been acknowledged.</summary>
    public async Task Reach(int more)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_clients)
        {
            _next = (_doneCount + more, reached);
        }

        // A client ends before it is asked to only by an answer that must not be.
        await await Task.WhenAny([reached.Task, .. _clients]).WaitAsync(Nodes.Patience, TestContext.Current.CancellationToken);
    }

    public async Task Stop()
    {
        _isOver = true;
        await Task.WhenAll(_clients).WaitAsync(Nodes.Patience, TestContext.Current.CancellationToken);
    }

    /// <summary>Everything acknowledged is in the log once and refused by all these nodes; of the rest nothing is there twice.</summary>
    public async Task Prove(Nodes all, params ServiceProcess[] nodes)
    {
        var log = await all.ReadLog();
        foreach (var account in _attempted.Keys)
        {
            string[] names = log.TryGetValue(Visitor.UserOf($"{account}").Stream, out var events)
                ? [.. events.Select(stored => stored.Name)] : [];
            string[] once = ["session-started.v1", "session-signed-out.v1"];
            Assert.True(
                names.SequenceEqual(once) || (names.Length == 0 && !_acknowledged.ContainsKey(account)),
                $"The log has of account {account}: {string.Join(", ", names)}");
        }

        Assert.Equal(_attempted.Keys.Select(account => Visitor.UserOf($"{account}").Stream).Intersect(log.Keys).Count(), log.Count);
        await Parallel.ForEachAsync(_acknowledged, TestContext.Current.CancellationToken, async (entry, _) =>
        {
            foreach (var node in nodes)
            {
                Assert.Equal(NodeCalls.Inactive, await node.Introspect(entry.Value));
            }
        });
    }

    private async Task Run(int client)
    {
        var (account, refusedInARow) = (0L, 0);
        for (var turn = client; !_isOver; turn++)
        {
            if (refusedInARow == 0 && (account == 0 || turn % RepeatEvery != 0))
            {
                account = Interlocked.Increment(ref _accounts);
            }

            var nodes = _nodes;
            var node = nodes[turn % nodes.Length];
            var token = _attempted.GetOrAdd(account, static account => ServiceProcess.TokenOf(account));
            if (await Ask(node, node.LogoutOf(token), _acknowledged.ContainsKey(account) ? 0 : account) is { } answer)
            {
                Assert.Equal(ServiceUnderTest.Success, answer.Body);
                Acknowledge(account, token, node);
                refusedInARow = 0;
                await LookElsewhere(nodes[(turn + 1) % nodes.Length], token);
            }
            else if (++refusedInARow % nodes.Length == 0)
            {
                await NodeCalls.PauseAsAsked();
            }
        }
    }

    // A read that begins after the 200 says that the session is over, or nothing at all.
    private async Task LookElsewhere(ServiceProcess node, string token)
    {
        var question = new HttpRequestMessage(HttpMethod.Post, new Uri(node.Management, "/internal/introspect/v1"))
        {
            Content = new FormUrlEncodedContent([new("token", token)]),
        };
        if (await Ask(node, question, account: 0) is { } answer)
        {
            Assert.Equal(NodeCalls.Inactive, answer.Body);
        }
    }

    // Null for a 503 and for a connection that failed: whatever else is not a 200 must not be.
    private async Task<Reply?> Ask(ServiceProcess node, HttpRequestMessage request, long account)
    {
        Reply answer;
        try
        {
            answer = await node.Send(request);
        }
        catch (HttpRequestException fault)
        {
            _refusals.Enqueue(new Refused(node, TimeProvider.System.GetUtcNow(), account, null, fault));
            return null;
        }

        if (answer.Status == 200)
        {
            return answer;
        }

        Assert.Equal((503, "1"), (answer.Status, answer.Headers.RetryAfter?.ToString()));
        _refusals.Enqueue(new Refused(node, TimeProvider.System.GetUtcNow(), account, answer, null));
        return null;
    }

    private void Acknowledge(long account, string token, ServiceProcess node)
    {
        _acknowledged[account] = token;
        _acknowledgedBy.AddOrUpdate(node, 1, static (_, count) => count + 1);
        lock (_clients)
        {
            if (++_doneCount >= _next.Goal)
            {
                _next.Reached.TrySetResult();
            }
        }
    }
}
