// More than the service can do: an open loop that takes refusals for answers and counts them.
using System.Diagnostics;

namespace BankEzy.Sessions.Benchmarks.Load;

/// <summary>What came of a flood.</summary>
/// <param name="Unsent">Requests that found no free connection when they were due: they were not sent at all.</param>
/// <param name="Statuses">The answers by status.</param>
/// <param name="Accepted">Latencies of the answers with 200, from the time at which they were due.</param>
/// <param name="Refused">Latencies of all other answers.</param>
/// <param name="AcceptedIndexes">The requests of the book that were answered 200.</param>
/// <param name="Elapsed">From the first request until the last was due.</param>
/// <param name="AcceptedPerSecond">Answers with 200, in the second half of that time: until then the connections fill up.</param>
internal sealed record FloodResult(
    int Unsent, IReadOnlyDictionary<int, int> Statuses, Latencies Accepted, Latencies Refused,
    IReadOnlyList<int> AcceptedIndexes, TimeSpan Elapsed, double AcceptedPerSecond);

/// <summary>Many connections, a steady rate, and no wish to wait.</summary>
internal sealed class Flood : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Connection[] connections;
    private readonly Epoll epoll;
    private readonly Stack<Connection> free;
    private readonly SortedDictionary<int, int> statuses = [];
    private readonly List<long> accepted = [];
    private readonly List<long> acceptedAt = [];
    private readonly List<long> refused = [];
    private readonly List<int> acceptedIndexes = [];

    public Flood(int port, int count)
    {
        epoll = new Epoll(count);
        connections = new Connection[count];
        for (var i = 0; i < count; i++)
        {
            connections[i] = new Connection(port);
            epoll.Watch(connections[i].Handle, i);
        }

        free = new Stack<Connection>(connections);
    }

    /// <summary>Offers the requests of a book at a rate, for a time or until the book ends.</summary>
    public FloodResult Run(RequestBook book, double perSecond, TimeSpan time)
    {
        using var pin = Pin.ToLastProcessor();
        var count = (int)(perSecond * time.TotalSeconds);
        var interval = Stopwatch.Frequency / perSecond;
        var begin = Stopwatch.GetTimestamp();
        int due = 0, sent = 0;
        long DueAt(int number) => begin + (long)(number * interval);
        while (due < count && sent < book.Count)
        {
            var now = Stopwatch.GetTimestamp();
            for (; due < count && sent < book.Count && DueAt(due) <= now; due++)
            {
                sent += Send(book, sent, DueAt(due)) ? 1 : 0;
            }

            Take(epoll.Wait(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), DueAt(due))));
        }

        var end = Stopwatch.GetTimestamp();
        var elapsed = Stopwatch.GetElapsedTime(begin, end);
        var inSecondHalf = acceptedAt.Count(at => at > begin + ((end - begin) / 2));
        while (free.Count < connections.Length)
        {
            var ready = epoll.Wait(Patience);
            Take(ready > 0 ? ready : throw new BenchmarkException($"No answer came for {Patience.TotalSeconds:0} s."));
        }

        return new FloodResult(
            due - sent, statuses, new Latencies([.. accepted], accepted.Count / elapsed.TotalSeconds),
            new Latencies([.. refused], refused.Count / elapsed.TotalSeconds), acceptedIndexes, elapsed,
            inSecondHalf / (elapsed / 2).TotalSeconds);
    }

    public void Dispose()
    {
        foreach (var connection in connections)
        {
            connection.Dispose();
        }

        epoll.Dispose();
    }

    private bool Send(RequestBook book, int index, long dueAt)
    {
        if (!free.TryPop(out var connection))
        {
            return false;
        }

        (connection.DueAt, connection.Index) = (dueAt, index);
        connection.Send(book[index]);
        return true;
    }

    private void Take(int ready)
    {
        for (var i = 0; i < ready; i++)
        {
            var connection = connections[epoll.Tag(i)];
            if (connection.Receive() is not { Length: > 0 } answer)
            {
                continue;
            }

            var status = HttpAnswer.StatusOf(answer);
            var now = Stopwatch.GetTimestamp();
            var latency = now - connection.DueAt;
            statuses[status] = statuses.GetValueOrDefault(status) + 1;
            if (status == 200)
            {
                ExpectedAnswer.Success.Check(answer, HttpAnswer.BodyOf(answer));
                accepted.Add(latency);
                acceptedAt.Add(now);
                acceptedIndexes.Add(connection.Index);
            }
            else
            {
                refused.Add(latency);
            }

            connection.Clear();
            free.Push(connection);
        }
    }
}
