// One keep-alive connection of the sender; it never blocks.
using System.Net;
using System.Net.Sockets;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>A connection to 127.0.0.1 with one request under way at most.</summary>
internal sealed class Connection : IDisposable
{
    private const int AnswerMin = 4_096;

    private readonly Socket socket;
    private byte[] buffer = new byte[AnswerMin];
    private int filled;

    public Connection(int port)
    {
        socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(IPAddress.Loopback, port);
        socket.Blocking = false;
    }

    public int Handle => (int)socket.SafeHandle.DangerousGetHandle();

    /// <summary>Which node it leads to.</summary>
    public int Lane { get; init; }

    /// <summary>When its request was due.</summary>
    public long DueAt { get; set; }

    /// <summary>The place of its request in the book.</summary>
    public int Index { get; set; }

    public void Send(ReadOnlySpan<byte> request)
    {
        var sent = socket.Send(request, SocketFlags.None, out var error);
        if (sent != request.Length)
        {
            throw new BenchmarkException($"A request could not be sent: {error}, {sent} of {request.Length} bytes.");
        }
    }

    /// <summary>Takes what has come; the whole answer, or nothing while it is not complete.</summary>
    public ReadOnlySpan<byte> Receive()
    {
        var received = socket.Receive(buffer.AsSpan(filled), SocketFlags.None, out var error);
        if (error == SocketError.WouldBlock)
        {
            return default;
        }

        if (received <= 0)
        {
            throw new BenchmarkException($"A connection was closed before its answer: {error}.");
        }

        filled += received;
        if (filled == buffer.Length)
        {
            Array.Resize(ref buffer, 2 * filled);
        }

        var answer = buffer.AsSpan(0, filled);
        return HttpAnswer.BodyOf(answer) > 0 ? answer : default;
    }

    /// <summary>Takes what has come without looking for an answer's end: what it says is forgotten with the next call.</summary>
    public ReadOnlySpan<byte> ReceiveSome(byte[] shared)
    {
        var received = socket.Receive(shared, SocketFlags.None, out var error);
        return error == SocketError.WouldBlock || received > 0
            ? shared.AsSpan(0, Math.Max(received, 0))
            : throw new BenchmarkException($"A stream was closed: {error}.");
    }

    /// <summary>Forgets the answer, for the next one.</summary>
    public void Clear() => filled = 0;

    public void Dispose() => socket.Dispose();
}
