// A listener that gives the answers of docs/api.md to the tool and keeps what it was asked: for calls whose effects other tests show.
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Tests.Cli;

/// <summary>What the tool asked for.</summary>
internal sealed record Asked(string Path, string Query, string Body, string? Actor, string? Key, string? LastEventId);

internal sealed class AnsweringService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, Queue<(int Status, string Body)>> _answers = [];

    private AnsweringService(WebApplication app) => _app = app;

    public List<Asked> Asked { get; } = [];

    public string Url { get; private set; } = "";

    public static async Task<AnsweringService> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var service = new AnsweringService(builder.Build());
        service._app.Run(service.Answer);
        await service._app.StartAsync();
        service.Url = service._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return service;
    }

    /// <summary>Says what a path, or a path with its query, is answered from now on.</summary>
    public AnsweringService With(string path, string body, int status = 200)
    {
        _answers[path] = new Queue<(int Status, string Body)>([(status, body)]);
        return this;
    }

    /// <summary>Says what it is answered after that.</summary>
    public AnsweringService Then(string path, string body, int status = 200)
    {
        _answers[path].Enqueue((status, body));
        return this;
    }

    public Task<ToolRun> Run(params string[] arguments) =>
        Tool.Run([("SESSIONS_URL", Url), ("SESSIONS_KEY", "a key of the tests"), ("SESSIONS_ACTOR", "g.bianchi")], input: null, arguments);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Answer(HttpContext http)
    {
        using var body = new StreamReader(http.Request.Body);
        var (path, query, headers) = ((string)http.Request.Path!, $"{http.Request.QueryString}", http.Request.Headers);
        Asked.Add(new Asked(
            path, query, await body.ReadToEndAsync(), headers["X-Actor"], headers.Authorization, headers["Last-Event-ID"]));
        var answers = _answers.GetValueOrDefault(path + query) ?? _answers.GetValueOrDefault(path);
        var (status, text) = answers is null ? (404, "{\"resCode\":404,\"resDesc\":\"Not Found\"}")
            : answers.Count > 1 ? answers.Dequeue() : answers.Peek();
        http.Response.StatusCode = status;
        await http.Response.WriteAsync(text);
    }
}
