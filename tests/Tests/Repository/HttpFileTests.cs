// sessions.http is sent to the running service, from top to bottom, as an editor's REST client would: it is the README's walk-through.
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Tests.Support;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Tests.Repository;

public sealed partial class HttpFileTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    private readonly Dictionary<string, string> answers = [];

    private sealed record Request(string? Name, string Method, string Url, IReadOnlyList<string> Headers, string Body);

    [Fact]
    public async Task Every_request_is_answered_as_the_walk_through_says()
    {
        var (requests, variables) = Read();
        variables["public"] = service.Public.GetLeftPart(UriPartial.Authority);
        variables["management"] = service.Management.GetLeftPart(UriPartial.Authority);
        variables["managementKey"] = ServiceUnderTest.ManagementKey;
        var events = "";
        foreach (var request in requests)
        {
            var answer = await Send(request, text => Fill(text, variables));
            Assert.True(answer.Status == 200, $"{request.Method} {request.Url} was answered {answer.Status} {answer.Body}");
            answers[request.Name ?? request.Url] = events = answer.Body;
        }

        Assert.StartsWith("{\"active\":true,", answers["before"], StringComparison.Ordinal);
        Assert.Equal(ServiceUnderTest.Success, answers["logout"]);
        Assert.Equal("{\"active\":false}", answers["after"]);
        var stored = JsonDocument.Parse(events).RootElement.GetProperty("events").EnumerateArray();
        Assert.Equal(["session-started.v1", "session-signed-out.v1"], stored.Select(one => one.GetProperty("name").GetString()));
    }

    [Fact]
    public void Every_request_names_a_route_of_its_listener()
    {
        var routes = ((IEndpointRouteBuilder)service.App).DataSources
            .SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        Assert.All(Read().Requests, request =>
        {
            var listener = request.Url.StartsWith("{{public}}", StringComparison.Ordinal) ? Listener.Public : Listener.Management;
            var path = request.Url[(request.Url.IndexOf("}}", StringComparison.Ordinal) + 2)..];
            Assert.Contains(routes, route => route.RoutePattern.RawText == path
                && route.Metadata.GetMetadata<RoutePolicy>()!.Listener == listener
                && route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Contains(request.Method));
        });
    }

    [Fact]
    public void It_has_every_call_of_the_READMEs_walk_through()
    {
        var called = ReadmeCalls().Matches(RepositoryFiles.Read("README.md")).Select(match => match.Groups[1].Value).Distinct().ToList();
        Assert.True(called.Count >= 5);
        Assert.All(called, path => Assert.Contains(Read().Requests, request => request.Url.EndsWith(path, StringComparison.Ordinal)));
    }

    private static (IReadOnlyList<Request> Requests, Dictionary<string, string> Variables) Read()
    {
        var text = RepositoryFiles.Read("sessions.http");
        var variables = Variables().Matches(text).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value.Trim());
        return ([.. Parts().Split(text).Select(Parse).OfType<Request>()], variables);
    }

    private static Request? Parse(string part)
    {
        var name = Names().Match(part) is { Success: true } match ? match.Groups[1].Value : null;
        var lines = part.Split('\n').Select(line => line.Trim('\r')).SkipWhile(line => !RequestLine().IsMatch(line)).ToList();
        if (lines.Count == 0)
        {
            return null;
        }

        var line = lines[0].Split(' ', 2);
        var headers = lines.Skip(1).TakeWhile(header => header.Length > 0).ToList();
        return new Request(name, line[0], line[1], headers, string.Join('\n', lines.Skip(2 + headers.Count)).Trim());
    }

    private Task<Reply> Send(Request request, Func<string, string> fill)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), fill(request.Url));
        var headers = request.Headers.Select(header => header.Split(": ", 2)).ToDictionary(header => header[0], header => fill(header[1]));
        if (request.Body.Length > 0)
        {
            message.Content = new StringContent(fill(request.Body), Encoding.UTF8, headers["Content-Type"]);
        }

        foreach (var (name, value) in headers.Where(header => header.Key != "Content-Type"))
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        return service.Send(message);
    }

    private string Fill(string text, Dictionary<string, string> variables) => Placeholders().Replace(text, match =>
    {
        var name = match.Groups[1].Value;
        return variables.TryGetValue(name, out var value) ? value : FromAnswer(name);
    });

    // login.response.body.$.data.token
    private string FromAnswer(string reference)
    {
        var parts = reference.Split(".response.body.$.");
        var value = JsonDocument.Parse(answers[parts[0]]).RootElement;
        return parts[1].Split('.').Aggregate(value, (member, name) => member.GetProperty(name)).GetString()!;
    }

    [GeneratedRegex(@"^###[^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex Parts();

    [GeneratedRegex(@"^@(\w+) = (.+)$", RegexOptions.Multiline)]
    private static partial Regex Variables();

    [GeneratedRegex(@"^# @name (\w+)", RegexOptions.Multiline)]
    private static partial Regex Names();

    [GeneratedRegex("^(GET|POST) ")]
    private static partial Regex RequestLine();

    [GeneratedRegex(@"\{\{([^}]+)\}\}")]
    private static partial Regex Placeholders();

    [GeneratedRegex(@"curl -s -X POST http://localhost:1000[01](/[a-z0-9/-]+)")]
    private static partial Regex ReadmeCalls();
}
