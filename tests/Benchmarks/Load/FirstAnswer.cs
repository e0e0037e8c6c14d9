// When a process that has just been started answers for the first time.
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace BankEzy.Sessions.Benchmarks.Load;

internal static class FirstAnswer
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Sends the request until it is answered 200; the time since the beginning.</summary>
    public static async Task<TimeSpan> After(long begin, int port, ReadOnlyMemory<byte> request)
    {
        var buffer = new byte[4_096];
        while (Stopwatch.GetElapsedTime(begin) < Patience)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                await socket.SendAsync(request);
                var received = await socket.ReceiveAsync(buffer.AsMemory());
                if (HttpAnswer.StatusOf(buffer.AsSpan(0, received)) == 200)
                {
                    return Stopwatch.GetElapsedTime(begin);
                }
            }
            catch (SocketException)
            {
                // The port is not open yet.
            }

            await Task.Delay(Pause, TimeProvider.System);
        }

        throw new BenchmarkException($"A process did not answer 200 within {Patience.TotalSeconds:0} s of its start.");
    }
}
