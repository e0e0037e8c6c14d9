// A wire between a store and its server that fails at the worst moment.
using System.Collections.Concurrent;
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
    private readonly TcpListener listener;
    private readonly ConcurrentDictionary<Wire, bool> wires = [];
    private volatile IPEndPoint server;
    private volatile bool isHanging;
    private int next;

    public TcpRelay(string connectionString, int port = 0)
    {
        listener = new TcpListener(IPAddress.Loopback, port);
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        server = EndPointOf(connectionString);
        listener.Start();
        target.Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        ConnectionString = target.ConnectionString;
        _ = Accept();
    }

    public string ConnectionString { get; }

    // Fails once, on the connection whose request next names a stream ("stream …"): other connections have their own affairs.
    public void FailOnce(Cut cut) => Volatile.Write(ref next, (int)cut);

    // From now on new connections lead to another server; those that there are break.
    public void SwitchTo(string connectionString)
    {
        server = EndPointOf(connectionString);
        foreach (var wire in wires.Keys)
        {
            wire.Break();
        }
    }

    // Every connection that there is goes silent, as when the network forgets it: the server's side ends, this side hears nothing.
    // New ones work.
    public void GoSilent()
    {
        foreach (var wire in wires.Keys)
        {
            wire.GoSilent();
        }
    }

    // From now on nobody gets an answer, on old connections and on new ones.
    public void Hang() => isHanging = true;

    // The connections that hang break, and new ones work.
    public void Recover()
    {
        isHanging = false;
        foreach (var wire in wires.Keys)
        {
            wire.Break();
        }
    }

    public void Dispose() => listener.Dispose();

    private static IPEndPoint EndPointOf(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        return new IPEndPoint(IPAddress.Parse(target.Host!), target.Port);
    }

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
            var wire = new Wire(client, inner);
            wires[wire] = true;
            await Task.WhenAny(Send(client, inner, wire), Return(inner, client, wire));
            wires.TryRemove(wire, out _);
            if (wire.IsSilent)
            {
                await new TaskCompletionSource().Task;
            }
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

            if (isHanging)
            {
                await new TaskCompletionSource().Task;
            }

            await server.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private async Task Return(Socket server, Socket client, Wire wire)
    {
        var buffer = new byte[65_536];
        int count;
        while ((count = await server.ReceiveAsync(buffer)) > 0)
        {
            if (wire.Cut == Cut.Answer)
            {
                return;
            }

            if (wire.Cut == Cut.Silence || isHanging)
            {
                await new TaskCompletionSource().Task;
            }

            await client.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private sealed class Wire(Socket client, Socket server)
    {
        private volatile Cut cut;
        private volatile bool isSilent;

        public bool IsSilent => isSilent;

        public void Break()
        {
            client.Dispose();
            server.Dispose();
        }

        public void GoSilent()
        {
            isSilent = true;
            server.Dispose();
        }

        public Cut Cut
        {
            get => cut;
            set => cut = value;
        }
    }
}
