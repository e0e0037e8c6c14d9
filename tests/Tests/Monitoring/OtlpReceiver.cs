// A collector of OTLP over HTTP that keeps what it gets, to search it for bytes.
using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Tests.Monitoring;

internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly ConcurrentQueue<(string Path, string Bytes)> bodies = new();

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.MapPost("/{**path}", (RequestDelegate)Take);
    }

    public string Url => app.Urls.First();

    /// <summary>What came to a path (/v1/traces, /v1/metrics), a character a byte.</summary>
    public string Received(string path) =>
        string.Concat(bodies.Where(body => body.Path == path).Select(body => body.Bytes));

    public static async Task<OtlpReceiver> Start()
    {
        var receiver = new OtlpReceiver();
        await receiver.app.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task Take(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        bodies.Enqueue((http.Request.Path, Encoding.Latin1.GetString(body.ToArray())));
    }
}
