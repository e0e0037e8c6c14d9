// Debian's Chromium on the console of a service whose clock the test drives. What a page may never do is checked when it ends: errors in
// its console, calls to another origin, a person or a key in an address or a title, an account where the key may not see one, anything
// but two switches kept in the browser.
using System.Collections.Concurrent;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

internal sealed class ConsoleBrowser : IAsyncDisposable
{
    public const string SupportKey = "a key of the support desk 0123456789";
    public const string AuditKey = "a key of the audit department 0123456789";
    public const string OperateKey = "a key of the operators 0123456789012";

    /// <summary>Keys of one role each.</summary>
    public static readonly string[] Keys =
    [
        .. KeyOf(1, "support-desk", SupportKey, "support"), .. KeyOf(2, "auditors", AuditKey, "audit"),
        .. KeyOf(3, "operators", OperateKey, "operate"),
    ];

    private readonly IPlaywright playwright;
    private readonly IBrowser browser;
    private readonly ServiceUnderTest service;
    private readonly ConcurrentQueue<string> faults = [];
    private readonly ConcurrentQueue<Task> looks = [];
    private readonly ConcurrentQueue<string> addresses = [];

    private ConsoleBrowser(IPlaywright playwright, IBrowser browser, IBrowserContext context, ServiceUnderTest service)
    {
        (this.playwright, this.browser, Context, this.service) = (playwright, browser, context, service);
    }

    public IBrowserContext Context { get; }

    /// <summary>Texts that no answer may hold.</summary>
    public List<string> Hidden { get; } = [];

    public static async Task<ConsoleBrowser> Start(ServiceUnderTest service, BrowserNewContextOptions? options = null)
    {
        var program = Programs.Find("chromium", "google-chrome");
        var driver = await Playwright.CreateAsync();
        var chromium = await driver.Chromium.LaunchAsync(new() { ExecutablePath = program, Args = ["--no-sandbox"] });
        options ??= new();
        options.ViewportSize ??= new() { Width = 1280, Height = 900 };
        options.TimezoneId ??= "Europe/Rome";
        options.ReducedMotion = ReducedMotion.Reduce;
        var context = await chromium.NewContextAsync(options);
        await context.Clock.InstallAsync(new() { TimeDate = service.Time.GetUtcNow().UtcDateTime });
        context.SetDefaultTimeout(30_000);
        SetDefaultExpectTimeout(30_000);
        return new ConsoleBrowser(driver, chromium, context, service);
    }

    public async Task<IPage> Open(string path)
    {
        var page = await Context.NewPageAsync();
        page.Console += (_, message) => Note(message.Type == "error" && !IsAnnounced(message.Text), message.Text);
        page.PageError += (_, error) => Note(true, error);
        page.Request += (_, request) =>
        {
            addresses.Enqueue(Uri.UnescapeDataString(request.Url));
            Note(IsElsewhere(request.Url), request.Url);
        };
        page.Response += (_, response) => looks.Enqueue(Look(response));
        await page.GotoAsync(new Uri(service.Management, path).ToString());
        return page;
    }

    /// <summary>Opens an address and signs in there.</summary>
    public async Task<IPage> SignIn(string path = "/console", string name = "support-desk", string key = SupportKey)
    {
        var page = await Open(path);
        await SignIn(page, name, key);
        return page;
    }

    public static async Task SignIn(IPage page, string name = "support-desk", string key = SupportKey)
    {
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await page.GetByLabel("Key name").FillAsync(name);
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync(key);
        await page.GetByLabel("Your name or staff number").FillAsync("m.rossi");
        await Button(page, "Sign in").ClickAsync();
        await Expect(Button(page, "Leave console")).ToBeVisibleAsync();
    }

    public static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true });

    public static ILocator Region(IPage page, string name) => page.GetByRole(AriaRole.Region, new() { Name = name, Exact = true });

    public static ILocator Field(IPage page) => page.GetByRole(AriaRole.Textbox, new() { Name = "Account, session id or device id" });

    public static ILocator Dialog(IPage page) => page.GetByRole(AriaRole.Dialog);

    public static async Task Find(IPage page, string text)
    {
        await Field(page).FillAsync(text);
        await page.Keyboard.PressAsync("Enter");
    }

    /// <summary>It needs no scrolling sideways and axe finds nothing serious. With CONSOLE_PICTURES=folder it is kept there.</summary>
    public static async Task Fits(IPage page, string picture)
    {
        var sideways = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        if (Environment.GetEnvironmentVariable("CONSOLE_PICTURES") is { Length: > 0 } pictures)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(pictures, picture), FullPage = true });
        }

        Assert.Equal(0, sideways);
        await Axe.Check(page);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var page in Context.Pages)
        {
            Assert.Equal(0, await page.EvaluateAsync<int>("""
                async () => sessionStorage.length + (await indexedDB.databases()).length + document.cookie.length
                  + Object.keys(localStorage).filter((key) => !['console.utc', 'console.keys'].includes(key)).length
                """));
            addresses.Enqueue(await page.TitleAsync());
            addresses.Enqueue(page.Url);
            var (title, content) = (await page.TitleAsync(), await page.ContentAsync());
            Assert.DoesNotContain(Hidden, text => (title + page.Url + content).Contains(text, StringComparison.Ordinal));
        }

        await Task.WhenAll(looks);
        await browser.CloseAsync();
        playwright.Dispose();
        Assert.Empty(faults);
        ServiceUnderTest.NothingIn(addresses, [.. service.Secrets, .. service.SessionIds, SupportKey, AuditKey, OperateKey]);
    }

    private static string[] KeyOf(int index, string name, string key, string role) =>
    [
        $"--Sessions:Management:Keys:{index}:Name={name}", $"--Sessions:Management:Keys:{index}:Key={key}",
        $"--Sessions:Management:Keys:{index}:Roles={role}",
    ];

    private bool IsElsewhere(string url) =>
        !url.StartsWith(service.Management.ToString(), StringComparison.Ordinal) && !url.StartsWith("blob:", StringComparison.Ordinal);

    // Chromium writes a line for each answer above 399, and for each that a test cuts off.
    private static bool IsAnnounced(string text) => text.StartsWith("Failed to load resource", StringComparison.Ordinal)
        || text.Contains("net::ERR_", StringComparison.Ordinal);

    private async Task Look(IResponse response)
    {
        if (Hidden.Count == 0 || response.Url.Contains("/internal/feed/", StringComparison.Ordinal) || response.Status is 204 or 304)
        {
            return;
        }

        try
        {
            var text = await response.TextAsync();
            Note(Hidden.Any(hidden => text.Contains(hidden, StringComparison.Ordinal)), $"{response.Url} shows what it must not");
        }
        catch (PlaywrightException)
        {
            // The page went on before the answer was whole.
        }
    }

    private void Note(bool isFault, string text)
    {
        if (isFault)
        {
            faults.Enqueue(text);
        }
    }
}
