// A reader of Server-Sent Events over a real connection: one item at a time, and the end when it comes.
using System.Net.Http.Headers;

namespace BankEzy.Sessions.Tests.Support;

/// <summary>What stood between two blank lines.</summary>
public sealed record StreamItem(string? Id, string? Event, string? Data, string? Comment, string? Retry);

internal sealed class EventStreamClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource patience;
    private readonly HttpResponseMessage response;
    private readonly StreamReader reader;

    private EventStreamClient(HttpResponseMessage response, Stream body, TimeSpan patience)
    {
        (this.response, reader, this.patience) = (response, new StreamReader(body), new CancellationTokenSource(patience));
    }

    public int Status => (int)response.StatusCode;

    public HttpResponseHeaders Headers => response.Headers;

    public string? MediaType => response.Content.Headers.ContentType?.ToString();

    public static async Task<EventStreamClient> Open(HttpClient http, HttpRequestMessage request, TimeSpan? patience = null)
    {
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return new EventStreamClient(answer, await answer.Content.ReadAsStreamAsync(), patience ?? Patience);
    }

    /// <summary>The next item; null at the end of the stream.</summary>
    public async Task<StreamItem?> Next()
    {
        var item = new StreamItem(null, null, null, null, null);
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.Length == 0)
            {
                if (item is { Event: { } name, Data: { } data })
                {
                    ApiContract.CheckEvent(name, data);
                }

                return item;
            }

            var colon = line.IndexOf(':', StringComparison.Ordinal);
            var value = line[(colon + 1)..].TrimStart(' ');
            item = line[..colon] switch
            {
                "id" => item with { Id = value },
                "event" => item with { Event = value },
                "data" => item with { Data = value },
                "retry" => item with { Retry = value },
                "" => item with { Comment = value },
                _ => throw new InvalidOperationException(line),
            };
        }

        return null;
    }

    /// <summary>The next event, whatever comments come before it; null at the end of the stream.</summary>
    public async Task<StreamItem?> NextEvent()
    {
        StreamItem? item;
        do
        {
            item = await Next();
        }
        while (item is not null && item.Event is null);
        return item;
    }

    /// <summary>Reads until the stream says that everything old has been sent; the events before that.</summary>
    public async Task<List<StreamItem>> UntilLive()
    {
        var items = new List<StreamItem>();
        while (await Next() is { } item)
        {
            if (item.Comment == "live")
            {
                return items;
            }

            if (item.Event is not null)
            {
                items.Add(item);
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }

    public void Dispose()
    {
        reader.Dispose();
        response.Dispose();
        patience.Dispose();
    }
}
