// The tool against the real host: answers, exit codes, and that no key is ever repeated.
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using BankEzy.Sessions.Tests.Support;

namespace BankEzy.Sessions.Tests.Cli;

public sealed class ToolTests(ServiceUnderTest service) : IClassFixture<ServiceUnderTest>
{
    [Fact]
    public async Task A_user_is_shown_with_json_as_the_service_answers_and_without_it_for_people()
    {
        var visitor = await service.SignIn();
        var answer = await service.Manage("/internal/user/v1", $$"""{"program":2001,"account":"{{visitor.Account}}"}""");
        var asJson = await Tool.Run(service, "user", "show", "--account", visitor.Account, "--json");
        Assert.Equal((0, answer.Body + "\n", ""), (asJson.Code, asJson.Output, asJson.Error));
        var forPeople = await Tool.Run(service, "user", "show", "--account", visitor.Account);
        Assert.Equal((0, ""), (forPeople.Code, forPeople.Error));
        Assert.Contains($"{visitor.Session}", forPeople.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(visitor.Account, forPeople.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', forPeople.Output);
    }

    [Fact]
    public async Task An_account_is_read_from_standard_input_so_that_it_stands_in_no_history()
    {
        var visitor = await service.SignIn();
        var run = await Tool.Run(
            [("SESSIONS_URL", $"{service.Management}"), ("SESSIONS_KEY", ServiceUnderTest.ManagementKey)], visitor.Account + "\n",
            "user", "show", "--account", "-", "--json");
        Assert.Equal(0, run.Code);
        Assert.Contains($"{visitor.Session}", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_timeline_with_json_is_one_stored_event_a_line()
    {
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        var run = await Tool.Run(service, "user", "timeline", "--account", visitor.Account, "--json");
        var page = await service.Manage("/internal/timeline/v1", $$"""{"program":2001,"account":"{{visitor.Account}}"}""");
        using var document = JsonDocument.Parse(page.Body);
        var events = document.RootElement.GetProperty("events").EnumerateArray().Select(one => one.GetRawText() + "\n");
        Assert.Equal((0, string.Concat(events)), (run.Code, run.Output));
        var newest = await Tool.Run(service, "user", "timeline", "--account", visitor.Account, "--json", "--last", "1");
        Assert.Equal(events.Last(), newest.Output);
    }

    [Fact]
    public async Task The_feed_is_followed_from_its_start_until_so_many_events_were_shown()
    {
        var visitor = await service.SignIn();
        await service.Logout(visitor);
        var run = await Tool.Run(service, "tail", "--after", "start", "--count", "1", "--json");
        Assert.Equal(0, run.Code);
        using var line = JsonDocument.Parse(Assert.Single(run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        Assert.Equal(["cursor", "event", "data"], line.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Equal(2001, line.RootElement.GetProperty("data").GetProperty("program").GetInt32());
    }

    [Fact]
    public async Task A_node_says_how_it_stands()
    {
        var run = await Tool.Run(service, "status", "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        using var status = JsonDocument.Parse(run.Output);
        Assert.True(status.RootElement.GetProperty("logWorks").GetBoolean());
        var forPeople = await Tool.Run(service, "status");
        Assert.Contains("takes requests", forPeople.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_is_found_by_a_session_and_by_the_reference_and_taken_along_as_a_file()
    {
        var visitor = await service.SignIn();
        var bySession = await Tool.Run(service, "user", "show", "--of-session", $"{visitor.Session}", "--json");
        using var standing = JsonDocument.Parse(bySession.Output);
        var reference = standing.RootElement.GetProperty("user").GetString()!;
        Assert.Equal(bySession, await Tool.Run(service, "user", "show", reference, "--json"));
        var export = await Tool.Run(service, "user", "export", reference);
        Assert.Equal((0, ""), (export.Code, export.Error));
        Assert.Contains($"{visitor.Session}", export.Output, StringComparison.Ordinal);
        Assert.Equal(1, (await Tool.Run(service, "user", "show", "--of-session", "11111111-2222-4333-8444-555555555555")).Code);
    }

    [Fact]
    public async Task A_user_is_found_by_what_is_known()
    {
        var visitor = await service.SignIn();
        foreach (var known in (string[][])[["--account", visitor.Account], ["--session", $"{visitor.Session}"]])
        {
            var run = await Tool.Run(service, ["user", "find", "--json", .. known]);
            using var found = JsonDocument.Parse(run.Output);
            Assert.Equal(visitor.User.Reference, Assert.Single(found.RootElement.GetProperty("users").EnumerateArray()).GetProperty("user")
                .GetString());
        }

        var byStream = await Tool.Run(service, "user", "show", visitor.User.Stream, "--json"); // As 'verify' names it.
        Assert.Equal(0, byStream.Code);
        Assert.Equal(1, (await Tool.Run(service, "user", "find", "--session", "11111111-2222-4333-8444-555555555555")).Code);
    }

    [Fact]
    public async Task A_version_of_the_app_is_locked_and_released()
    {
        foreach (var (what, changed, session, status) in ((string, bool, int, int)[])[
            ("lock", true, 1, 409), ("lock", false, 2, 409), ("release", true, 3, 201), ("release", false, 4, 201)])
        {
            var run = await Tool.Run(service, "app-version", what, "9.4712", "--program", "2001", "--reason", "test", "--yes", "--json");
            using var done = JsonDocument.Parse(run.Output);
            Assert.Equal((0, changed), (run.Code, done.RootElement.GetProperty("changed").GetBoolean()));
            var report = await service.Manage("/internal/sessions/v1", $$$"""
                {"program":2001,"account":"4712","sessionId":"4712aaaa-0000-4000-8000-00000000000{{{session}}}","deviceId":"d",
                "signInMode":1,"expiresAt":"{{{service.Time.GetUtcNow().AddHours(1).UtcDateTime:O}}}","device":{"appVersion":"9.4712"}}
                """);
            Assert.Equal(status, report.Status);
            var list = await Tool.Run(service, "app-version", "list");
            Assert.Equal(what == "lock", list.Output.Contains("9.4712 of program 2001 since", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Tokens_are_made_at_the_simulator_for_the_shell_and_as_json()
    {
        var run = await Tool.Run(service, "token", "make", "--account", "4711");
        Assert.Equal((0, ""), (run.Code, run.Error));
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["APP", "LOGIN"], lines.Select(line => line.Split('=')[0]));
        Assert.StartsWith("{\"active\":true", (await service.Introspect(("token", lines[1]["LOGIN=".Length..]))).Body,
            StringComparison.Ordinal);
        var asJson = await Tool.Run(service, "token", "make", "--account", "4711", "--json");
        using var made = JsonDocument.Parse(asJson.Output);
        Assert.Equal(["appToken", "loginToken", "expiresAt"], made.RootElement.EnumerateObject().Select(member => member.Name));
    }

    [Fact]
    public async Task The_smoke_test_of_a_phone_says_each_step_and_ends_with_one_sign_out_in_the_log()
    {
        var run = await Tool.Run(service, "smoke", "--simulator", "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        using var said = JsonDocument.Parse(run.Output);
        Assert.True(said.RootElement.GetProperty("ok").GetBoolean());
        Assert.Equal(
            [
                "find the user", "sign in at the simulator", "introspect: active", "sign out", "sign out again: the same answer",
                "introspect: not active", "timeline: signed out once",
            ],
            said.RootElement.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("step").GetString()));
        Assert.Equal(0, (await Tool.Run(service, "smoke", "--simulator")).Code); // The account has a past now.
    }

    [Fact]
    public async Task The_smoke_test_of_the_services_signs_in_and_out_with_their_calls_alone()
    {
        var own = new ServiceUnderTest { Time = new FakeTime(
            TimeProvider.System.GetUtcNow()) }; // The tool's clock says when its session ends.
        await using var running = await ServiceUnderTest.Start(own);
        var run = await Tool.Run(running, "smoke", "--json");
        Assert.Equal((0, ""), (run.Code, run.Error));
        using var said = JsonDocument.Parse(run.Output);
        Assert.Equal(
            ["report a session", "introspect: active", "sign out", "introspect: not active", "timeline: signed out once"],
            said.RootElement.GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("step").GetString()));
        Assert.Equal(0, (await Tool.Run(running, "smoke")).Code);
    }

    [Fact]
    public async Task A_user_is_signed_out_and_locked_and_released_and_a_repeat_changes_nothing()
    {
        var visitor = await service.SignIn();
        string[] who = ["--account", visitor.Account, "--reason", "test", "--yes", "--json"];
        var ended = await Tool.Run(service, ["user", "sign-out", "--session", $"{visitor.Session}", .. who]);
        Assert.Equal((0, ""), (ended.Code, ended.Error));
        using var answer = JsonDocument.Parse(ended.Output);
        Assert.Equal($"{visitor.Session}", answer.RootElement.GetProperty("ended")[0].GetProperty("sessionId").GetString());
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", visitor.LoginToken))).Body);
        var again = await Tool.Run(service, "user", "sign-out", "--all", "--account", visitor.Account, "--reason", "test", "--yes");
        Assert.Equal(0, again.Code);
        Assert.Contains("Nothing was left to end", again.Output, StringComparison.Ordinal);
        foreach (var (what, changed) in ((string, bool)[])[("lock", true), ("lock", false), ("release", true), ("release", false)])
        {
            var run = await Tool.Run(service, ["user", what, .. who]);
            using var done = JsonDocument.Parse(run.Output);
            Assert.Equal((0, changed), (run.Code, done.RootElement.GetProperty("changed").GetBoolean()));
        }
    }

    [Fact]
    public async Task An_incident_is_looked_at_planned_and_shown_and_not_run_with_another_count()
    {
        var own = new ServiceUnderTest { Time = new FakeTime(TimeProvider.System.GetUtcNow()) };
        await using var running = await ServiceUnderTest.Start(own);
        var preflight = await Tool.Run(running, "incident", "preflight", "--program", "2001", "--json");
        using var checks = JsonDocument.Parse(preflight.Output);
        Assert.Equal(checks.RootElement.GetProperty("ready").GetBoolean() ? 0 : 1, preflight.Code);
        var planned = await Tool.Run(running, "incident", "plan", "--program", "2001", "--json");
        using var plan = JsonDocument.Parse(planned.Output);
        Assert.Equal((0, ""), (planned.Code, planned.Error));
        var id = plan.RootElement.GetProperty("incident").GetProperty("id").GetString()!;
        var shown = await Tool.Run(running, "incident", "show", id, "--json");
        using var list = JsonDocument.Parse(shown.Output);
        Assert.Equal(id, list.RootElement.GetProperty("incidents")[0].GetProperty("id").GetString());
        var early = await Tool.Run(running, "incident", "run", id, "--sessions", "4711", "--yes");
        Assert.Equal(1, early.Code); // Not counted, or another number: 409, and the service says which.
        Assert.Contains("409", early.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await Tool.Run(running, "incident", "show")).Code);
    }

    [Fact]
    public async Task Where_nobody_listens_the_exit_code_is_4_and_the_message_says_what_to_set()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var port = ((IPEndPoint)taken.LocalEndpoint).Port;
        taken.Stop();
        foreach (var command in (string[][])[["verify"], ["status"], ["tail"], ["user", "show", "--account", "100"], ["smoke"]])
        {
            var run = await Tool.Run([("SESSIONS_URL", $"http://127.0.0.1:{port}"), ("SESSIONS_KEY", "k")], input: null, command);
            Assert.Equal((4, ""), (run.Code, run.Output));
            Assert.Contains("does not answer", run.Error, StringComparison.Ordinal);
            Assert.Contains("SESSIONS_URL", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_store_that_is_away_is_exit_code_4()
    {
        await using var own = await ServiceUnderTest.Start();
        own.Store.IsDown = true;
        var run = await Tool.Run(own, "user", "timeline", "--account", "100", "--json");
        Assert.Equal((4, ""), (run.Code, run.Output));
        using var error = JsonDocument.Parse(run.Error);
        Assert.Equal(4, error.RootElement.GetProperty("exitCode").GetInt32());
        own.Store.IsDown = false;
    }

    [Fact]
    public async Task A_wrong_key_and_a_key_without_the_role_are_exit_code_3_and_the_role_is_named()
    {
        const string supports = "a key of somebody who supports 012345";
        await using var own = await ServiceUnderTest.Start(
            "--Sessions:Management:Keys:1:Name=help-desk", $"--Sessions:Management:Keys:1:Key={supports}",
                "--Sessions:Management:Keys:1:Roles=support");
        var url = ("SESSIONS_URL", $"{own.Management}");
        var wrong = await Tool.Run([url, ("SESSIONS_KEY", "canary-of-a-wrong-key")], input: null, "verify");
        Assert.Equal((3, ""), (wrong.Code, wrong.Output));
        Assert.DoesNotContain("canary", wrong.Error, StringComparison.Ordinal);
        var none = await Tool.Run([url], input: null, "verify");
        Assert.Equal(3, none.Code);
        Assert.Contains("SESSIONS_KEY", none.Error, StringComparison.Ordinal);
        var other = await Tool.Run([url, ("SESSIONS_KEY", supports)], input: null, "verify", "--json");
        using var error = JsonDocument.Parse(other.Error);
        Assert.Equal((3, ""), (other.Code, other.Output));
        Assert.Contains("role audit", error.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }
}
