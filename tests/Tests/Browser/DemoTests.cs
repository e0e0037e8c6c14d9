// The demo in Chromium on one service with SQLite: what a newcomer sees, what "Break it" shows, and what never happens.
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static BankEzy.Sessions.Tests.Browser.DemoBrowser;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

public sealed partial class DemoTests(DemoFixture service) : IClassFixture<DemoFixture>, IAsyncLifetime
{
    private readonly DemoNode node = service.Node;
    private DemoBrowser? browser;

    private DemoBrowser Browser => browser!;

    public async ValueTask InitializeAsync()
    {
        browser = await DemoBrowser.Start([node.Address]);
        await node.Start();
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_newcomer_finds_three_phones_and_one_click_shows_everything()
    {
        var page = await Browser.Open();
        Assert.Equal($"{node.Address}/demo", page.Url);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Sign out on one phone. Watch the others." })).ToBeVisibleAsync();
        await Expect(page.GetByText("service ready")).ToBeVisibleAsync();

        var first = await SignOutAndRead(page);
        await Expect(Phone(page, 1)).ToContainTextAsync("You are signed out");
        foreach (var number in (int[])[2, 3])
        {
            await Expect(Phone(page, number)).ToContainTextAsync(NoticeText());
            await Expect(Phone(page, number)).ToContainTextAsync("Shown and confirmed ✓");
        }

        await Expect(Log(page).GetByRole(AriaRole.Listitem)).ToHaveCountAsync(6);
        await Expect(Chain(page)).ToHaveTextAsync("✓ 6 of 6 links of the chain recomputed in this page");
        await Expect(Log(page).GetByRole(AriaRole.Listitem).Last).ToContainTextAsync("Signed in on phone 1");

        await Button(Phone(page, 1), "Sign in with PIN").ClickAsync();
        await UntilListening(page, 1);
        await SignOutAndRead(page);
        await Expect(Line(page)).Not.ToHaveTextAsync(first);
    }

    [Fact]
    public async Task The_numbers_on_the_page_are_its_marks_and_agree_with_the_browsers_network_timing()
    {
        var page = await Browser.Open();
        await SignOutAndRead(page);
        var shown = LineNumbers().Matches(await Line(page).TextContentAsync() ?? "").Select(Number).ToList();
        var marks = await page.EvaluateAsync<double[]>("""
            () => {
              const at = (name) => performance.getEntriesByName(name).at(-1).startTime;
              const marks = performance.getEntriesByType('mark');
              const told = marks.filter((mark) => mark.name.startsWith('told:')).map((mark) => mark.startTime);
              const begin = at('sign-out');
              const logout = performance.getEntriesByType('resource').filter((entry) => entry.name.endsWith('/logout/v1')).at(-1);
              return [at('durable') - begin, Math.max(...told) - begin, logout.responseStart - logout.startTime, told.length];
            }
            """);
        Assert.Equal(2, marks[3]);
        Assert.Contains(shown, number => Math.Abs(number - marks[0]) <= 0.051); // one decimal
        Assert.Contains(shown, number => Math.Abs(number - marks[1]) <= 0.051);
        Assert.InRange(marks[0] - marks[2], -1, 15); // the mark is set when the page's own code runs again
    }

    [Fact]
    public async Task A_sign_out_with_the_PIN_is_for_one_session_and_nobody_else_is_notified()
    {
        var page = await Browser.Open();
        await Button(Phone(page, 2), "Sign out").ClickAsync();
        await Expect(Line(page)).ToContainTextAsync("One session ended: other devices are not told about that.");
        await Expect(Phone(page, 1)).Not.ToContainTextAsync("was signed out");
        await Expect(Button(Phone(page, 2), "Sign in with device")).ToBeEnabledAsync();

        await Button(Phone(page, 1), "Sign out this device").ClickAsync();
        await Expect(Button(Phone(page, 1), "Sign in with device")).ToBeDisabledAsync();
        await Expect(Phone(page, 1)).ToContainTextAsync("Device sign-in is off here. The next sign-in needs the PIN.");
        await Button(Phone(page, 1), "Sign in with PIN").ClickAsync();
        await UntilListening(page, 1);
    }

    [Fact]
    public async Task Repeats_are_identical_and_write_nothing()
    {
        var page = await Browser.Open();
        await SignOutAndRead(page);
        Assert.StartsWith("Identical answer, 0 new events", await Try(page, "Send it again"), StringComparison.Ordinal);
        Assert.StartsWith("20 of 20 answers are the same 200, 1 new event", await Try(page, "Send it 20 times"), StringComparison.Ordinal);
        Assert.StartsWith("200, 1 new event", await Try(page, "Lose the answer"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_phone_without_network_is_owed_its_notice_and_gets_it_once()
    {
        var page = await Browser.Open();
        Assert.Contains("is owed a notice", await Try(page, "Go offline"), StringComparison.Ordinal);
        await Expect(Phone(page, 3)).ToContainTextAsync("No network");
        await Expect(Phone(page, 3)).ToContainTextAsync("1 notice is waiting in the service");
        Assert.StartsWith("One notice, each once", await Try(page, "Come back online"), StringComparison.Ordinal);
        await Expect(Phone(page, 3)).ToContainTextAsync("Shown and confirmed ✓");

        await Try(page, "Show it, do not confirm");
        await Expect(Phone(page, 2)).ToContainTextAsync("Shown, not confirmed");
        Assert.StartsWith("Confirmed", await Try(page, "Confirm"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sign_out_without_network_waits_and_is_sent_when_it_is_back()
    {
        var page = await Browser.Open();
        await Button(Phone(page, 2), "Go offline").ClickAsync();
        await Button(Phone(page, 2), "Sign out this device").ClickAsync();
        await Expect(Phone(page, 2)).ToContainTextAsync("A sign-out waits for the network");
        await Button(Phone(page, 2), "Come back online").ClickAsync();
        await Expect(Phone(page, 2)).ToContainTextAsync("You are signed out");
        await Expect(Phone(page, 1)).ToContainTextAsync(NoticeText());
        await Expect(Line(page)).ToContainTextAsync(Measured());
    }

    [Fact]
    public async Task Dead_and_changed_tokens_open_nothing_and_a_changed_event_is_seen()
    {
        var page = await Browser.Open();
        Assert.StartsWith(
            "Sessions 401, notices 401, a sign-out of the device 401; the repeat of its own sign-out 200.",
            await Try(page, "Use dead token"), StringComparison.Ordinal);
        Assert.StartsWith("401, byte for byte", await Try(page, "Change a token"), StringComparison.Ordinal);
        await Try(page, "Change an event");
        await Expect(page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "Event 2 is not what was stored." })).ToBeVisibleAsync();
        await Try(page, "Put it back");
        await Expect(page.GetByText("Event 2 is not what was stored.")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task When_the_service_stops_the_phones_wait_and_every_event_is_there_afterwards()
    {
        var page = await Browser.Open();
        await SignOutAndRead(page);
        await Expect(Chain(page)).ToContainTextAsync("6 of 6");
        var stopped = Try(page, "Stop the service");
        await Expect(page.GetByText("Press Ctrl+C in its terminal")).ToBeVisibleAsync();
        Browser.MayFail = true;
        await node.Stop();
        await Expect(page.GetByText("It is gone. Start it again")).ToBeVisibleAsync();
        await Expect(Phone(page, 2)).ToContainTextAsync("No service, trying again");
        await node.Start();
        Assert.Matches(@"^Back after [\d.]+ s\. 6 of 6 events are there\.", await stopped);
        await UntilListening(page, 2);
    }

    [Fact]
    public async Task A_second_tab_takes_over_and_the_first_can_take_it_back()
    {
        var first = await Browser.Open();
        var second = await Browser.Open();
        await Expect(first.GetByText("The demo goes on in another tab.")).ToBeVisibleAsync();
        await Button(first.Locator("body"), "Use it here").ClickAsync();
        await Expect(first.GetByText("The demo goes on in another tab.")).ToBeHiddenAsync();
        await Expect(second.GetByText("The demo goes on in another tab.")).ToBeVisibleAsync();
        await UntilListening(first, 1, 2, 3);
        await SignOutAndRead(first);
    }

    [Fact]
    public async Task A_new_person_starts_with_a_log_of_their_own_and_the_one_before_stays()
    {
        var page = await Browser.Open();
        await SignOutAndRead(page);
        await Button(page.Locator("body"), "Start again with a new person").ClickAsync();
        await Expect(Chain(page)).ToContainTextAsync("3 of 3");
        await Button(page.Locator("body"), "As JSON").ClickAsync();
        await Expect(page.Locator("#before-json")).ToContainTextAsync("device-signed-out.v1");
    }

    [Fact]
    public async Task Two_phones_are_enough_when_the_address_says_so()
    {
        var page = await Browser.OpenPage($"{node.Address}/demo?phones=2");
        await UntilListening(page, 2);
        await Expect(page.GetByRole(AriaRole.Article)).ToHaveCountAsync(2);
        await Button(Phone(page, 1), "Sign out this device").ClickAsync();
        await Expect(Line(page)).ToContainTextAsync(Measured());
        await Try(page, "Go offline");
        await Try(page, "Come back online");
    }

    private static async Task<string> SignOutAndRead(IPage page)
    {
        await Button(Phone(page, 1), "Sign out this device").ClickAsync();
        await Expect(Phone(page, 1)).ToContainTextAsync("You are signed out");
        await Expect(Line(page)).ToContainTextAsync(Measured());
        return await Line(page).TextContentAsync() ?? "";
    }

    private static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"Durable after [\d.]+ m?s, told after [\d.]+ m?s|Told after [\d.]+ m?s, durable at the latest after [\d.]+ m?s")]
    private static partial Regex Measured();

    [GeneratedRegex(@"([\d.]+) ms")]
    private static partial Regex LineNumbers();

    [GeneratedRegex("Your device [0-9a-f]{4} was signed out")]
    private static partial Regex NoticeText();
}
