// What the tool asks for and shows of an answer, to the byte: for each call that changes something, or whose answer no test here can make.
using System.Text.Json;

namespace BankEzy.Sessions.Tests.Cli;

public sealed class ToolCallTests : IAsyncLifetime
{
    private const string User = "2001-00112233445566778899aabbccddeeff";
    private const string Request = "0e9b7a54-32c1-4f60-8d7e-aabbccddeeff";
    private AnsweringService _service = null!;

    public async ValueTask InitializeAsync() => _service = await AnsweringService.Start();

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    public static TheoryData<string, string, string> Calls => new()
    {
        {
            $"user sign-out {User} --device 9b1e0000000000000000000000000000 --reason phone-lost --ticket INC-1 --quiet --lock-until "
                + $"released --yes",
            "/internal/sign-out/v1",
            $$$"""
            {"user":"{{{User}}}","scope":"device","device":"9b1e0000000000000000000000000000","quiet":true,"lock":{},"reason":"phone-lost",
            "requestId":"{{{Request}}}","ticket":"INC-1"}
            """
        },
        {
            $"user sign-out --account 100 --program 1111 --session {Request} --reason test --yes", "/internal/sign-out/v1",
            $$"""{"program":1111,"account":"100","scope":"session","sessionId":"{{Request}}","reason":"test","requestId":"{{Request}}"}"""
        },
        {
            $"user sign-out {User} --all --reason test --lock-until 2026-11-30T08:00:00Z --yes", "/internal/sign-out/v1",
            $$$"""
            {"user":"{{{User}}}","scope":"user","lock":{"until":"2026-11-30T08:00:00Z"},"reason":"test","requestId":"{{{Request}}}"}
            """
        },
        {
            $"user lock {User} --until 2026-11-30T09:00:00+01:00 --reason fraud-suspected --sentence call-us --yes", "/internal/lock/v1",
            $$"""
            {"user":"{{User}}","until":"2026-11-30T08:00:00Z","sentence":"call-us","reason":"fraud-suspected","requestId":"{{Request}}"}
            """
        },
        {
            $"user release {User} --device 9b1e0000000000000000000000000000 --reason customer-asked --yes", "/internal/release/v1",
            $$"""{"user":"{{User}}","device":"9b1e0000000000000000000000000000","reason":"customer-asked","requestId":"{{Request}}"}"""
        },
        {
            "app-version lock 4.2.0 --program 2001 --until 2026-11-30T08:00:00Z --sentence update --reason incident --yes",
            "/internal/lock/v1",
            $$"""
            {"program":2001,"appVersion":"4.2.0","until":"2026-11-30T08:00:00Z","sentence":"update","reason":"incident",
            "requestId":"{{Request}}"}
            """
        },
        {
            "app-version release 4.2.0 --program 2001 --reason incident --yes", "/internal/release/v1",
            $$"""{"program":2001,"appVersion":"4.2.0","reason":"incident","requestId":"{{Request}}"}"""
        },
        {
            "incident plan --program 2001 --started-before 2026-11-22T09:00:00Z --app-version 4.2.0", "/internal/incidents/v1",
            $$"""
            {"program":2001,"startedBefore":"2026-11-22T09:00:00Z","appVersion":"4.2.0","reason":"incident","requestId":"{{Request}}"}
            """
        },
        {
            $"incident run {Request} --sessions 12408 --yes", "/internal/incidents/v1/run", $$"""{"id":"{{Request}}","count":12408}"""
        },
        { $"incident count {Request}", "/internal/incidents/v1/count", $$"""{"id":"{{Request}}"}""" },
        { $"incident approve {Request}", "/internal/incidents/v1/approve", $$"""{"id":"{{Request}}"}""" },
        { $"incident pause {Request}", "/internal/incidents/v1/pause", $$"""{"id":"{{Request}}"}""" },
        { $"incident resume {Request}", "/internal/incidents/v1/resume", $$"""{"id":"{{Request}}"}""" },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_has_what_was_given_and_nothing_else(string arguments, string path, string body)
    {
        const string answer = """{"version":42}""";
        _service.With(path, answer);
        var takesId = !arguments.StartsWith("incident", StringComparison.Ordinal)
            || arguments.StartsWith("incident plan", StringComparison.Ordinal);
        string[] all = [.. arguments.Split(' '), "--json", .. takesId ? (string[])["--request-id", Request] : []];
        var run = await _service.Run(all);
        Assert.Equal((0, answer + "\n", ""), (run.Code, run.Output, run.Error));
        var asked = Assert.Single(_service.Asked);
        Assert.Equal((path, "g.bianchi", "Bearer a key of the tests"), (asked.Path, asked.Actor, asked.Key));
        using var expected = JsonDocument.Parse(body);
        Assert.Equal(JsonSerializer.Serialize(expected.RootElement), asked.Body);
    }

    [Fact]
    public async Task A_sign_out_says_what_ended_and_who_is_owed_a_notice()
    {
        _service.With("/internal/sign-out/v1", $$"""
            {"version":42,"at":"2026-11-22T10:06:41.208Z","ended":[{"sessionId":"{{Request}}","device":"9b1e","label":"a1b2"}],
            "owed":[{"to":"77","label":"7971"}]}
            """);
        var run = await _service.Run("user", "sign-out", User, "--all", "--reason", "test", "--yes");
        Assert.Equal(0, run.Code);
        Assert.Contains("Sessions ended: 1, stored as version 42 at 2026-11-22T10:06:41.208Z. Every node refuses them.", run.Output,
            StringComparison.Ordinal);
        Assert.Contains("A notice is owed to: 7971", run.Output, StringComparison.Ordinal);
        _service.With("/internal/sign-out/v1", """
            {"version":42,"at":"2026-11-22T10:07:00Z","ended":[],"owed":[],
            "already":{"version":42,"at":"2026-11-22T10:06:41Z","by":"bank","actor":"g.rossi"}}
            """);
        var again = await _service.Run("user", "sign-out", User, "--all", "--reason", "test", "--yes");
        Assert.Equal(0, again.Code);
        Assert.Contains("Nothing was left to end: it ended at 2026-11-22T10:06:41Z by bank g.rossi.", again.Output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_outcome_is_not_known_the_message_has_the_id_to_repeat_it_with()
    {
        _service.With("/internal/sign-out/v1", """{"resCode":503,"resDesc":"Please retry again"}""", 503);
        var run = await _service.Run("user", "sign-out", User, "--all", "--reason", "test", "--yes");
        using var sent = JsonDocument.Parse(Assert.Single(_service.Asked).Body);
        Assert.Equal((4, ""), (run.Code, run.Output));
        Assert.Contains("not certain", run.Error, StringComparison.Ordinal);
        Assert.Contains($"--request-id {sent.RootElement.GetProperty("requestId").GetString()}", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_is_found_and_nobody_is_exit_code_1()
    {
        _service.With("/internal/search/v1", $$"""
            {"users":[{"user":"{{User}}","program":2001,"ending":"0","matched":"device","label":"7971"}],"more":true}
            """);
        var run = await _service.Run("user", "find", "--program", "2001", "--device-id", "anid:x:7971");
        Assert.Equal((0, "{\"program\":2001,\"deviceId\":\"anid:x:7971\"}"), (run.Code, Assert.Single(_service.Asked).Body));
        Assert.All((string[])[User, "device", "7971", "--program"], text => Assert.Contains(text, run.Output, StringComparison.Ordinal));
        const string nobody = """{"users":[],"more":false}""";
        _service.With("/internal/search/v1", nobody);
        Assert.Equal(new ToolRun(1, nobody + "\n", ""), await _service.Run("user", "find", "--session", Request, "--json"));
    }

    [Fact]
    public async Task The_record_of_uses_is_read_page_by_page_until_there_are_enough()
    {
        const string row = """{"id":"20261126-41","at":"2026-11-26T09:00:00Z","key":"help-desk","what":"timeline","actor":"g.bianchi"}""";
        _service.With("/internal/audit/v1", $$"""{"rows":[{{row}}],"next":"20261126-41"}""")
            .Then("/internal/audit/v1", """{"rows":[],"next":"20261125-7"}""").Then("/internal/audit/v1", $$"""{"rows":[{{row}}]}""");
        var run = await _service.Run("audit", "--key-name", "help-desk", "--for", "g.bianchi", "--last", "3", "--json");
        Assert.Equal(new ToolRun(0, $"{row}\n{row}\n", ""), run);
        Assert.Equal(
            ["\"max\":3}", "\"before\":\"20261126-41\",\"max\":2}", "\"before\":\"20261125-7\",\"max\":2}"],
            _service.Asked.Select(asked => asked.Body["{\"key\":\"help-desk\",\"actor\":\"g.bianchi\",".Length..]));
    }

    [Fact]
    public async Task A_lock_may_last_so_long_from_now()
    {
        _service.With("/internal/lock/v1", """{"version":42,"changed":true}""");
        var before = TimeProvider.System.GetUtcNow();
        var run = await _service.Run("user", "lock", User, "--until", "2h", "--reason", "test", "--yes");
        Assert.Equal((0, "Done, stored as version 42.\n", ""), (run.Code, run.Output, run.Error));
        using var sent = JsonDocument.Parse(Assert.Single(_service.Asked).Body);
        Assert.InRange(
            sent.RootElement.GetProperty("until").GetDateTimeOffset(), before.AddHours(2).AddSeconds(-1),
            TimeProvider.System.GetUtcNow().AddHours(2));
        foreach (var wrong in (string[])["2", "2w", "0h", "2026-11-30", "2026-11-30T08:00:00", "11/30/2026"])
        {
            Assert.Equal(2, (await _service.Run("user", "lock", User, "--until", wrong, "--reason", "test", "--yes")).Code);
        }

        Assert.Single(_service.Asked);
    }

    [Fact]
    public async Task Where_the_stream_ends_before_the_first_event_the_feed_is_followed_from_where_it_began()
    {
        const string ended = "{\"program\":2001,\"device\":\"7971\",\"sessions\":[],\"at\":\"2026-11-22T09:00:00Z\"}";
        _service.With("/internal/feed/v1?follow=false&max=1&accounts=masked&after=end", """{"events":[],"next":"0-17","more":false}""")
            .With("/internal/feed/v1", "retry: 2000\n\n: live\n\n", 200)
            .Then("/internal/feed/v1", $"id: 0-18\nevent: device-signed-out.v1\ndata: {ended}\n\n");
        var run = await _service.Run("tail", "--count", "1", "--json");
        Assert.Equal(
            (0, $"{{\"cursor\":\"0-18\",\"event\":\"device-signed-out.v1\",\"data\":{ended}}}\n"), (run.Code, run.Output));
        Assert.Contains("Connecting again", run.Error, StringComparison.Ordinal);
        Assert.Equal([null, "0-17", "0-17"], _service.Asked.Select(asked => asked.LastEventId));
    }

    [Fact]
    public async Task With_wait_a_script_gets_the_incident_as_it_is_in_the_end()
    {
        const string counting = $$"""{"id":"{{Request}}","phase":"counting"}""";
        const string counted = $$"""{"incidents":[{"id":"{{Request}}","phase":"counted","sessions":3}]}""";
        _service.With("/internal/incidents/v1", $$$"""{"incident":{{{counting}}},"preflight":{"ready":true}}""")
            .With($"/internal/incidents/v1?id={Request}", $"{{\"incidents\":[{counting}]}}")
            .Then($"/internal/incidents/v1?id={Request}", counted);
        Assert.Equal(new ToolRun(0, counted + "\n", ""), await _service.Run("incident", "plan", "--program", "2001", "--wait", "--json"));
    }

    [Fact]
    public async Task A_status_is_said_in_sentences_and_a_node_that_is_not_ready_is_exit_code_4()
    {
        const string status = """
            {"node":"sessions-0","at":"2026-11-22T09:00:00Z","sentences":["Sign-outs work on this node."],
            "silos":[{"name":"s1","status":"active"}],
            "feedLagMilliseconds":0,"oldestWaitingNoticeMilliseconds":0,"logWorks":true,
            "appends":{"count":812,"p99Milliseconds":3.1,"windowSeconds":60},
            "refusals":{"windowSeconds":300,"codes":[{"code":"revoked","count":12}]}}
            """;
        _service.With("/health/ready", "{\"status\":\"ready\"}").With("/internal/status/v1", status);
        var run = await _service.Run("status");
        Assert.Equal(0, run.Code);
        Assert.All(
            (string[])["sessions-0", "Sign-outs work on this node.", "s1", "active", "812", "3.1", "refused, revoked", "12"],
            text => Assert.Contains(text, run.Output, StringComparison.Ordinal));
        _service.With("/health/ready", "{\"status\":\"stopping\"}", 503);
        var stopping = await _service.Run("status");
        Assert.Equal((4, ""), (stopping.Code, stopping.Output));
        Assert.Contains("is not ready: stopping.", stopping.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_export_becomes_a_new_file_that_only_its_owner_reads_and_replaces_none()
    {
        var folder = Directory.CreateTempSubdirectory("bankezy-export-").FullName;
        var file = Path.Combine(folder, "export.csv");
        _service.With("/internal/export/v1", "version,at\n1,2026\n");
        Assert.Equal(0, (await _service.Run("user", "export", User, "--format", "csv", "--output", file)).Code);
        Assert.Equal("version,at\n1,2026\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        Assert.Equal($"{{\"user\":\"{User}\",\"format\":\"csv\"}}", Assert.Single(_service.Asked).Body);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Assert.Equal(2, (await _service.Run("user", "export", User, "--output", file)).Code);
        Assert.Equal(2, (await _service.Run("user", "export", User, "--output", Path.Combine(folder, "no", "export.json"))).Code);
        _service.With("/internal/export/v1", """{"resCode":503,"resDesc":"Please retry again"}""", 503);
        Assert.Equal(4, (await _service.Run("user", "export", User, "--output", Path.Combine(folder, "other.json"))).Code);
        Assert.Equal(["export.csv"], Directory.GetFiles(folder).Select(Path.GetFileName));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Nothing_that_a_device_is_called_steers_the_terminal()
    {
        _service.With("/internal/user/v1", """
            {"user":"2001-00","ending":"0","version":4,"sessions":[],
            "devices":[{"device":"00","shownAs":"Pixel \u001b[2J [red]8","lastSeenAt":"x"}]}
            """);
        var run = await _service.Run("user", "show", User);
        Assert.Equal(0, run.Code);
        Assert.Contains("[2J [red]8", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Fact]
    public async Task An_older_service_without_a_call_is_named_as_such()
    {
        var run = await _service.Run("user", "export", User, "--json");
        using var error = JsonDocument.Parse(run.Error);
        Assert.Equal((1, ""), (run.Code, run.Output));
        Assert.Equal(["error", "advice", "exitCode"], error.RootElement.EnumerateObject().Select(member => member.Name));
        Assert.Contains("/internal/export/v1", error.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_smoke_test_of_the_services_stops_at_the_first_step_that_is_wrong()
    {
        _service.With("/internal/sessions/v1", $$"""{"sessionId":"{{Request}}","version":1}""")
            .With("/internal/introspect/v1", """{"active":false}""");
        var run = await _service.Run("smoke");
        Assert.Equal(1, run.Code);
        Assert.Contains("ok", run.Output, StringComparison.Ordinal);
        Assert.Contains("introspect: active", run.Error, StringComparison.Ordinal);
    }
}
