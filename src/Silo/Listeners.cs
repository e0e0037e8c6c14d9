// The two listeners and Kestrel's limits. A limit that differs from the framework's default says why.
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Silo;

internal static class Listeners
{
    /// <summary>How long a connection may be open before its first byte.</summary>
    public static readonly TimeSpan FirstByteWithin = TimeSpan.FromSeconds(10);

    // A client whose network vanished is noticed within this time, whether something is on its way to it or not.
    private const int VanishedSeconds = 60;
    private const int ProbeSeconds = 10;
    private const int ProbesMax = 3;

    private const int TcpUserTimeout = 18; // Linux: TCP_USER_TIMEOUT, in milliseconds
    private static readonly ContentLengthDigits ContentLength = new();

    /// <param name="kestrel">The server.</param>
    /// <param name="settings">Where it listens.</param>
    /// <param name="slots">The request slots of the public listener.</param>
    /// <param name="connections">The limits of open connections.</param>
    public static void Configure(KestrelServerOptions kestrel, Settings settings, RequestSlots slots, ConnectionLimits connections)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.RequestHeaderEncodingSelector = static name => name == HeaderNames.ContentLength ? ContentLength : null;
        Limit(kestrel.Limits, settings);
        if (settings.Cluster.Role != NodeRole.Silo)
        {
            Listen(kestrel, settings.PublicUrl, options => Accept(options, Listener.Public, slots, connections));
        }

        Listen(kestrel, settings.ManagementUrl, options => Accept(options, Listener.Management, slots: null, connections));
    }

    public static void Configure(SocketTransportOptions sockets)
    {
        // A request is handled on the thread pool thread that received it, and sent from the one that answers, instead of being handed on
        // to another each time: two hand-overs a request. A handler that blocked would keep its own thread and no connection's events.
        sockets.UnsafePreferInlineScheduling = true;
        sockets.CreateBoundListenSocket = static endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            NoticeVanishedClients(socket);
            return socket;
        };
    }

    // Accepted sockets inherit the options. A stream of notices sends little, and for the system's defaults a phone that lost its network
    // would be there for a quarter of an hour and more.
    private static void NoticeVanishedClients(Socket socket)
    {
        if (socket.ProtocolType != ProtocolType.Tcp)
        {
            return;
        }

        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, VanishedSeconds - (ProbeSeconds * ProbesMax));
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, ProbeSeconds);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, ProbesMax);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(VanishedSeconds * 1_000));
        }
    }

    private static void Limit(KestrelServerLimits limits, Settings settings)
    {
        limits.MaxRequestBodySize = RequestBody.SizeMax; // the contract's bodies are below 1 KiB
        limits.MaxRequestHeadersTotalSize = 16 * 1024; // one token is at most 8 KiB
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = 2 * 1024; // no path or query of ours is long
        limits.MaxRequestBufferSize = 64 * 1024; // a head and a body, and what comes behind them until they are answered
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);

        // A phone on a bad network is silent for seconds while lost segments are sent again; it holds no slot meanwhile.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        limits.MaxConcurrentConnections = settings.ConnectionsMax; // of each address; ConnectionLimits counts all
        limits.MaxConcurrentUpgradedConnections = 0; // nothing here upgrades
    }

    private static void Listen(KestrelServerOptions kestrel, Uri url, Action<ListenOptions> accept)
    {
        if (url.Host == "localhost" && url.Port != 0)
        {
            kestrel.ListenLocalhost(url.Port, accept);
        }
        else if (url.Host == "localhost")
        {
            kestrel.Listen(IPAddress.Loopback, 0, accept); // a free port, which two addresses could not share
        }
        else if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
        {
            kestrel.Listen(address, url.Port, accept);
        }
        else
        {
            kestrel.ListenAnyIP(url.Port, accept);
        }
    }

    private static void Accept(ListenOptions options, Listener listener, RequestSlots? slots, ConnectionLimits connections)
    {
        options.Protocols = HttpProtocols.Http1;
        options.Use(next => connection => Accept(connection, listener, slots, connections, next));
    }

    private static async Task Accept(
        ConnectionContext connection, Listener listener, RequestSlots? slots, ConnectionLimits connections, ConnectionDelegate next)
    {
        var address = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        if (!connections.TryAdd(listener, address))
        {
            connection.Abort();
            return;
        }

        try
        {
            if (await HasFirstByte(connection))
            {
                await Serve(connection, listener, slots, next);
            }
        }
        finally
        {
            connections.Remove(listener, address);
        }
    }

    private static async Task Serve(ConnectionContext connection, Listener listener, RequestSlots? slots, ConnectionDelegate next)
    {
        if (slots is null)
        {
            connection.Features.Set(new ConnectionOrigin(listener));
            await next(connection);
            return;
        }

        var transport = connection.Transport;
        var slot = new SlotGatedPipeReader(transport.Input, slots);
        connection.Features.Set(new ConnectionOrigin(listener, slot));
        connection.Transport = new Pipes(slot, transport.Output);
        try
        {
            await next(connection);
        }
        finally
        {
            slot.Release();
            connection.Transport = transport;
        }
    }

    // Until then the connection is a handle and nothing else: the server has made nothing for it. The wait is not ended by the client's
    // end: an app that has said everything and closes at once has its request in the pipe, which ends by itself.
    private static async ValueTask<bool> HasFirstByte(ConnectionContext connection)
    {
        var input = connection.Transport.Input;
        var lifetime = connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(
            lifetime?.ConnectionClosedRequested ?? CancellationToken.None); // the node stops
        end.CancelAfter(FirstByteWithin);
        try
        {
            var first = input.TryRead(out var there) ? there : await input.ReadAsync(end.Token);
            input.AdvanceTo(first.Buffer.Start); // neither taken nor looked at: the next read gets it at once
            return !first.Buffer.IsEmpty;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            return false;
        }
    }

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
