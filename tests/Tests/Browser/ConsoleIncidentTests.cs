// Incidents in the console: planned, counted, approved by a second key, run with the number typed, paused and resumed until each session
// has its event; and seen by those who may not act.
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using BankEzy.Sessions.Silo.Incidents;
using BankEzy.Sessions.Tests.Repository;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Playwright;
using static BankEzy.Sessions.Tests.Browser.ConsoleBrowser;
using static Microsoft.Playwright.Assertions;

namespace BankEzy.Sessions.Tests.Browser;

public sealed class ConsoleIncidentTests : IAsyncLifetime
{
    private const string Closed = "What has happened";

    private ServiceUnderTest service = null!;

    public async ValueTask InitializeAsync()
    {
        Programs.Find("chromium", "google-chrome");
        service = await ServiceUnderTest.Start([.. Keys, "--Sessions:Incidents:ApprovalAbove=2"]);
    }

    public ValueTask DisposeAsync() => service.DisposeAsync();

    [Fact]
    public async Task Sessions_on_listed_devices_are_counted_refused_at_once_and_written_down_behind()
    {
        var (stolen, other, third) = (await service.SignIn(), await service.SignIn(), await service.SignIn());
        await using var browser = await ConsoleBrowser.Start(service);
        browser.Hidden.AddRange([stolen.Account, other.Account]);
        var page = await browser.SignIn("/console/incidents", "operators", OperateKey);
        await Expect(page.GetByText("No incident.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "New incident" }).ClickAsync();
        await Expect(Region(page, "Preflight")).ToContainTextAsync("1 of 1 silo answers, log writable, 2 keys may plan, approve and run.");
        await Expect(page.GetByText("It ends every session of program 2001.")).ToBeVisibleAsync();
        await page.GetByLabel("Started before (optional)").FillAsync("2026-11-22T10:00:30");
        await page.GetByLabel("Device ids from a file (optional)").SetInputFilesAsync(new FilePayload
        {
            Name = "stolen.txt", MimeType = "text/plain",
            Buffer = Encoding.UTF8.GetBytes($"{stolen.Device}\r\n{other.Device}\n\n{stolen.Device}\n"),
        });
        await Expect(page.GetByText("It ends sessions of program 2001 that started before today 10:00:30 and on 2 listed devices."))
            .ToBeVisibleAsync();
        await Button(page, "Count").ClickAsync();
        await Expect(page.GetByText("Choose a reason.")).ToBeVisibleAsync();
        await Expect(page.GetByLabel("Reason")).ToBeFocusedAsync();
        await page.GetByLabel("Reason").SelectOptionAsync("Phone stolen");
        await page.GetByLabel("Ticket (optional)").FillAsync("inc-7");
        await Button(page, "Count").ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/console/incidents/[0-9a-f-]{36}$"));
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Phone stolen · INC-7");
        await Expect(Region(page, "Count")).ToContainTextAsync("Counting…");
        Assert.Equal("2026-11-22T09:00:30Z", (await Look()).GetProperty("startedBefore").GetString());
        await Round();
        await Expect(Region(page, "Count")).ToContainTextAsync("2 sessions of 2 users match.");

        await page.GetByLabel("Type 2 to close the gate").FillAsync("3");
        await Button(page, "Close the gate").ClickAsync();
        await Expect(page.GetByText("That is not the number that was counted, 2.")).ToBeVisibleAsync();
        Assert.Equal("counted", (await Look()).GetProperty("phase").GetString());
        await page.GetByLabel("Type 2 to close the gate").FillAsync("2");
        await page.Keyboard.PressAsync("Enter");
        var happened = Region(page, Closed);
        await Expect(happened).ToContainTextAsync("Refused everywhere since 10:00:00.000.");
        await Expect(happened.GetByRole(AriaRole.Heading)).ToBeFocusedAsync();
        await Expect(happened).ToContainTextAsync("Written down: 0 of 2 sessions");
        Assert.Equal(401, (await service.Sessions(stolen.LoginToken)).Status);
        Assert.Equal(200, (await service.Sessions(third.LoginToken)).Status);

        await Button(page, "Pause").ClickAsync();
        await Expect(Button(page, "Resume")).ToBeVisibleAsync();
        await Expect(happened).ToContainTextAsync("Sessions stay refused while this is paused.");
        await Round();
        Assert.Equal(["session-started.v1"], await service.EventsOf(other));
        await Button(page, "Resume").ClickAsync();
        await Expect(Button(page, "Pause")).ToBeVisibleAsync();
        await Round();
        await Round();
        await Expect(happened).ToContainTextAsync("Written down: 2 of 2 sessions");
        await Expect(happened).ToContainTextAsync("Finished after");
        Assert.Equal(1, await happened.GetByRole(AriaRole.Progressbar).EvaluateAsync<double>("bar => bar.position"));
        await Expect(page.Locator("main").GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], await service.EventsOf(other));
    }

    [Fact]
    public async Task Above_the_limit_a_second_key_approves_before_the_gate_can_be_closed()
    {
        await service.SignIn();
        await service.SignIn();
        await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        var planner = await Plan(browser);
        await Expect(Region(planner, "Approve")).ToContainTextAsync("Waits for a second key.");
        await Expect(Region(planner, "Approve")).ToContainTextAsync("m.rossi (key operators) asked to end 3 sessions.");
        await Expect(Button(planner, "Approve")).ToHaveCountAsync(0);
        await using var another = await ConsoleBrowser.Start(service);
        var second = await another.SignIn(new Uri(planner.Url).AbsolutePath, "key-0", ServiceUnderTest.ManagementKey);
        await Button(second, "Approve").ClickAsync();
        await Expect(second.GetByText("by key key-0")).ToBeVisibleAsync();
        await Expect(planner.GetByLabel("Type 3 to close the gate")).ToBeVisibleAsync();
        await planner.GetByLabel("Type 3 to close the gate").FillAsync("3");
        await planner.RouteAsync("**/internal/incidents/v1/run", async route =>
        {
            await route.FetchAsync(); // The gate is closed; the answer never comes.
            await route.AbortAsync();
        }, new() { Times = 1 });
        await Button(planner, "Close the gate").ClickAsync();
        await Expect(Region(second, Closed)).ToContainTextAsync("Refused everywhere since");
        await Expect(Region(planner, Closed)).ToContainTextAsync("Refused everywhere since");
        Assert.Equal("running", (await Look()).GetProperty("phase").GetString());
    }

    [Fact]
    public async Task A_preflight_that_is_not_green_keeps_the_gate_behind_a_tick()
    {
        await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        await browser.Context.RouteAsync("**/internal/incidents/v1/preflight", async route =>
        {
            var answer = await route.FetchAsync();
            var text = (await answer.TextAsync()).Replace("\"reachable\":true", "\"reachable\":false", StringComparison.Ordinal);
            await route.FulfillAsync(new() { Response = answer, Body = text });
        });
        var page = await Plan(browser);
        await Expect(Region(page, "Preflight")).ToContainTextAsync("It gave no answer.");
        await page.GetByLabel("Type 1 to close the gate").FillAsync("1");
        await Button(page, "Close the gate").ClickAsync();
        await Expect(page.GetByText("The preflight is not green: do what it says")).ToBeVisibleAsync();
        Assert.Equal("counted", (await Look()).GetProperty("phase").GetString());
        await page.GetByLabel("Run although the preflight is not green.").CheckAsync();
        await Button(page, "Close the gate").ClickAsync();
        await Expect(Region(page, Closed)).ToContainTextAsync("Refused everywhere since");
    }

    [Fact]
    public async Task A_key_for_support_sees_how_far_it_is_and_no_buttons()
    {
        await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(service);
        var operators = await Plan(browser);
        await operators.GetByLabel("Type 1 to close the gate").FillAsync("1");
        await Button(operators, "Close the gate").ClickAsync();
        await Expect(Region(operators, Closed)).ToContainTextAsync("Refused everywhere since");
        await using var another = await ConsoleBrowser.Start(service);
        var page = await another.SignIn("/console/incidents");
        var main = page.Locator("main");
        await Expect(main).ToContainTextAsync("Your key may look, not act (it lacks the role operate).");
        await Expect(main).ToContainTextAsync("It ends every session of program 2001.");
        await Expect(main.GetByRole(AriaRole.Button)).ToHaveTextAsync(["Lock a version of the app", "Release a version of the app"]);
        await page.GetByRole(AriaRole.Link, new() { Name = "Incident", Exact = true }).ClickAsync();
        await Expect(Region(page, Closed)).ToContainTextAsync("Written down: 0 of 1 sessions");
        await Expect(main).ToContainTextAsync("Your key may look, not act (it lacks the role operate).");
        await Expect(main.GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await Round();
        await Round();
        await Expect(Region(page, Closed)).ToContainTextAsync("Finished after");
        var audit = await service.Manage("/internal/audit/v1", "{\"key\":\"support-desk\"}");
        Assert.Single(Regex.Matches(audit.Body, "\"incidents\"")); // however often the pages have read them
    }

    [Fact]
    public async Task A_version_of_the_app_is_locked_and_released()
    {
        await using var browser = await ConsoleBrowser.Start(service);
        var page = await browser.SignIn("/console/incidents");
        async Task Change(string button, string act)
        {
            await Button(page, button).ClickAsync();
            await page.GetByRole(AriaRole.Textbox, new() { Name = "Version of the app" }).FillAsync("5.1.0");
            await page.GetByLabel("Reason").SelectOptionAsync("Fraud suspected");
            await Dialog(page).GetByRole(AriaRole.Button, new() { Name = act }).ClickAsync();
        }

        await Change("Lock a version of the app", "Lock this version");
        await Expect(page.GetByText("Sign-ins with version 5.1.0 of the app of program 2001 are locked.").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Version 5.1.0 of the app of program 2001" }))
            .ToContainTextAsync("Fraud suspected");
        Assert.Equal(409, await Report("5.1.0"));
        Assert.Equal(201, await Report("5.1.1"));
        await Change("Release a version of the app", "Release this version");
        await Expect(page.GetByText("Version 5.1.0 of the app of program 2001 is released.").First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "Version 5.1.0" })).ToHaveCountAsync(0);
        await Change("Release a version of the app", "Release this version");
        await Expect(page.GetByText("This version was not locked.").First).ToBeVisibleAsync();
        Assert.Equal(201, await Report("5.1.0"));

        await using var another = await ConsoleBrowser.Start(service);
        var operators = await another.SignIn("/console/incidents", "operators", OperateKey);
        await Expect(operators.GetByRole(AriaRole.Link, new() { Name = "New incident" })).ToBeVisibleAsync();
        await Expect(Button(operators, "Lock a version of the app")).ToHaveCountAsync(0);
    }

    [Theory]
    [InlineData("wide", 1280, ColorScheme.Light)]
    [InlineData("dark", 1280, ColorScheme.Dark)]
    [InlineData("narrow", 320, ColorScheme.Light)]
    public async Task It_fits_its_window_and_has_no_serious_finding_of_axe(string name, int width, ColorScheme colors)
    {
        await service.SignIn();
        await service.SignIn();
        await using var browser = await ConsoleBrowser.Start(
            service, new() { ViewportSize = new() { Width = width, Height = 900 }, ColorScheme = colors });
        var page = await browser.SignIn("/console/incidents/new", "operators", OperateKey);
        await Expect(Region(page, "Preflight")).ToContainTextAsync("2 keys may");
        await Fits(page, $"console-incident-new-{name}.png");
        await Plan(page);
        await Expect(page.GetByLabel("Type 2 to close the gate")).ToBeVisibleAsync();
        await Fits(page, $"console-incident-counted-{name}.png");
        await page.GetByLabel("Type 2 to close the gate").FillAsync("2");
        await Button(page, "Close the gate").ClickAsync();
        await Expect(Region(page, Closed)).ToContainTextAsync("Refused everywhere since");
        await Fits(page, $"console-incident-running-{name}.png");
        await page.GotoAsync(new Uri(service.Management, "/console/incidents").ToString());
        await Expect(page.GetByText("Refused everywhere since")).ToBeVisibleAsync();
        await Fits(page, $"console-incident-list-{name}.png");
    }

    private async Task<IPage> Plan(ConsoleBrowser browser)
    {
        var page = await browser.SignIn("/console/incidents/new", "operators", OperateKey);
        await Plan(page);
        return page;
    }

    // Every session of the program, counted.
    private async Task Plan(IPage page)
    {
        await page.GetByLabel("Reason").SelectOptionAsync("Incident");
        await Button(page, "Count").ClickAsync();
        await Expect(Region(page, "Count")).ToContainTextAsync("Counting…");
        await Round();
        await Expect(Region(page, "Count")).ToContainTextAsync("match");
    }

    // A sign-in with a version of the app.
    private async Task<int> Report(string version)
    {
        var visitor = service.NewVisitor();
        var answer = await service.Manage("/internal/sessions/v1", $$$"""
            {"program":2001,"account":"{{{visitor.Account}}}","sessionId":"{{{visitor.Session}}}","deviceId":"{{{visitor.Device}}}",
            "signInMode":1,"expiresAt":"{{{visitor.IssuedAt.AddMinutes(30):yyyy-MM-dd'T'HH:mm:ss'Z'}}}",
            "device":{"appVersion":"{{{version}}}"}}
            """);
        return answer.Status;
    }

    private Task Round() =>
        service.App.Services.GetServices<IHostedService>().OfType<IncidentJob>().Single().Round(TestContext.Current.CancellationToken);

    private async Task<JsonElement> Look()
    {
        var reply = await service.Manage("/internal/incidents/v1", content: null);
        return Assert.Single(JsonElement.Parse(reply.Body).GetProperty("incidents").EnumerateArray());
    }
}
