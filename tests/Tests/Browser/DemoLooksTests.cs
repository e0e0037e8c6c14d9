// How the demo looks: wide, narrow, dark; for the eye, the keyboard and a screen reader. With DEMO_PICTURES=<folder> its states are kept as
// pictures; `docs/images/demo.png` of the README is one of them.
using System.Globalization;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Tests.Repository;
using Microsoft.Playwright;
using static BankEzy.Sessions.Tests.Browser.DemoBrowser;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

public sealed partial class DemoLooksTests(DemoFixture service) : IClassFixture<DemoFixture>
{
    private const double TextContrastMin = 4.5; // WCAG 2.2, 1.4.3
    private const double ControlContrastMin = 3; // 1.4.11

    private readonly DemoNode node = service.Node;

    [Theory]
    [InlineData("wide", 1280, ColorScheme.Light)]
    [InlineData("dark", 1280, ColorScheme.Dark)]
    [InlineData("narrow", 360, ColorScheme.Light)]
    [InlineData("narrowest", 320, ColorScheme.Dark)]
    public async Task It_fits_its_window_and_has_no_serious_finding_of_axe(string name, int width, ColorScheme colors)
    {
        await using var browser = await Start(new()
        {
            ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = colors, ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await browser.Open();
        await Button(Phone(page, 1), "Sign out this device").ClickAsync();
        await Expect(Chain(page)).ToContainTextAsync("6 of 6");
        await Try(page, "Go offline");
        await Try(page, "Change an event");
        var sideways = await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");
        Assert.Equal(0, sideways);
        await Keep(page, $"demo-{name}.png");
        await Axe.Check(page);
    }

    [Fact]
    public async Task The_first_click_can_be_made_with_the_keyboard_and_is_said_once()
    {
        await using var browser = await Start();
        var page = await browser.Open();
        var button = Button(Phone(page, 1), "Sign out this device");
        for (var i = 0; i < 12 && !await button.EvaluateAsync<bool>("button => button === document.activeElement"); i++)
        {
            await page.Keyboard.PressAsync("Tab");
        }

        await Expect(button).ToBeFocusedAsync();
        await page.EvaluateAsync("""
            () => {
              window.said = [];
              const line = document.getElementById('line');
              const observer = new MutationObserver(() => window.said.push(line.textContent));
              observer.observe(line, { childList: true, characterData: true, subtree: true });
            }
            """);
        await page.Keyboard.PressAsync("Enter");
        await Expect(Chain(page)).ToContainTextAsync("6 of 6");
        Assert.Single(await page.EvaluateAsync<string[]>("() => window.said"));
        await Expect(Button(Phone(page, 1), "Sign in with PIN")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_picture_of_the_README_is_of_the_running_service()
    {
        await using var browser = await Start(new()
        {
            ViewportSize = new() { Width = 1280, Height = 1000 }, ReducedMotion = ReducedMotion.Reduce,
        });
        var page = await browser.Open();
        await Button(Phone(page, 1), "Sign out this device").ClickAsync();
        await Expect(Chain(page)).ToContainTextAsync("6 of 6");
        await Expect(Phone(page, 2)).ToContainTextAsync("Shown and confirmed");
        await page.Mouse.MoveAsync(0, 0);
        await page.EvaluateAsync("() => document.activeElement.blur()");
        await page.EvaluateAsync("() => document.getElementById('next').hidden = true"); // it names a folder of this machine
        await Keep(page, "demo.png", fullPage: false);
        Assert.True(RepositoryFiles.Has("docs/images/demo.png"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Colours_are_told_apart(bool isDark)
    {
        var colours = Colours().Matches(RepositoryFiles.Read("src/Api/Pages/assets/sessions.css"))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[isDark ? 3 : 2].Value);
        (string Text, string Ground)[] texts =
        [
            ("ink", "surface"), ("ink", "page"), ("ink-2", "surface"), ("ink-2", "page"), ("accent", "surface"), ("on-accent", "accent"),
            ("live", "live-bg"), ("live", "surface"), ("owed", "owed-bg"), ("danger", "danger-bg"), ("danger", "surface"),
            ("on-danger", "danger"), ("ended", "ended-bg"), ("ink", "accent-bg"), ("live", "accent-bg"), ("ink-2", "ended-bg"),
        ];
        Assert.All(texts, pair => Assert.InRange(Contrast(colours[pair.Text], colours[pair.Ground]), TextContrastMin, 21));
        Assert.True(Contrast(colours["control"], colours["surface"]) >= ControlContrastMin);
    }

    private async Task<DemoBrowser> Start(BrowserNewContextOptions? options = null)
    {
        var browser = await DemoBrowser.Start([node.Address], options);
        await node.Start();
        return browser;
    }

    private static async Task Keep(IPage page, string name, bool fullPage = true)
    {
        if (Environment.GetEnvironmentVariable("DEMO_PICTURES") is { Length: > 0 } pictures)
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(pictures, name), FullPage = fullPage });
        }
    }

    // The formula of WCAG 2.2, "contrast ratio".
    private static double Contrast(string one, string other)
    {
        var (a, b) = (Luminance(one), Luminance(other));
        return (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
    }

    private static double Luminance(string hex)
    {
        double Part(int index)
        {
            var value = int.Parse(hex.AsSpan(index, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }

        return (0.2126 * Part(0)) + (0.7152 * Part(2)) + (0.0722 * Part(4));
    }

    [GeneratedRegex(@"--([a-z0-9-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\)")]
    private static partial Regex Colours();
}
