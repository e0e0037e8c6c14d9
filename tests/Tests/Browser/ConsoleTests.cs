// The console in Chromium, on a real service: finding a user, why a session ended and who knows of it, signing out, what follows.
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Playwright;
using static BankEzy.Sessions.Tests.Browser.ConsoleBrowser;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

public sealed class ConsoleTests : IAsyncLifetime
{
    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync()
    {
        Programs.Find("chromium", "google-chrome");
        service = await ServiceUnderTest.Start(Keys);
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Without_a_session_every_address_asks_to_sign_in_and_opens_afterwards()
    {
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.Open("/");
        await Expect(page).ToHaveURLAsync(new Regex("/console$"));
        await page.GetByLabel("Key name").FillAsync("support-desk");
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync("wrong");
        await page.GetByLabel("Your name or staff number").FillAsync("m.rossi");
        await Button(page, "Sign in").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Name or key is wrong.");
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await page.GetByLabel("Key", new() { Exact = true }).FillAsync($"wrong {attempt}");
            var answered = page.WaitForResponseAsync(response => response.Url.EndsWith("/console/session", StringComparison.Ordinal));
            await page.Keyboard.PressAsync("Enter");
            await answered;
        }

        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("Too many attempts. Try again in 60 seconds.");
        await SignIn(page);
        await Expect(Field(page)).ToBeFocusedAsync();
        await Expect(page.GetByRole(AriaRole.Navigation)).ToHaveTextAsync("FindLiveIncidents");
        var cookie = Assert.Single(await browser.Context.CookiesAsync());
        Assert.Equal((true, SameSiteAttribute.Strict, "/"), (cookie.HttpOnly, cookie.SameSite, cookie.Path));
    }

    [Fact]
    public async Task The_field_says_what_it_takes_a_text_for_and_finds_users_of_a_shared_device()
    {
        var (phone, other) = (await service.SignIn(), service.NewVisitor());
        var shared = service.Know(new Visitor(
            other.Account, other.Session, phone.Device, other.IssuedAt, other.LoginKey, other.AppKey));
        Assert.Equal(201, (await service.Report(shared)).Status);
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn();
        await Field(page).FillAsync("a1b2");
        await Expect(page.GetByText("Four digits are a device’s label.")).ToBeVisibleAsync();
        await Find(page, "1234567890");
        await Expect(page.Locator(".results")).ToContainTextAsync("Nobody found. The log has no event for this account in program 2001.");
        await Field(page).BlurAsync();
        await page.Keyboard.PressAsync("/");
        await Expect(Field(page)).ToBeFocusedAsync();
        await Find(page, phone.Device);
        await Expect(Region(page, "This device was used by 2 users.").GetByRole(AriaRole.Link)).ToHaveCountAsync(2);
        await Expect(Field(page)).ToHaveValueAsync("");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToContainTextAsync("Account ending");
    }

