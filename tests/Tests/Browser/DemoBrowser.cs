// Debian's Chromium on the demo of a running service: opens pages, and finds what a person would look for. What a page may never do is
// checked when it ends: errors in its console, calls to another origin than the nodes', anything kept in the browser.
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using Microsoft.Playwright;

namespace BankEzy.Sessions.Tests.Browser;

internal sealed class DemoBrowser : IAsyncDisposable
{
    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly List<string> faults = [];
    private readonly IReadOnlyList<string> nodes;

    private DemoBrowser(IPlaywright playwright, IBrowser browser, IBrowserContext context, IReadOnlyList<string> nodes)
    {
        (this.playwright, this.browser, Context, this.nodes) = (playwright, browser, context, nodes);
    }

    public IBrowserContext Context { get; }

    /// <summary>Whether the service is away on purpose, so that calls fail.</summary>
    public bool MayFail { get; set; }

    /// <summary>Starts Chromium; skips the test where there is none.</summary>
    public static async Task<DemoBrowser> Start(IReadOnlyList<string> nodes, BrowserNewContextOptions? options = null)
    {
        var program = Programs.Find("chromium", "google-chrome");
        var driver = await Playwright.CreateAsync();
        var chromium = await driver.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"] });
        var context = await chromium.NewContextAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 900 } });
        context.SetDefaultTimeout(30_000);
        Assertions.SetDefaultExpectTimeout(30_000);
        return new DemoBrowser(driver, chromium, context, nodes);
    }

    /// <summary>Opens the demo and waits until its phones listen.</summary>
    public async Task<IPage> Open(string query = "", int phones = 3)
    {
        var page = await OpenPage(nodes[0] + "/" + query);
        await UntilListening(page, [.. Enumerable.Range(1, phones)]);
        await Assertions.Expect(Chain(page)).ToHaveTextAsync($"✓ {phones} of {phones} links of the chain recomputed in this page");
        return page;
    }

    public async Task<IPage> OpenPage(string address)
    {
        var page = await Context.NewPageAsync();
        page.Console += (_, message) => Note(message.Type == "error" && !IsAnnounced(message.Text), message.Text);
        page.PageError += (_, error) => Note(true, error);
        page.Request += (_, request) => Note(
            !nodes.Any(node => request.Url.StartsWith(node + "/", StringComparison.Ordinal)) || NamesSomebody(request.Url), request.Url);
        await page.GotoAsync(address);
        return page;
    }

    public static async Task UntilListening(IPage page, params int[] phones)
    {
        foreach (var number in phones)
        {
            await Assertions.Expect(Phone(page, number).GetByText("listening", new() { Exact = true })).ToBeVisibleAsync();
        }
    }

    public static ILocator Phone(IPage page, int number) => page.GetByRole(AriaRole.Article, new() { Name = $"Phone {number} " });

    public static ILocator Button(ILocator within, string name) => within.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Log(IPage page) => page.GetByRole(AriaRole.Region, new() { Name = "The log of this person" });

    public static ILocator Chain(IPage page) => page.Locator("#chain");

    public static ILocator Line(IPage page) => page.Locator("#line");

    /// <summary>Presses a button of "Break it" and gives what the page says that it saw; it must say ✓.</summary>
    public static async Task<string> Try(IPage page, string name)
    {
        var row = page.GetByRole(AriaRole.Region, new() { Name = "Break it" }).GetByRole(AriaRole.Listitem)
            .Filter(new() { Has = page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }) });
        var result = await row.GetByRole(AriaRole.Status).ElementHandleAsync();
        await Button(row, name).ClickAsync();
        await page.WaitForFunctionAsync("status => /[✓✗]/.test(status.textContent)", result);
        var text = await result.TextContentAsync() ?? "";
        Assert.EndsWith("✓", text, StringComparison.Ordinal);
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            foreach (var page in Context.Pages)
            {
                await CheckWhatIsKept(page);
            }
        }
        finally
        {
            await browser.CloseAsync();
            playwright.Dispose();
        }

        Assert.Empty(faults);
    }

    private static async Task CheckWhatIsKept(IPage page)
    {
        const string Kept = """
            async () => [
              localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, document.cookie.length,
            ].join()
            """;
        Assert.Equal("0,0,0,0", await page.EvaluateAsync<string>(Kept));
        Assert.DoesNotMatch("eyJ[A-Za-z0-9_.-]{8}", await page.ContentAsync()); // a token is shown by ten characters at most
        Assert.DoesNotMatch("[0-9]{5}|ticket=|eyJ", await page.TitleAsync());
    }

    // An account or a token; a ticket is made to stand in an address, and its random letters may be anything.
    private static bool NamesSomebody(string address) =>
        Regex.IsMatch(Regex.Replace(new Uri(address).PathAndQuery, "ticket=[^&]*", ""), "[0-9]{6}|eyJ");

    // Chromium writes a line for each answer above 399; experiments get 401 on purpose.
    private bool IsAnnounced(string text) => text.Contains("status of 401", StringComparison.Ordinal) || MayFail;

    private void Note(bool isFault, string text)
    {
        if (isFault)
        {
            lock (faults)
            {
                faults.Add(text);
            }
        }
    }
}
