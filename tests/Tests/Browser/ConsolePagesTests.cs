// The other pages of the console, its end after a while, roles, the keyboard, and how it looks: wide, narrow, dark, to axe. With
// CONSOLE_PICTURES=<folder> its states are kept as pictures; `docs/images/console.png` is one of them.
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Playwright;
using static BankEzy.Sessions.Tests.Browser.ConsoleBrowser;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

public sealed class ConsolePagesTests : IAsyncLifetime
{
    private static readonly string[] Addresses =
    [
        "/console", "/console/users/{user}", "/console/live", "/console/incidents", "/console/incidents/new", "/console/cluster",
        "/console/audit",
    ];

    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync()
    {
        Programs.Find("chromium", "google-chrome");
        service = await ServiceUnderTest.Start(Keys);
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Theory]
    [InlineData("support-desk", SupportKey, "/console", "/console/users/{user}", "/console/live", "/console/incidents")]
    [InlineData(
        "auditors", AuditKey,
        "/console", "/console/users/{user}", "/console/live", "/console/incidents", "/console/cluster", "/console/audit")]
    [InlineData("operators", OperateKey, "/console/live", "/console/incidents", "/console/incidents/new", "/console/cluster")]
    public async Task A_page_opens_for_its_roles_alone(string name, string key, params string[] opens)
    {
        var visitor = await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn("/console/live", name, key);
        foreach (var address in Addresses.Where(address => name != "operators" || address != "/console"))
        {
            await page.GotoAsync(Address(address, visitor));
            await Expect(Button(page, "Leave console")).ToBeVisibleAsync();
            await Expect(page.GetByText("Your key may not open this page."))
                .ToHaveCountAsync(opens.Contains(address) ? 0 : 1);
        }

        await page.GotoAsync(Address("/console", visitor));
        await Expect(page).ToHaveURLAsync(new Regex(name == "operators" ? "/console/cluster$" : "/console$"));
    }

    [Fact]
    public async Task After_thirteen_minutes_it_warns_and_after_fifteen_nothing_is_left_on_the_page()
    {
        var visitor = await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        browser.Hidden.Add(visitor.Account);
        var page = await browser.SignIn($"/console/users/{visitor.User.Reference}");
        await Expect(Region(page, "Timeline")).ToContainTextAsync("✓ chain of 1 event checked");
        var cookie = Assert.Single(await browser.Context.CookiesAsync());
        await Pass(page, TimeSpan.FromMinutes(13.1));
        await Expect(Dialog(page)).ToHaveAccessibleNameAsync("You will be signed out in 2 minutes.");
        await page.RouteAsync("**/console/session", static route => route.AbortAsync());
        await Button(page, "Stay signed in").ClickAsync();
        await Expect(Dialog(page).GetByRole(AriaRole.Alert)).ToHaveTextAsync("The service did not answer. Try again.");
        await page.UnrouteAsync("**/console/session");
        await Button(page, "Stay signed in").ClickAsync();
        await Expect(Dialog(page)).ToHaveCountAsync(0);
        await Pass(page, TimeSpan.FromMinutes(13.1));
        await Expect(Dialog(page)).ToHaveCountAsync(1);
        await Pass(page, TimeSpan.FromMinutes(2));
        await Expect(page.GetByText("Signed out after 15 minutes without use.")).ToBeVisibleAsync();
        await Expect(page.GetByText("Account ending")).ToHaveCountAsync(0);
        var copy = new ConsolePerson(service) { Cookie = $"{cookie.Name}={cookie.Value}" };
        Assert.Equal(401, (await copy.Ask("/internal/user/v1", "{}")).Status);
        await SignIn(page);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Account ending");
    }

