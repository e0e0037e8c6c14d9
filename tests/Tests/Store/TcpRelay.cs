// A wire between a store and its server that fails at the worst moment.
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BankEzy.Sessions.Tests.Store;

public enum Cut
{
    None,

    // The server never sees the next request.
    Request,

    // The server does what it was asked, and its answer is lost with the connection.
    Answer,

    // The same, but the connection stays open and silent.
    Silence,
}

internal sealed class TcpRelay : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint server;
    private int next;

    public TcpRelay(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        server = new IPEndPoint(IPAddress.Parse(target.Host!), target.Port);
        listener.Start();
        target.Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        ConnectionString = target.ConnectionString;
        _ = Accept();
    }

    public string ConnectionString { get; }

    // Fails once, at the next bytes of either direction.
    public void FailOnce(Cut cut) => Volatile.Write(ref next, (int)cut);

    public void Dispose() => listener.Dispose();

    private async Task Accept()
    {
        while (true)
        {
            var client = await listener.AcceptSocketAsync();
            _ = Serve(client);
        }
    }

    private async Task Serve(Socket client)
    {
        using var inner = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            await inner.ConnectAsync(server);
            await Task.WhenAny(Copy(client, inner, Cut.Request), Copy(inner, client, Cut.Answer));
        }
    }

    private async Task Copy(Socket from, Socket to, Cut fatal)
    {
        var buffer = new byte[65_536];
        int count;
        while ((count = await from.ReceiveAsync(buffer)) > 0)
        {
            if (Interlocked.CompareExchange(ref next, 0, (int)fatal) == (int)fatal)
            {
                return;
            }

            if (fatal == Cut.Answer && Interlocked.CompareExchange(ref next, 0, (int)Cut.Silence) == (int)Cut.Silence)
            {
                await new TaskCompletionSource().Task;
            }

            await to.SendAsync(buffer.AsMemory(0, count));
        }
    }
}
