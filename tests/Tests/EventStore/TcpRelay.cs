// A wire between a store and its server that fails at the worst moment.
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace BankEzy.Sessions.Tests.EventStore;

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

    // Fails once, on the connection whose request next names a stream ("stream …"): other connections have their own affairs.
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
            var wire = new Wire();
            await Task.WhenAny(Send(client, inner, wire), Return(inner, client, wire));
        }
    }

    private async Task Send(Socket client, Socket server, Wire wire)
    {
        var buffer = new byte[65_536];
        int count;
        while ((count = await client.ReceiveAsync(buffer)) > 0)
        {
            if (buffer.AsSpan(0, count).IndexOf("stream "u8) >= 0)
            {
                wire.Cut = (Cut)Interlocked.Exchange(ref next, (int)Cut.None);
            }

            if (wire.Cut == Cut.Request)
            {
                return;
            }

            await server.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private static async Task Return(Socket server, Socket client, Wire wire)
    {
        var buffer = new byte[65_536];
        int count;
        while ((count = await server.ReceiveAsync(buffer)) > 0)
        {
            if (wire.Cut == Cut.Answer)
            {
                return;
            }

            if (wire.Cut == Cut.Silence)
            {
                await new TaskCompletionSource().Task;
            }

            await client.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private sealed class Wire
    {
        private volatile Cut cut;

        public Cut Cut
        {
            get => cut;
            set => cut = value;
        }
    }
}
