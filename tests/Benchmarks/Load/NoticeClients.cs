// Phones that listen: thousands of open streams of notices on one thread, and the sign-outs that they are to learn of.
using System.Diagnostics;
using System.Text;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>When notices came, as seen by the phones.</summary>
/// <param name="AfterAnswer">From the 200 of the sign-out to the notice; below zero where the notice was faster.</param>
/// <param name="AfterRequest">From the time at which the sign-out was due to the notice.</param>
internal sealed record NoticeTimes(Latencies AfterAnswer, Latencies AfterRequest);

/// <summary>Open streams, one of each user, and a few connections for sign-outs.</summary>
internal sealed class NoticeClients : IDisposable
{
    private const int OpeningMax = 128; // streams that are being opened at once
    private const int SignOutConnections = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Connection[] streams;
    private readonly bool[] isLive;
    private readonly Epoll epoll;
    private readonly byte[] shared = new byte[16_384];

    private NoticeClients(int count)
    {
        streams = new Connection[count];
        isLive = new bool[count];
        epoll = new Epoll(count + SignOutConnections);
    }

    /// <summary>Opens a stream for each request of the book and waits until all of them have said that they are live.</summary>
    public static NoticeClients Open(int port, RequestBook requests)
    {
        var clients = new NoticeClients(requests.Count);
        int opened = 0, live = 0;
        while (live < requests.Count)
        {
            for (; opened < requests.Count && opened - live < OpeningMax; opened++)
            {
                clients.streams[opened] = new Connection(port);
                clients.epoll.Watch(clients.streams[opened].Handle, opened);
                clients.streams[opened].Send(requests[opened]);
            }

            var ready = clients.Wait();
            for (var i = 0; i < ready; i++)
            {
                live += clients.HearsLive(clients.epoll.Tag(i)) ? 1 : 0;
            }
        }

        return clients;
    }

    /// <summary>Signs out one device of each of some users at a steady rate, and waits for each notice.</summary>
    public NoticeTimes SignOut(int port, RequestBook logouts, double perSecond, int first, int count)
    {
        var signOuts = Enumerable.Range(0, SignOutConnections).Select(_ => new Connection(port)).ToArray();
        for (var i = 0; i < signOuts.Length; i++)
        {
            epoll.Watch(signOuts[i].Handle, streams.Length + i);
        }

        try
        {
            return new NoticeRun(signOuts, logouts, Stopwatch.Frequency / perSecond, first, count).Go(this);
        }
        finally
        {
            Array.ForEach(signOuts, connection => connection.Dispose());
        }
    }

    public void Dispose()
    {
        Array.ForEach(streams, stream => stream?.Dispose());
        epoll.Dispose();
    }

    private int Wait()
    {
        var ready = epoll.Wait(Patience);
        return ready > 0 ? ready : throw new BenchmarkException($"A stream of notices said nothing for {Patience.TotalSeconds:0} s.");
    }

    private bool HearsLive(int stream)
    {
        var said = streams[stream].ReceiveSome(shared);
        if (said.StartsWith("HTTP/1.1 "u8) && HttpAnswer.StatusOf(said) != 200)
        {
            throw new BenchmarkException($"A stream of notices was refused:\n{Encoding.UTF8.GetString(said)}");
        }

        return !isLive[stream] && (isLive[stream] = said.IndexOf(": live"u8) >= 0);
    }

    private bool HearsNotice(int stream) =>
        streams[stream].ReceiveSome(shared).IndexOf("event: device-signed-out"u8) >= 0; // else a heartbeat

    private sealed class NoticeRun(Connection[] signOuts, RequestBook logouts, double interval, int first, int count)
    {
        private readonly long[] due = new long[count];
        private readonly long[] answered = new long[count];
        private readonly long[] noticed = new long[count];
        private readonly Stack<Connection> free = new(signOuts);

        public NoticeTimes Go(NoticeClients clients)
        {
            var begin = Stopwatch.GetTimestamp();
            int sent = 0, done = 0;
            while (done < 2 * count)
            {
                var next = begin + (long)(sent * interval);
                if (sent < count && next <= Stopwatch.GetTimestamp() && free.TryPop(out var connection))
                {
                    connection.Index = sent;
                    due[sent] = next;
                    connection.Send(logouts[first + sent++]);
                    continue;
                }

                var ready = sent < count && free.Count > 0
                    ? clients.epoll.Wait(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), next))
                    : clients.Wait();
                for (var i = 0; i < ready; i++)
                {
                    done += Take(clients, clients.epoll.Tag(i)) ? 1 : 0;
                }
            }

            return new NoticeTimes(Since(answered), Since(due));
        }

        private bool Take(NoticeClients clients, int tag)
        {
            var now = Stopwatch.GetTimestamp();
            if (tag < clients.streams.Length)
            {
                var user = tag - first;
                if (!clients.HearsNotice(tag) || user < 0 || user >= count || noticed[user] != 0)
                {
                    return false;
                }

                noticed[user] = now;
                return true;
            }

            var connection = signOuts[tag - clients.streams.Length];
            if (connection.Receive() is not { Length: > 0 } answer)
            {
                return false;
            }

            ExpectedAnswer.Success.Check(answer, HttpAnswer.BodyOf(answer));
            connection.Clear();
            answered[connection.Index] = now;
            free.Push(connection);
            return true;
        }

        private Latencies Since(long[] starts) => new([.. noticed.Select((time, i) => time - starts[i])], perSecond: 0);
    }
}
