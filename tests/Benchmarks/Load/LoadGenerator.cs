// Sends requests over many connections from one thread, as cheaply as we can: on a small machine the sender takes its
// processor time from the service it measures.
using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>What each answer must begin with: its status line and its body.</summary>
internal sealed record ExpectedAnswer(int Status, string Body)
{
    public byte[] StatusLine { get; } = Encoding.ASCII.GetBytes($"HTTP/1.1 {Status} ");

    public byte[] BodyStart { get; } = Encoding.ASCII.GetBytes(Body);
}

/// <summary>What came of a run: every request that was sent has been answered as expected.</summary>
/// <param name="Answered">The answers; the requests of the book from the first on, in its order.</param>
/// <param name="Elapsed">From the first request to the last answer.</param>
internal sealed record LoadResult(int Answered, TimeSpan Elapsed)
{
    public double PerSecond => Answered / Elapsed.TotalSeconds;
}

/// <summary>Keep-alive connections to 127.0.0.1, each with one request under way at most.</summary>
internal sealed class LoadGenerator : IDisposable
{
    private const int AnswerMax = 4_096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ExpectedAnswer expected;
    private readonly Connection[] connections;
    private readonly Epoll epoll;

    public LoadGenerator(int port, int count, ExpectedAnswer expected)
    {
        this.expected = expected;
        epoll = new Epoll(count);
        connections = new Connection[count];
        for (var i = 0; i < count; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            socket.Connect(IPAddress.Loopback, port);
            socket.Blocking = false;
            connections[i] = new Connection(socket);
            epoll.Watch((int)socket.SafeHandle.DangerousGetHandle(), i);
        }
    }

    private sealed class Connection(Socket socket)
    {
        public readonly Socket Socket = socket;
        public readonly byte[] Buffer = new byte[AnswerMax];
        public int Filled;
        public long DueAt;
    }

    /// <summary>Closed loop: each connection sends its next request when it has its answer, until the time or the book is over.</summary>
    public LoadResult Saturate(RequestBook book, TimeSpan time, bool again)
    {
        var begin = Stopwatch.GetTimestamp();
        int sent = 0, answered = 0;
        foreach (var connection in connections.Take(book.Count))
        {
            Send(connection, book[sent++]);
        }

        while (answered < sent)
        {
            var ready = WaitForAnswers();
            var goOn = Stopwatch.GetElapsedTime(begin) < time;
            for (var i = 0; i < ready; i++)
            {
                var connection = connections[epoll.Tag(i)];
                if (!Receive(connection))
                {
                    continue;
                }

                answered++;
                if (goOn && (again || sent < book.Count))
                {
                    Send(connection, book[sent++]);
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
        var count = Math.Min(book.Count, (int)(perSecond * time.TotalSeconds));
        var interval = Stopwatch.Frequency / perSecond;
        var latencies = new long[count];
        var free = new Stack<Connection>(connections);
        var begin = Stopwatch.GetTimestamp();
        int sent = 0, answered = 0;
        long Due(int index) => begin + (long)(index * interval);

        while (answered < count)
        {
            var now = Stopwatch.GetTimestamp();
            for (; sent < count && Due(sent) <= now && free.TryPop(out var connection); sent++)
            {
                connection.DueAt = Due(sent);
                Send(connection, book[sent]);
            }

            var ready = sent < count && free.Count > 0
                ? epoll.Wait(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), Due(sent)))
                : WaitForAnswers();
            for (var i = 0; i < ready; i++)
            {
                var connection = connections[epoll.Tag(i)];
                if (Receive(connection))
                {
                    latencies[answered++] = Stopwatch.GetTimestamp() - connection.DueAt;
                    free.Push(connection);
                }
            }
        }

        return new Latencies(latencies, count / Stopwatch.GetElapsedTime(begin).TotalSeconds);
    }

    public void Dispose()
    {
        foreach (var connection in connections)
        {
            connection.Socket.Dispose();
        }

        epoll.Dispose();
    }

    private int WaitForAnswers()
    {
        var ready = epoll.Wait(Patience);
        return ready > 0 ? ready : throw new BenchmarkException($"No answer came for {Patience.TotalSeconds:0} s.");
    }

    private static void Send(Connection connection, ReadOnlySpan<byte> request)
    {
        var sent = connection.Socket.Send(request, SocketFlags.None, out var error);
        if (sent != request.Length)
        {
            throw new BenchmarkException($"A request could not be sent: {error}, {sent} of {request.Length} bytes.");
        }
    }

    private bool Receive(Connection connection)
    {
        var received = connection.Socket.Receive(connection.Buffer.AsSpan(connection.Filled), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return false;
        }

        if (received <= 0)
        {
            throw new BenchmarkException($"A connection was closed before its answer: {error}.");
        }

        connection.Filled += received;
        var answer = connection.Buffer.AsSpan(0, connection.Filled);
        var body = answer.IndexOf("\r\n\r\n"u8) + 4;
        if (body < 4 || answer.Length < body + ContentLength(answer[..body]))
        {
            return false;
        }

        Check(answer, body);
        connection.Filled = 0;
        return true;
    }

    private static int ContentLength(ReadOnlySpan<byte> head)
    {
        var at = head.IndexOf("Content-Length: "u8);
        return at >= 0 && Utf8Parser.TryParse(head[(at + 16)..], out int length, out _)
            ? length
            : throw new BenchmarkException($"An answer has no Content-Length: {Encoding.ASCII.GetString(head)}");
    }

    private void Check(ReadOnlySpan<byte> answer, int body)
    {
        if (!answer.StartsWith(expected.StatusLine) || !answer[body..].StartsWith(expected.BodyStart))
        {
            throw new BenchmarkException($"Expected {expected.Status} {expected.Body}, and got:\n{Encoding.UTF8.GetString(answer)}");
        }
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

    public double Milliseconds(double quantile) =>
        sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))] * 1_000.0 / Stopwatch.Frequency;
}
