// Sends requests over many connections from one thread, as cheaply as we can: on a small machine the sender takes its
// processor time from the service it measures.
using System.Diagnostics;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>What came of a run: every request that was sent has been answered as expected.</summary>
/// <param name="ByLane">The answers by node: of node n out of k the requests n, n + k, n + 2k… of the book.</param>
/// <param name="Elapsed">From the first request to the last answer.</param>
internal sealed record LoadResult(IReadOnlyList<int> ByLane, TimeSpan Elapsed)
{
    public int Answered => ByLane.Sum();

    public double PerSecond => Answered / Elapsed.TotalSeconds;

    /// <summary>Which requests of the book were answered.</summary>
    public IEnumerable<int> Indexes =>
        ByLane.SelectMany((count, lane) => Enumerable.Range(0, count).Select(turn => lane + (turn * ByLane.Count)));
}

/// <summary>
/// Keep-alive connections to 127.0.0.1, each with one request under way at most. Connections are spread over the nodes, and so are the
/// requests of a book: request i always goes to node i modulo their number.
/// </summary>
internal sealed class LoadGenerator : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly ExpectedAnswer expected;
    private readonly Connection[] connections;
    private readonly Epoll epoll;
    private readonly int lanes;

    public LoadGenerator(IReadOnlyList<int> ports, int count, ExpectedAnswer expected)
    {
        (this.expected, lanes) = (expected, ports.Count);
        epoll = new Epoll(count);
        connections = new Connection[count];
        for (var i = 0; i < count; i++)
        {
            connections[i] = new Connection(ports[i % lanes]) { Lane = i % lanes };
            epoll.Watch(connections[i].Handle, i);
        }
    }

    /// <summary>Whether the sender keeps to one processor.</summary>
    public bool IsPinned { get; init; } = true;

    /// <summary>Closed loop: each connection sends its next request when it has its answer, until the time or the book is over.</summary>
    public LoadResult Saturate(RequestBook book, TimeSpan time, bool again)
    {
        using var pin = IsPinned ? Pin.ToLastProcessor() : null;
        var (sent, answered) = (new int[lanes], new int[lanes]);
        var left = 0;
        bool SendNext(Connection connection)
        {
            var index = connection.Lane + (lanes * sent[connection.Lane]);
            if (!again && index >= book.Count)
            {
                return false;
            }

            sent[connection.Lane]++;
            connection.Send(book[index]);
            return true;
        }

        var begin = Stopwatch.GetTimestamp();
        foreach (var connection in connections)
        {
            left += SendNext(connection) ? 1 : 0;
        }

        while (left > 0)
        {
            var ready = WaitForAnswers();
            var goOn = Stopwatch.GetElapsedTime(begin) < time;
            for (var i = 0; i < ready; i++)
            {
                var connection = connections[epoll.Tag(i)];
                if (Receive(connection))
                {
                    answered[connection.Lane]++;
                    left -= goOn && SendNext(connection) ? 0 : 1;
                }
            }
        }

        return new LoadResult(answered, Stopwatch.GetElapsedTime(begin));
    }

    /// <summary>
    /// Open loop: requests are due at a steady rate whatever the service does. A latency counts from the time at which the
    /// request was due, so a stall is felt by every request that fell into it.
    /// </summary>
    public Latencies Pace(RequestBook book, double perSecond, TimeSpan time)
    {
        using var pin = IsPinned ? Pin.ToLastProcessor() : null;
        var count = Math.Min(book.Count, (int)(perSecond * time.TotalSeconds));
        var interval = Stopwatch.Frequency / perSecond;
        var latencies = new long[count];
        // In turn, so that each is used: the service closes a new connection that says nothing for ten seconds.
        var free = Enumerable.Range(0, lanes)
            .Select(lane => new Queue<Connection>(connections.Where(connection => connection.Lane == lane))).ToArray();
        var begin = Stopwatch.GetTimestamp();
        int sent = 0, answered = 0;
        long Due(int index) => begin + (long)(index * interval);

        while (answered < count)
        {
            var now = Stopwatch.GetTimestamp();
            for (; sent < count && Due(sent) <= now && free[sent % lanes].TryDequeue(out var connection); sent++)
            {
                connection.DueAt = Due(sent);
                connection.Send(book[sent]);
            }

            var ready = sent < count && free[sent % lanes].Count > 0
                ? epoll.Wait(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), Due(sent)))
                : WaitForAnswers();
            for (var i = 0; i < ready; i++)
            {
                var connection = connections[epoll.Tag(i)];
                if (Receive(connection))
                {
                    latencies[answered++] = Stopwatch.GetTimestamp() - connection.DueAt;
                    free[connection.Lane].Enqueue(connection);
                }
            }
        }

        return new Latencies(latencies, count / Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }

    public void Dispose()
    {
        foreach (var connection in connections)
        {
            connection.Dispose();
        }

        epoll.Dispose();
    }

    private int WaitForAnswers()
    {
        var ready = epoll.Wait(Patience);
        return ready > 0 ? ready : throw new BenchmarkException($"No answer came for {Patience.TotalSeconds:0} s.");
    }

    private bool Receive(Connection connection)
    {
        if (connection.Receive() is not { Length: > 0 } answer)
        {
            return false;
        }

        expected.Check(answer, HttpAnswer.BodyOf(answer));
        connection.Clear();
        return true;
    }
}

/// <summary>The latencies of an open-loop run, from the times at which the requests were due.</summary>
internal sealed class Latencies
{
    private readonly long[] sorted;

    public Latencies(long[] timestamps, double perSecond)
    {
        (sorted, PerSecond) = (timestamps, perSecond);
        Array.Sort(sorted);
    }

    /// <summary>The rate that was reached; below the asked one when the service fell behind.</summary>
    public double PerSecond { get; }

    public int Count => sorted.Length;

    public double Milliseconds(double quantile) => sorted.Length == 0
        ? double.NaN
        : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))] * 1_000.0 / Stopwatch.Frequency;
}
