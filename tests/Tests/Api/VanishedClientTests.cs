// A client whose network vanished sends no end of its connection: the system asks for it, on both listeners.
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using BankEzy.Sessions.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Api;

public sealed class VanishedClientTests
{
    private const int TcpUserTimeout = 18; // Linux

    [Fact]
    public async Task The_accepted_sockets_of_both_listeners_ask_whether_their_client_is_still_there()
    {
        var seen = new ConcurrentDictionary<int, Watch>();
        var own = new ServiceUnderTest { Adjust = services => services.AddSingleton<IStartupFilter>(new Look(seen)) };
        await using var service = await ServiceUnderTest.Start(own);
        foreach (var address in (Uri[])[service.Public, service.Management])
        {
            await service.Send(new HttpRequestMessage(HttpMethod.Get, new Uri(address, "/")));
            Assert.Equal(new Watch(IsOn: true, After: 30, Every: 10, Times: 3), seen[address.Port] with { GivesUpAfter = null });
            Assert.Equal(OperatingSystem.IsLinux() ? 60_000 : null, seen[address.Port].GivesUpAfter);
        }
    }

    // Seconds, and milliseconds until what was sent and not confirmed ends the connection.
    private sealed record Watch(bool IsOn, int After, int Every, int Times, int? GivesUpAfter = null);

    private sealed class Look(ConcurrentDictionary<int, Watch> seen) : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, rest) =>
            {
                var socket = http.Features.Get<IConnectionSocketFeature>()!.Socket;
                seen[((IPEndPoint)socket.LocalEndPoint!).Port] = WatchOf(socket);
                return rest(http);
            });
            next(app);
        };

        private static Watch WatchOf(Socket socket)
        {
            int Option(SocketOptionLevel level, SocketOptionName name) => (int)socket.GetSocketOption(level, name)!;
            var givesUp = new byte[sizeof(int)];
            var isLinux = OperatingSystem.IsLinux();
            if (isLinux)
            {
                socket.GetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, givesUp);
            }

            return new Watch(
                Option(SocketOptionLevel.Socket, SocketOptionName.KeepAlive) != 0,
                Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime),
                Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval),
                Option(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount),
                isLinux ? BitConverter.ToInt32(givesUp) : null);
        }
    }
}
