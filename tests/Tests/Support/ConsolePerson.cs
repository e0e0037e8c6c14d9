// A person at the console as their browser's calls look: the cookie, the header of the console's pages, and nothing else.
using System.Text;
using Microsoft.Net.Http.Headers;

namespace BankEzy.Sessions.Tests.Support;

/// <summary>What the console answered; its answers are not in the description of the API.</summary>
internal sealed record ConsoleReply(int Status, string Body, string? Cookie, TimeSpan? RetryAfter);

internal sealed class ConsolePerson(ServiceUnderTest service)
{
    public const string Path = "/console/session";

    public string? Cookie { get; set; }

    public List<(string Name, string Value)> Headers { get; } = [("X-Console", "1")];

    public static string SignInBody(string name, string key, string actor = "m.rossi") =>
        $$"""{"name":"{{name}}","key":"{{key}}","actor":"{{actor}}"}""";

    public static async Task<ConsolePerson> SignIn(
        ServiceUnderTest service, string name = "key-0", string key = ServiceUnderTest.ManagementKey, string actor = "m.rossi")
    {
        var person = new ConsolePerson(service);
        var answer = await person.Send(HttpMethod.Post, Path, SignInBody(name, key, actor));
        Assert.Equal(200, answer.Status);
        person.Cookie = answer.Cookie!.Split(';')[0];
        return person;
    }

    /// <summary>The same browser in front of another node.</summary>
    public ConsolePerson At(ServiceUnderTest other) => new(other) { Cookie = Cookie };

    public Task<ConsoleReply> Ask(string path, string body) => Send(HttpMethod.Post, path, body);

    public Task<ConsoleReply> Get(string path) => Send(HttpMethod.Get, path);

    public Task<ConsoleReply> Leave() => Send(HttpMethod.Delete, Path);

    public async Task<ConsoleReply> Send(HttpMethod method, string path, string? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(service.Management, path))
        {
            Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"),
        };
        foreach (var (name, value) in Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (Cookie is not null)
        {
            request.Headers.Add(HeaderNames.Cookie, Cookie);
        }

        using var response = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        return new ConsoleReply(
            (int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Headers.TryGetValues(HeaderNames.SetCookie, out var cookies) ? cookies.Single() : null,
            response.Headers.RetryAfter?.Delta);
    }
}