    [Fact]
    public async Task An_open_live_page_alone_keeps_nobody_in()
    {
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn("/console/live");
        await Pass(page, TimeSpan.FromMinutes(15.1));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Who_leaves_is_out_and_the_cookie_with_them()
    {
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn();
        var cookie = Assert.Single(await browser.Context.CookiesAsync());
        await Button(page, "Leave console").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        Assert.Empty(await browser.Context.CookiesAsync());
        var copy = new ConsolePerson(service) { Cookie = $"{cookie.Name}={cookie.Value}" };
        Assert.Equal(401, (await copy.Ask("/internal/search/v1", "{}")).Status);
    }

    [Fact]
    public async Task The_timeline_loads_by_fifty_and_new_events_wait_behind_a_button()
    {
        var visitor = await service.SignIn();
        for (var number = 1; number < 60; number++)
        {
            visitor = await NoticeCalls.Return(service, visitor); // one that ends, one that begins
        }

        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn($"/console/users/{visitor.User.Reference}");
        await Expect(page.Locator(".ev")).ToHaveCountAsync(50);
        await Button(page, "Show 50 older events").ClickAsync();
        await Expect(page.Locator("#v69")).ToBeFocusedAsync();
        await Button(page, "Show 19 older events").ClickAsync();
        await Expect(page.Locator(".ev")).ToHaveCountAsync(119);
        await page.Locator("#v19").FocusAsync();
        var before = await page.Locator("#v119").BoundingBoxAsync();
        Assert.Equal(200, (await service.Logout(visitor, "2")).Status);
        await Expect(Button(page, "1 new event: show")).ToBeVisibleAsync();
        await Expect(page.Locator(".ev")).ToHaveCountAsync(119);
        await Expect(page.Locator("#v19")).ToBeFocusedAsync();
        Assert.NotNull(before);
        await page.Keyboard.PressAsync("n");
        await Expect(page.Locator("#v120")).ToContainTextAsync("signed itself out");
    }

    [Fact]
    public async Task The_live_page_shows_what_ends_and_leads_to_the_user()
    {
        var visitor = await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        browser.Hidden.Add(visitor.Account);
        var page = await browser.SignIn("/console/live");
        await Expect(page.GetByText("0 a second")).ToBeVisibleAsync();
        await Expect(page.GetByText("No session has ended since 10:00. The list fills by itself.")).ToBeVisibleAsync();
        Assert.Equal(200, (await service.Logout(visitor, "2")).Status);
        var row = page.Locator(".live li");
        await Expect(row).ToContainTextAsync("signed itself out");
        await row.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex($"/console/users/{visitor.User.Reference}#v2$"));
    }

    [Fact]
    public async Task The_cluster_page_says_whether_sign_outs_work_and_strikes_old_numbers_through()
    {
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn("/console/cluster", "operators", OperateKey);
        await Expect(page.Locator(".sentences")).ToContainTextAsync("Sign-outs work on this node. Its one silo is active.");
        foreach (var name in (string[])["Silos", "Feed lag", "Oldest waiting notice", "Store", "Refusals"])
        {
            await Expect(page.GetByText(name, new() { Exact = true })).ToBeVisibleAsync();
        }

        await Expect(page.GetByText("none waits")).ToBeVisibleAsync();
        await page.RouteAsync("**/internal/status/v1", route => route.AbortAsync());
        await page.Clock.FastForwardAsync(12_000);
        await Expect(page.GetByText("No answer since")).ToBeVisibleAsync();
        await Expect(page.Locator(".struck")).ToHaveCountAsync(5);
    }

    [Fact]
    public async Task A_notice_that_waits_although_its_device_listens_is_a_number_in_red_with_what_to_do()
    {
        await using var browser = await ConsoleBrowser.Start(service);
        await browser.Context.RouteAsync("**/internal/status/v1", async route =>
        {
            var answer = await route.FetchAsync();
            const string None = "\"oldestWaitingNoticeMilliseconds\":0";
            var text = await answer.TextAsync();
            Assert.Contains(None, text, StringComparison.Ordinal);
            await route.FulfillAsync(new() { Response = answer, Body = text.Replace(None, None[..^1] + "9000", StringComparison.Ordinal) });
        });
        var page = await browser.SignIn("/console/cluster", "operators", OperateKey);
        await Expect(page.GetByText("What to do: Devices listen and have not been told")).ToBeVisibleAsync();
        await Expect(page.Locator("dd.bad")).ToHaveTextAsync("9 s");
    }

    [Fact]
    public async Task The_audit_page_lists_the_reads_of_others()
    {
        var visitor = await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        var support = await browser.SignIn();
        await Find(support, visitor.Account);
        await Expect(Region(support, "Timeline")).ToContainTextAsync("✓ chain");
        await Button(support, "Leave console").ClickAsync();
        await SignIn(support, "auditors", AuditKey);
        await support.GotoAsync(Address("/console/audit", visitor));
        await support.GetByLabel("Key", new() { Exact = true }).FillAsync("support-desk");
        await Button(support, "Show").ClickAsync();
        var rows = Region(support, "Who looked at whom");
        var opened = rows.GetByRole(AriaRole.Row, new() { NameRegex = new("support-desk m.rossi Opened a user 2001-") });
        await Expect(opened).ToHaveCountAsync(1);
        await Expect(rows.GetByRole(AriaRole.Row, new() { NameRegex = new("support-desk m.rossi Searched") })).ToHaveCountAsync(1);
        await Expect(rows).ToContainTextAsync("Left the console");
    }

