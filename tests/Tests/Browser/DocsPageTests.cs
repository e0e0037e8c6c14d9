// The page of the API: a call is made by clicking through it, and its answer is seen. Nothing is asked of another host, and the key that
// is typed stays where it was typed.
using System.Collections.Concurrent;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

public sealed class DocsPageTests
{
    [Fact]
    public async Task A_call_is_made_by_clicking_through_the_try_it_of_an_operation_and_its_answer_is_seen()
    {
        var program = Programs.Find("chromium", "google-chrome");
        await using var service = await ServiceUnderTest.Start();
        await service.Logout(await service.SignIn());
        using var driver = await Playwright.CreateAsync();
        await using var chromium = await driver.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"] });
        var page = await chromium.NewPageAsync(new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        var addresses = new ConcurrentQueue<string>();
        page.Request += (_, request) => addresses.Enqueue(request.Url);
        await page.GotoAsync(new Uri(service.Management, "/docs/#tag/services/GET/internal/status/v1").ToString());
        await page.GetByRole(AriaRole.Button, new() { NameRegex = new("Test Request.*status") }).ClickAsync();
        var client = page.GetByRole(AriaRole.Dialog);
        var send = client.GetByRole(AriaRole.Button, new() { NameRegex = new("^Send Request") });
        await client.GetByPlaceholder("Token").FillAsync("a wrong key 0123456789");
        await send.ClickAsync();
        await Expect(client).ToContainTextAsync("401 Unauthorized");
        await client.GetByPlaceholder("Token").FillAsync(ServiceUnderTest.ManagementKey);
        await client.GetByRole(AriaRole.Button, new() { NameRegex = new("^Send get request") }).ClickAsync();
        await Expect(client).ToContainTextAsync("200 OK");
        await Expect(client).ToContainTextAsync("Sign-outs work on this node. Its one silo is active.");
        Assert.All(addresses, address => Assert.True(IsOwn(service, address), address));
        ServiceUnderTest.NothingIn([.. addresses.Select(Uri.UnescapeDataString), page.Url, await page.TitleAsync()], service.Secrets);
        Assert.Equal(0, await page.EvaluateAsync<int>("localStorage.length + sessionStorage.length + document.cookie.length"));
    }

    private static bool IsOwn(ServiceUnderTest service, string address) =>
        address.StartsWith(service.Management.ToString(), StringComparison.Ordinal) || address.StartsWith("data:", StringComparison.Ordinal)
        || address.StartsWith("blob:", StringComparison.Ordinal);
}
