// HTTP/1.1 without a client library: exactly the bytes that a test gives, and the whole of what comes back.
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace BankEzy.Sessions.Tests.Support;

/// <summary>An answer as it came.</summary>
/// <param name="Status">The status; 0 when the connection was closed without an answer.</param>
/// <param name="Head">The status line and the headers.</param>
/// <param name="Body">The body.</param>
/// <param name="IsClosed">Whether the server closed the connection after it.</param>
public sealed record RawAnswer(int Status, string Head, string Body, bool IsClosed)
{
    /// <summary>Everything but the date, the request's id, and the code that is there in Development alone.</summary>
    public string Fixed => string.Join(
        "\r\n", [.. Head.Split("\r\n").Where(line => !Changing.Any(name => line.StartsWith(name, StringComparison.Ordinal))), Body]);

    private static readonly string[] Changing = ["Date:", "X-Request-Id:", "X-Refusal-Code:"];

    public string? Header(string name) => Head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();
}

internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient client = new() { NoDelay = true };
    private readonly CancellationTokenSource patience = new(Patience);
    private readonly List<byte> received = [];
    private NetworkStream? stream;

    /// <summary>Connects, from one of this machine's addresses where it matters which.</summary>
    public static async Task<RawConnection> Open(Uri address, string? from = null)
    {
        var connection = new RawConnection();
        if (from is not null)
        {
            connection.client.Client.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        }

        await connection.client.ConnectAsync(address.Host, address.Port, connection.patience.Token);
        connection.stream = connection.client.GetStream();
        return connection;
    }

    /// <summary>One request on a connection of its own.</summary>
    public static async Task<RawAnswer> Ask(Uri address, byte[] request)
    {
        using var connection = await Open(address);
        await connection.Send(request);
        return await connection.Read(hasBody: !request.AsSpan().StartsWith("HEAD "u8));
    }

    public async Task Send(byte[] bytes)
    {
        try
        {
            await stream!.WriteAsync(bytes, patience.Token);
        }
        catch (IOException)
        {
            // The server answered and closed before it had everything; the answer is what the test is about.
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        client.Dispose();
        patience.Dispose();
    }

    /// <summary>Ends this side's sending: whatever is missing does not come.</summary>
    public void EndSending()
    {
        try
        {
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server has closed the connection already.
        }
    }

    /// <summary>Resets the connection.</summary>
    public void Abort()
    {
        client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        client.Close();
    }

    public async Task<RawAnswer> Read(bool hasBody = true)
    {
        while (true)
        {
            var end = await ReadUntil(IndexOfHeadEnd);
            if (end < 0)
            {
                return new RawAnswer(0, "", "", IsClosed: true);
            }

            var head = Encoding.Latin1.GetString([.. received[..end]]);
            received.RemoveRange(0, end + 4);
            var answer = new RawAnswer(int.Parse(head.AsSpan(9, 3), CultureInfo.InvariantCulture), head, "", IsClosed: false);
            if (answer.Status != 100)
            {
                return await WithBody(answer, hasBody);
            }
        }
    }

    /// <summary>Reads a 100, which says that the server has begun to read the body.</summary>
    public async Task ReadInterim()
    {
        var end = await ReadUntil(IndexOfHeadEnd);
        Assert.Equal("HTTP/1.1 100 Continue", Encoding.Latin1.GetString([.. received[..end]]));
        received.RemoveRange(0, end + 4);
    }

    private async Task<RawAnswer> WithBody(RawAnswer answer, bool hasBody)
    {
        var length = hasBody ? int.Parse(answer.Header("Content-Length") ?? "0", CultureInfo.InvariantCulture) : 0;
        Assert.Null(answer.Header("Transfer-Encoding"));
        await ReadUntil(() => received.Count >= length ? length : -1);
        var body = Encoding.UTF8.GetString([.. received[..length]]);
        received.RemoveRange(0, length);
        var closes = string.Equals(answer.Header("Connection"), "close", StringComparison.OrdinalIgnoreCase);
        if (closes)
        {
            await ReadUntil(() => -1);
            Assert.Empty(received);
        }

        return answer with { Body = body, IsClosed = closes };
    }

    private int IndexOfHeadEnd() => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(received).IndexOf("\r\n\r\n"u8);

    // Reads until the condition gives an index, or the end of the connection (-1).
    private async Task<int> ReadUntil(Func<int> index)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            if (index() is >= 0 and var found)
            {
                return found;
            }

            var count = await ReadSome(buffer);
            if (count == 0)
            {
                return index();
            }

            received.AddRange(buffer.AsSpan(0, count));
        }
    }

    private async Task<int> ReadSome(byte[] buffer)
    {
        try
        {
            return await stream!.ReadAsync(buffer, patience.Token);
        }
        catch (IOException)
        {
            return 0; // reset, which is a way of closing
        }
    }
}