    [Fact]
    public async Task Everything_up_to_the_sign_out_can_be_done_with_the_keyboard()
    {
        var phone = await service.SignIn();
        var label = DeviceId.Of(phone.Device).LabelText;
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn();
        await Expect(Field(page)).ToBeFocusedAsync();
        await page.Keyboard.TypeAsync(phone.Account);
        await page.Keyboard.PressAsync("Enter");
        await Expect(Region(page, "Timeline")).ToContainTextAsync("✓ chain");
        await TabTo(page, Button(page, $"Sign out {label}"));
        await page.Keyboard.PressAsync("Enter");
        await TabTo(page, page.GetByLabel("Reason"));
        await page.Keyboard.PressAsync("ArrowDown");
        await TabTo(page, Dialog(page).GetByRole(AriaRole.Button, new() { Name = $"Sign out {label}" }));
        await page.Keyboard.PressAsync("Enter");
        await Expect(Region(page, $"Device {label} is signed out")).ToBeVisibleAsync();
    }

    [Theory]
    [InlineData("wide", 1280, ColorScheme.Light)]
    [InlineData("dark", 1280, ColorScheme.Dark)]
    [InlineData("narrow", 320, ColorScheme.Light)]
    public async Task It_fits_its_window_and_has_no_serious_finding_of_axe(string name, int width, ColorScheme colors)
    {
        var phone = service.NewVisitor();
        var (tablet, third) = (service.Know(phone.Elsewhere()), service.Know(phone.Elsewhere()));
        await Report(phone, "Pixel 8", "phone");
        await Report(tablet, "Galaxy Tab", "tablet");
        await Report(third, "iPhone 15", "phone");
        Assert.Equal(200, (await service.Logout(phone, "2")).Status);
        service.Time.Advance(TimeSpan.FromMilliseconds(1_200));
        Assert.Equal(200, (await NoticeCalls.Acknowledge(service, third, "7")).Status);
        await using var browser = await ConsoleBrowser.Start(
            service, new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = colors });
        var page = await browser.SignIn("/console", "key-0", ServiceUnderTest.ManagementKey);
        foreach (var address in Addresses)
        {
            await page.GotoAsync(Address(address, phone));
            await Expect(page.Locator("main .panel").First).ToBeVisibleAsync();
            await Expect(page.GetByText("Loading…")).ToHaveCountAsync(0);
            await Expect(page.GetByText("not known")).ToHaveCountAsync(0);
            await Fits(page, $"console-{address.Split('/')[^1].Trim('{', '}')}-{name}.png");
        }

        await page.GotoAsync(Address("/console/users/{user}", phone));
        await Button(page, $"Sign out {DeviceId.Of(third.Device).LabelText}").ClickAsync();
        await Fits(page, $"console-ask-{name}.png");
        await page.GetByLabel("Reason").SelectOptionAsync("Phone lost");
        await Dialog(page).GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page.Locator(".done")).ToContainTextAsync("owed for");
        await Fits(page, name == "wide" ? "console.png" : $"console-done-{name}.png");
        Assert.True(RepositoryFiles.Has("docs/images/console.png"));
    }

    private async Task Report(Visitor visitor, string name, string kind)
    {
        var answer = await service.Manage("/internal/sessions/v1", $$$"""
            {"program":2001,"account":"{{{visitor.Account}}}","sessionId":"{{{visitor.Session}}}","deviceId":"{{{visitor.Device}}}",
            "signInMode":1,"expiresAt":"{{{visitor.IssuedAt.AddMinutes(30):yyyy-MM-dd'T'HH:mm:ss'Z'}}}",
            "device":{"name":"{{{name}}}","kind":"{{{kind}}}","appVersion":"5.12.0"}}
            """);
        Assert.Equal(201, answer.Status);
    }

    private static async Task TabTo(IPage page, ILocator target)
    {
        for (var i = 0; i < 40 && !await target.EvaluateAsync<bool>("one => one === document.activeElement"); i++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        await Expect(target).ToBeFocusedAsync();
    }

    // The clock of the page and that of the service.
    private async Task Pass(IPage page, TimeSpan span)
    {
        service.Time.Advance(span);
        await page.Clock.FastForwardAsync((long)span.TotalMilliseconds);
    }

    private string Address(string path, Visitor visitor) =>
        new Uri(service.Management, path.Replace("{user}", visitor.User.Reference, StringComparison.Ordinal)).ToString();
}
