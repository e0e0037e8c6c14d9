// What the tests of metrics and traces do over and over: traffic of every kind, with things that no metric may hold, and a scrape.
using System.Text.RegularExpressions;
using BankEzy.Sessions.Silo.Canary;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Monitoring;

internal static partial class Monitored
{
    /// <summary>The text at /metrics.</summary>
    public static async Task<string> Scrape(ServiceUnderTest service)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(service.Management, "/metrics"))
        {
            Headers = { { "Authorization", $"Bearer {ServiceUnderTest.ManagementKey}" } },
        };
        using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The value of a series; null where there is none.</summary>
    public static double? ValueOf(string text, string name, params string[] labels) => text.Split('\n')
        .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
        .Where(line => labels.All(label => line.Contains(label, StringComparison.Ordinal)))
        .Select(line => (double?)double.Parse(
            line[(line.LastIndexOf('}') + 1)..].TrimStart().Split(' ')[line.Contains('}', StringComparison.Ordinal) ? 0 : 1],
            System.Globalization.CultureInfo.InvariantCulture))
        .FirstOrDefault();

    /// <summary>The names of metrics and labels in a scrape.</summary>
    public static (HashSet<string> Metrics, HashSet<string> Labels) NamesIn(string text) => (
        [.. SampleNames().Matches(text).Select(match => match.Groups[1].Value)],
        [.. LabelNames().Matches(text).Select(match => match.Groups[1].Value)]);

    /// <summary>Sign-ins, sign-outs of both modes, a repeat, a notice that is acknowledged, refusals, wrong keys, the canary; with accounts
    /// and device ids in every field of a request that a caller may fill.</summary>
    /// <returns>What must not be in any metric or trace.</returns>
    public static async Task<IReadOnlyList<string>> Traffic(ServiceUnderTest service)
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        using (var stream = await NoticeCalls.Open(service, tablet))
        {
            await stream.UntilLive();
            Assert.Equal(200, (await service.Logout(phone, "2")).Status);
            var notice = await stream.NextEvent();
            Assert.Equal(200, (await NoticeCalls.Acknowledge(service, tablet, notice!.Id!)).Status);
        }

        Assert.Equal(200, (await service.Logout(tablet)).Status);
        Assert.Equal(200, (await service.Logout(tablet)).Status);
        var unknown = service.NewVisitor();
        Assert.Equal(401, (await service.Logout(unknown.LoginToken, unknown.Body(token: "\"no token\""))).Status);
        await SendHostile(service, unknown);
        Assert.Equal(401, (await service.Manage("/internal/feed/v1", content: null, key: "wrong key " + unknown.Account)).Status);
        await service.App.Services.GetRequiredService<CanaryService>().Round(TestContext.Current.CancellationToken);
        return [.. new[] { phone, tablet, unknown }.SelectMany(SecretsOf), ServiceUnderTest.ManagementKey, CanaryRun.Account, "wrong key"];
    }

    private static async Task SendHostile(ServiceUnderTest service, Visitor visitor)
    {
        foreach (var path in (string[])[$"/{visitor.Account}", $"/onboarding/user/logout/v1?account={visitor.Account}"])
        {
            using var request = new HttpRequestMessage(new HttpMethod("GET"), new Uri(service.Public, path))
            {
                Headers =
                {
                    { "X-API-KEY", visitor.Account }, { "User-Agent", $"phone/{visitor.Account}" }, { "baggage", $"a={visitor.Account}" },
                },
            };
            using var answer = await service.Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.InRange((int)answer.StatusCode, 400, 499);
        }
    }

    /// <summary>What points at a visitor, but for the user's key.</summary>
    public static IEnumerable<string> SecretsOf(Visitor visitor) =>
    [
        visitor.Account, visitor.Device, DeviceId.Of(visitor.Device).HashText, $"{visitor.Session}", $"{visitor.Session:N}",
        .. visitor.LoginToken.Split('.')[2..], .. visitor.AppToken.Split('.')[2..], "Canary Zo",
    ];

    [GeneratedRegex(@"^([a-z_:][a-zA-Z0-9_:]*)(?:\{| )", RegexOptions.Multiline)]
    private static partial Regex SampleNames();

    [GeneratedRegex(@"[{,]([a-z_]+)=""")]
    private static partial Regex LabelNames();
}