    [Fact]
    public async Task A_user_page_says_why_without_the_account()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        Assert.Equal(200, (await service.Logout(phone, "2")).Status);
        await using var browser = await ConsoleBrowser.Start(service);
        browser.Hidden.Add(phone.Account);
        var page = await browser.SignIn();
        await Find(page, phone.Account);
        await Expect(page).ToHaveURLAsync(new Regex($"/console/users/{phone.User.Reference}$"));
        await Expect(page).ToHaveTitleAsync("User · Sessions console");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync($"Account ending {phone.Account[^4..]}");
        var why = Region(page, "Why was I signed out, and who was told?");
        await Expect(why).ToContainTextAsync($"Device {LabelOf(phone)} signed itself out today at 10:00:00.");
        await Expect(why).ToContainTextAsync($"Device {LabelOf(tablet)} has not confirmed it yet.");
        await Expect(Region(page, "Timeline")).ToContainTextAsync("✓ chain of 3 events checked");
        await Expect(page.Locator("#v3")).ToContainTextAsync("signed itself out");
    }

    [Fact]
    public async Task An_auditor_sees_the_stored_bytes_checked_in_the_page_and_cannot_act()
    {
        var phone = await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn($"/console/users/{phone.User.Reference}", "auditors", AuditKey);
        await Expect(Region(page, "Timeline")).ToContainTextAsync("✓ chain of 1 event checked in this page");
        await Expect(page.GetByText("Your key may look, not sign out (it lacks the role support).")).ToBeVisibleAsync();
        await Expect(Button(page, $"Sign out {LabelOf(phone)}")).ToHaveCountAsync(0);
        Assert.DoesNotContain(phone.Account, await page.Locator("body").InnerTextAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_that_was_changed_on_the_way_breaks_the_chain_before_the_auditors_eyes()
    {
        var (phone, _) = await NoticeCalls.SignInTwice(service);
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn("/console", "auditors", AuditKey);
        await page.RouteAsync("**/internal/timeline/v1", async route =>
        {
            var answer = await route.FetchAsync();
            var text = await answer.TextAsync();
            var second = text.LastIndexOf("\"signInMode\":1", StringComparison.Ordinal);
            await route.FulfillAsync(new() { Response = answer, Body = text[..second] + "\"signInMode\":2" + text[(second + 14)..] });
        });
        await Find(page, phone.Account);
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Event 2 does not follow from event 1.");
    }

    [Fact]
    public async Task A_device_is_signed_out_in_three_clicks_and_its_row_turns_from_owed_to_shown()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        using var ofTablet = await NoticeCalls.Open(service, tablet);
        await using var browser = await ConsoleBrowser.Start(service);
        browser.Hidden.Add(phone.Account);
        var page = await browser.SignIn($"/console/users/{phone.User.Reference}");
        var label = LabelOf(phone);
        var button = Button(page, $"Sign out {label}");
        await button.ClickAsync();
        await Expect(Dialog(page)).ToHaveAccessibleNameAsync($"Sign out Device {label}?");
        await Expect(Button(page, "Keep it signed in")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(button).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        var confirm = Dialog(page).GetByRole(AriaRole.Button, new() { Name = $"Sign out {label}" });
        await confirm.ClickAsync();
        await Expect(Dialog(page)).ToContainTextAsync("Choose a reason.");
        await Expect(page.GetByLabel("Reason")).ToBeFocusedAsync();
        await page.GetByLabel("Reason").SelectOptionAsync("Phone lost");
        await page.GetByLabel("Ticket (optional)").FillAsync("CS-48291");
        await confirm.ClickAsync();
        var done = Region(page, $"Device {label} is signed out");
        await Expect(done).ToContainTextAsync("1 session ended, stored as event 3 at 10:00:00.000. Every node refuses it.");
        await Expect(done.GetByRole(AriaRole.Heading)).ToBeFocusedAsync();
        await Expect(page.GetByRole(AriaRole.Status).Filter(new() { HasText = $"Device {label} is signed out" })).ToHaveCountAsync(1);
        await Expect(done).ToContainTextAsync("owed for");
        Assert.Equal(401, (await service.Sessions(phone.LoginToken)).Status);
        Assert.Equal(200, (await NoticeCalls.Acknowledge(service, tablet, "3")).Status);
        await Expect(done).ToContainTextAsync($"shown after 0 ms Device {LabelOf(tablet)}");
        await Expect(page.Locator("#v3")).ToContainTextAsync("by m.rossi, key support-desk");
        await Expect(page.Locator("#v3")).ToContainTextAsync("Ticket CS-48291");
    }

    [Fact]
    public async Task An_answer_that_is_lost_is_not_certain_and_trying_again_acts_once()
    {
        var phone = await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn($"/console/users/{phone.User.Reference}");
        await page.RouteAsync("**/internal/sign-out/v1", async route =>
        {
            await route.FetchAsync(); // The service did it; the answer never comes.
            await route.AbortAsync();
        }, new() { Times = 1 });
        await Choose(page, $"Sign out {LabelOf(phone)}", "Test");
        await Expect(Dialog(page).GetByRole(AriaRole.Alert)).ToContainTextAsync("It is not certain whether");
        await Button(page, "Try again").ClickAsync();
        await Expect(Region(page, $"Device {LabelOf(phone)} is signed out")).ToContainTextAsync("stored as event 2");
        Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], await service.EventsOf(phone));
    }

    [Fact]
    public async Task Of_two_people_at_once_the_second_learns_of_the_first()
    {
        var phone = await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        var first = await browser.SignIn($"/console/users/{phone.User.Reference}");
        var second = await browser.Open($"/console/users/{phone.User.Reference}");
        var label = LabelOf(phone);
        await Button(second, $"Sign out {label}").ClickAsync();
        await Choose(first, $"Sign out {label}", "Phone lost");
        await Expect(Region(first, $"Device {label} is signed out")).ToBeVisibleAsync();
        await second.GetByLabel("Reason").SelectOptionAsync("Phone lost");
        await Dialog(second).GetByRole(AriaRole.Button, new() { Name = $"Sign out {label}" }).ClickAsync();
        var already = new Regex($"{label} was signed out .* ago by m.rossi\\.\\s*Nothing was changed\\.");
        await Expect(second.Locator(".done")).ToContainTextAsync(already);
    }

    [Fact]
    public async Task Signing_out_everywhere_can_lock_and_the_lock_stands_on_the_page_until_it_is_released()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn($"/console/users/{phone.User.Reference}");
        await Button(page, "Sign out everywhere").ClickAsync();
        await page.GetByLabel("Also lock sign-ins").CheckAsync();
        await page.GetByLabel("Reason").SelectOptionAsync("Account taken over");
        await Dialog(page).GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await Expect(page.Locator(".lock")).ToContainTextAsync("Sign-ins are locked until it is released by m.rossi (account taken over).");
        await Expect(Region(page, "Devices")).ToContainTextAsync("No device is signed in.");
        Assert.Equal(409, (await service.Report(service.Know(tablet.Again()))).Status);
        await Choose(page, "Release the lock", "Customer asked");
        await Expect(page.Locator(".lock")).ToHaveCountAsync(0);
        Assert.Equal(201, (await service.Report(service.Know(tablet.Again()))).Status);
    }

    [Fact]
    public async Task Signing_out_everywhere_is_there_where_no_session_lives_and_refuses_tokens_that_nobody_reported()
    {
        var phone = await service.SignIn();
        var unreported = service.Know(phone.Elsewhere());
        Assert.Equal(200, (await service.Logout(phone)).Status);
        Assert.Equal(200, (await service.Sessions(unreported.LoginToken)).Status);
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn($"/console/users/{phone.User.Reference}");
        await Expect(Region(page, "Devices")).ToContainTextAsync("No device is signed in.");
        await Button(page, "Sign out everywhere").ClickAsync();
        await Expect(Dialog(page)).ToContainTextAsync("No session that the log knows is alive.");
        await Expect(Dialog(page)).ToContainTextAsync("Tokens that were issued until now, and whose sign-in nobody reported, are refused");
        await Expect(page.GetByLabel("Quiet: do not tell the other devices")).ToHaveCountAsync(0);
        await page.GetByLabel("Reason").SelectOptionAsync("Account taken over");
        await Dialog(page).GetByRole(AriaRole.Button, new() { Name = "Sign out everywhere" }).ClickAsync();
        await Expect(page.Locator(".done")).ToContainTextAsync("Every node refuses every token that was issued until then");
        Assert.Equal(401, (await service.Sessions(unreported.LoginToken)).Status);
    }

    [Fact]
    public async Task A_quiet_sign_out_tells_nobody_and_says_so()
    {
        var (phone, tablet) = await NoticeCalls.SignInTwice(service);
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn($"/console/users/{phone.User.Reference}");
        await Button(page, $"Sign out {LabelOf(phone)}").ClickAsync();
        await page.GetByLabel("Quiet: do not tell the other devices").CheckAsync();
        await Expect(Dialog(page)).ToContainTextAsync("No other device is told.");
        await page.GetByLabel("Reason").SelectOptionAsync("Fraud suspected");
        await Dialog(page).GetByRole(AriaRole.Button, new() { Name = $"Sign out {LabelOf(phone)}" }).ClickAsync();
        await Expect(page.Locator(".done")).ToContainTextAsync("No other device is told.");
        await Expect(page.Locator("#v3")).ToContainTextAsync("; quiet");
        Assert.Empty(await NoticeCalls.OwedTo(service, tablet));
    }

    private static async Task Choose(IPage page, string act, string reason)
    {
        await Button(page, act).ClickAsync();
        await page.GetByLabel("Reason").SelectOptionAsync(reason);
        await Dialog(page).GetByRole(AriaRole.Button, new() { Name = act }).ClickAsync();
    }

    private static string LabelOf(Visitor visitor) => DeviceId.Of(visitor.Device).LabelText;
}
