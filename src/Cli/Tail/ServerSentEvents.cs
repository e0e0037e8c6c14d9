// Reads Server-Sent Events (WHATWG HTML, section 9.2.6): the fields that the feed uses.
using System.Runtime.CompilerServices;

namespace BankEzy.Sessions.Cli.Tail;

/// <summary>An event of a stream.</summary>
/// <param name="Id">The cursor to resume by.</param>
/// <param name="Name">What happened.</param>
/// <param name="Data">One line of JSON.</param>
internal sealed record SentEvent(string Id, string Name, string Data);

internal static class ServerSentEvents
{
    // The service sends a comment at least every 15 seconds. A network that has gone away says nothing at all.
    private static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(60);

    /// <summary>The events of a stream, until it ends.</summary>
    /// <exception cref="IOException">Nothing came for a minute.</exception>
    public static async IAsyncEnumerable<SentEvent> Read(Stream stream, [EnumeratorCancellation] CancellationToken stop)
    {
        using var lines = new StreamReader(stream);
        var (id, name, data) = ("", "", "");
        while (await ReadLine(lines, stop) is { } line)
        {
            if (line.Length == 0)
            {
                if (data.Length > 0)
                {
                    yield return new SentEvent(id, name, data);
                }

                (name, data) = ("", "");
                continue;
            }

            var (field, value) = line.IndexOf(':', StringComparison.Ordinal) is var colon and > 0
                ? (line[..colon], line[(colon + 1)..].TrimStart(' '))
                : (line, "");
            (id, name, data) = field switch
            {
                "id" => (value, name, data),
                "event" => (id, value, data),
                "data" => (id, name, value),
                _ => (id, name, data), // a comment, or how long to wait
            };
        }
    }

    private static async Task<string?> ReadLine(StreamReader lines, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(SilenceMax);
        try
        {
            return await lines.ReadLineAsync(patience.Token);
        }
        catch (OperationCanceledException silence) when (!stop.IsCancellationRequested)
        {
            throw new IOException($"The service was silent for {SilenceMax.TotalSeconds:0} seconds.", silence);
        }
    }
}
