// The two listeners and Kestrel's limits. A limit that differs from the framework's default says why.
using System.IO.Pipelines;
using System.Net;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Silo;

internal static class Listeners
{
    private static readonly ContentLengthDigits ContentLength = new();

    /// <param name="kestrel">The server.</param>
    /// <param name="settings">Where it listens.</param>
    /// <param name="slots">The request slots of the public listener.</param>
    public static void Configure(KestrelServerOptions kestrel, Settings settings, RequestSlots slots)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.RequestHeaderEncodingSelector = static name => name == HeaderNames.ContentLength ? ContentLength : null;
        Limit(kestrel.Limits, settings);
        if (settings.Cluster.Role != NodeRole.Silo)
        {
            Listen(kestrel, settings.PublicUrl, options => Accept(options, Listener.Public, slots));
        }

        Listen(kestrel, settings.ManagementUrl, static options => Accept(options, Listener.Management, slots: null));
    }

    // A request is handled on the thread pool thread that received it, and sent from the one that answers, instead of being handed on to
    // another each time: two hand-overs a request. A handler that blocked would keep its own thread and no connection's events.
    public static void Configure(SocketTransportOptions sockets) => sockets.UnsafePreferInlineScheduling = true;

    private static void Limit(KestrelServerLimits limits, Settings settings)
    {
        limits.MaxRequestBodySize = 16 * 1024; // the contract's bodies are below 1 KiB
        limits.MaxRequestHeadersTotalSize = 16 * 1024; // one token is at most 8 KiB
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = 2 * 1024; // no path or query of ours is long
        limits.MaxRequestBufferSize = 64 * 1024; // a head and a body, and what comes behind them until they are answered
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        // A phone on a bad network is silent for seconds while lost segments are sent again; it holds no slot meanwhile.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        limits.MaxConcurrentConnections = 4_096 + settings.NoticeStreamsPerNodeMax; // streams must not keep a logout out
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

    private static void Accept(ListenOptions options, Listener listener, RequestSlots? slots)
    {
        options.Protocols = HttpProtocols.Http1;
        var origin = new ConnectionOrigin(listener);
        options.Use(next => connection =>
        {
            if (slots is not null)
            {
                return AcceptWithSlot(connection, listener, slots, next);
            }

            connection.Features.Set(origin);
            return next(connection);
        });
    }

    private static async Task AcceptWithSlot(ConnectionContext connection, Listener listener, RequestSlots slots, ConnectionDelegate next)
    {
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

    private sealed record Pipes(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
