// The two listeners and Kestrel's limits. A limit that differs from the framework's default says why.
using System.Net;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace BankEzy.Sessions.Silo;

internal static class Listeners
{
    public static void Configure(KestrelServerOptions kestrel, Settings settings)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        Limit(kestrel.Limits, settings);
        if (settings.Cluster.Role != NodeRole.Silo)
        {
            Listen(kestrel, settings.PublicUrl, Listener.Public);
        }

        Listen(kestrel, settings.ManagementUrl, Listener.Management);
    }

    // A request is handled on the thread pool thread that received it, and sent from the one that answers, instead of being handed on to
    // another each time: two hand-overs a request. A handler that blocked would keep its own thread and no connection's events.
    public static void Configure(SocketTransportOptions sockets) => sockets.UnsafePreferInlineScheduling = true;

    private static void Limit(KestrelServerLimits limits, Settings settings)
    {
        limits.MaxRequestBodySize = 16 * 1024; // the family's bodies are below 1 KiB
        limits.MaxRequestHeadersTotalSize = 16 * 1024; // one token is at most 8 KiB
        limits.MaxRequestHeaderCount = 64;
        limits.MaxRequestLineSize = 2 * 1024; // no path or query of ours is long
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(2));
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
        limits.MaxConcurrentConnections = 4_096 + settings.NoticeStreamsPerNodeMax; // streams must not keep a logout out
        limits.MaxConcurrentUpgradedConnections = 0; // nothing here upgrades
    }

    private static void Listen(KestrelServerOptions kestrel, Uri url, Listener listener)
    {
        if (url.Host == "localhost" && url.Port != 0)
        {
            kestrel.ListenLocalhost(url.Port, options => Tag(options, listener));
        }
        else if (url.Host == "localhost")
        {
            kestrel.Listen(IPAddress.Loopback, 0, options => Tag(options, listener)); // a free port, which two addresses could not share
        }
        else if (IPAddress.TryParse(url.Host.Trim('[', ']'), out var address))
        {
            kestrel.Listen(address, url.Port, options => Tag(options, listener));
        }
        else
        {
            kestrel.ListenAnyIP(url.Port, options => Tag(options, listener));
        }
    }

    private static void Tag(ListenOptions options, Listener listener)
    {
        options.Protocols = HttpProtocols.Http1;
        var feature = new ListenerFeature(listener);
        options.Use(next => connection =>
        {
            connection.Features.Set(feature);
            return next(connection);
        });
    }
}
