// Incidents over the real host: what each step answers, and what the gate does to everything that a session can ask for.
using System.Text.Json;
using BankEzy.Sessions.Silo.Incidents;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace BankEzy.Sessions.Tests.Api;

[Collection(PostgresCollection.Name)]
public sealed class IncidentTests(PostgresServer server) : IDisposable
{
    private const string SecondKey = "the second key of the incident tests";
    private const string Begin = "{\"program\":2001,\"requestId\":\"0e9b7a54-32c1-4f60-8d7e-aabbccddeeff\"";
    private const string Inactive = "{\"active\":false}";

    private readonly List<string> _schemas = [];

    public static TheoryData<string> Stores => ["sqlite", "memory", "postgres"];

    public void Dispose() => _schemas.ForEach(server.DropSchema);

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task From_the_answer_of_run_on_nothing_accepts_a_matching_session_and_each_ends_once(string store)
    {
        await using var service = await Start(store);
        var (phone, tablet, unreported) = (await service.SignIn(), await service.SignIn(), service.NewVisitor());
        var id = await Plan(service, "");
        await Round(service);
        Assert.Equal((2, 2, "counted"), Count(await Look(service, id)));
        Assert.Equal(200, (await Run(service, id, 2)).Status);

        Assert.Equal(Inactive, (await service.Introspect(("token", phone.LoginToken))).Body);
        Assert.Equal(Inactive, (await service.IntrospectById(phone)).Body);
        Assert.Equal(Inactive, (await service.Introspect(("token", unreported.LoginToken))).Body);
        Assert.Equal(401, (await service.Sessions(phone.LoginToken)).Status);
        Assert.Equal(401, (await service.Logout(phone)).Status);
        Assert.Equal(401, (await service.Logout(unreported)).Status);
        service.Time.Advance(TimeSpan.FromSeconds(1));
        var next = await service.SignIn();
        Assert.StartsWith("{\"active\":true", (await service.Introspect(("token", next.LoginToken))).Body, StringComparison.Ordinal);

        await Round(service);
        await Round(service);
        var done = await Look(service, id);
        Assert.Equal("finished", done.GetProperty("phase").GetString());
        Assert.Equal((2, 0), (done.GetProperty("ended").GetInt64(), done.GetProperty("left").GetInt64()));
        Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], await service.EventsOf(phone));
        Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], await service.EventsOf(tablet));
        Assert.Equal(["session-started.v1"], await service.EventsOf(next));
    }

    [Fact]
    public async Task An_incident_of_devices_ends_what_is_on_them_and_nothing_else()
    {
        await using var service = await Start("sqlite");
        var (stolen, other) = (await service.SignIn(), await service.SignIn());
        var hashed = await service.SignIn();
        var id = await Plan(
            service, $",\"devices\":[\"{stolen.Device}\",\"{stolen.Device}\",\"{DeviceId.Of(hashed.Device).HashText}\",\"nobody's\"]");
        await Round(service);
        var counted = await Look(service, id);
        Assert.Equal((2, 2, "counted"), Count(counted));
        Assert.Equal(3, counted.GetProperty("devices").GetInt32());
        Assert.Equal(200, (await Run(service, id, 2)).Status);
        await Round(service);
        Assert.Equal(Inactive, (await service.IntrospectById(stolen)).Body);
        Assert.Equal(Inactive, (await service.IntrospectById(hashed)).Body);
        Assert.NotEqual(Inactive, (await service.IntrospectById(other)).Body);
        Assert.Equal(409, (await service.Report(stolen.Again(), mode: 2)).Status); // device-based sign-in is off there
    }

    [Fact]
    public async Task A_hundred_thousand_devices_are_one_plan_and_survive_a_restart()
    {
        await using var service = await Start("sqlite");
        var stolen = await service.SignIn();
        var hashes = Enumerable.Range(0, IncidentFilter.DevicesMax - 1).Select(number => $"\"{number:x32}\"");
        var id = await Plan(service, $",\"devices\":[{string.Join(',', hashes)},\"{stolen.Device}\"]");
        await service.Restart();
        await Round(service);
        var counted = await Look(service, id);
        Assert.Equal((1, 1, "counted"), Count(counted));
        Assert.Equal(IncidentFilter.DevicesMax, counted.GetProperty("devices").GetInt32());
        Assert.Equal(200, (await Run(service, id, 1)).Status);
        await service.Restart();
        Assert.Equal(Inactive, (await service.IntrospectById(stolen)).Body);
        var more = await Send(service, "", Body($",\"devices\":[{string.Join(',', hashes)},\"a\",\"b\"]", Visitor.NewId()));
        Assert.Equal(400, more.Status);
    }

    [Fact]
    public async Task Many_sessions_need_a_second_key_and_the_count_that_was_seen()
    {
        await using var service = await Start("sqlite", "--Sessions:Incidents:ApprovalAbove=1");
        await service.SignIn();
        await service.SignIn();
        var id = await Plan(service, "");
        Assert.Contains("not been counted", (await Run(service, id, 2)).Body, StringComparison.Ordinal);
        await Round(service);
        Assert.True((await Look(service, id)).GetProperty("needsApproval").GetBoolean());
        Assert.Contains("second key", (await Run(service, id, 2)).Body, StringComparison.Ordinal);
        Assert.Equal(409, (await Send(service, "/approve", $"{{\"id\":\"{id}\"}}")).Status);
        var approved = await Send(service, "/approve", $"{{\"id\":\"{id}\"}}", SecondKey);
        Assert.Equal(200, approved.Status);
        Assert.Contains("\"approvedBy\":\"second\"", approved.Body, StringComparison.Ordinal);
        Assert.Equal(409, (await Run(service, id, 1)).Status);
        Assert.Equal(200, (await Run(service, id, 2)).Status);
        Assert.Equal(200, (await Run(service, id, 2)).Status);
        Assert.Equal(409, (await Send(service, "/count", $"{{\"id\":\"{id}\"}}")).Status);
    }

    [Fact]
    public async Task A_paused_incident_writes_nothing_until_it_is_resumed_and_refuses_all_the_same()
    {
        await using var service = await Start("sqlite");
        var visitor = await service.SignIn();
        var other = await service.SignIn();
        var id = await Plan(service, "");
        await Round(service);
        await Run(service, id, 2);
        Assert.Equal(200, (await Send(service, "/pause", $"{{\"id\":\"{id}\"}}")).Status);
        await Round(service);
        Assert.Equal(["session-started.v1"], await service.EventsOf(other));
        Assert.Equal(Inactive, (await service.IntrospectById(visitor)).Body);
        Assert.Equal("paused", (await Look(service, id)).GetProperty("phase").GetString());
        Assert.Equal(200, (await Send(service, "/resume", $"{{\"id\":\"{id}\"}}")).Status);
        await Round(service);
        Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], await service.EventsOf(other));
        Assert.Equal(409, (await Send(service, "/pause", $"{{\"id\":\"{id}\"}}")).Status);
    }

    [Fact]
    public async Task The_answer_to_a_plan_says_whether_everything_is_there()
    {
        await using var service = await Start("sqlite");
        var reply = await Send(service, "/preflight", "{\"program\":2001}");
        using var said = JsonDocument.Parse(reply.Body);
        var checks = said.RootElement;
        Assert.True(checks.GetProperty("ready").GetBoolean(), reply.Body);
        var silo = Assert.Single(checks.GetProperty("silos").EnumerateArray());
        Assert.True(silo.GetProperty("reachable").GetBoolean());
        Assert.Equal(0, silo.GetProperty("gate").GetInt64());
        await Plan(service, "");
        Assert.Contains("\"gate\":1", (await Send(service, "/preflight", "{\"program\":2001}")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "program is mandatory")]
    [InlineData("{\"program\":3333}", "program 3333 is not configured")]
    [InlineData("{\"program\":2001}", "requestId is mandatory")]
    [InlineData(Begin + "}", "reason is mandatory")]
    [InlineData(Begin + ",\"reason\":\"A text.\"}", "reason must be one of")]
    [InlineData(Begin + ",\"reason\":\"test\",\"devices\":[]}", "devices must be")]
    [InlineData(Begin + ",\"reason\":\"test\",\"devices\":[\"\"]}", "devices must")]
    [InlineData(Begin + ",\"reason\":\"test\",\"startedBefore\":1}", "startedBefore")]
    [InlineData(Begin + ",\"reason\":\"test\",\"appVersion\":\"\"}", "appVersion")]
    public async Task A_plan_that_cannot_be_used_says_what_is_wrong_and_changes_nothing(string body, string text)
    {
        await using var service = await Start("memory");
        var reply = await Send(service, "", body);
        Assert.Equal(400, reply.Status);
        Assert.Contains(text, reply.Body, StringComparison.Ordinal);
        Assert.Equal(0, await service.LogLength());
    }

    [Fact]
    public async Task A_gate_that_cannot_be_read_is_our_fault_and_never_active()
    {
        await using var service = await Start("memory");
        var visitor = service.NewVisitor();
        service.Store.Damaged = "gate-2001";
        var reply = await service.Introspect(("token", visitor.LoginToken));
        Assert.Equal((503, ServiceUnderTest.Unavailable), (reply.Status, reply.Body));
        Assert.Equal(503, (await service.Logout(visitor)).Status);
        service.Store.Damaged = null;
        Assert.Equal(200, (await service.Logout(visitor)).Status);
    }

    [Fact]
    public async Task An_incident_on_one_node_is_refused_on_the_other_from_the_answer_on()
    {
        string[] settings = Settings("postgres");
        await using var one = await ServiceUnderTest.Start(settings);
        await using var other = await ServiceUnderTest.Start(settings);
        var visitors = new List<Visitor>();
        for (var number = 0; number < 10; number++)
        {
            visitors.Add(other.Know(await one.SignIn()));
            Assert.NotEqual(Inactive, (await other.Introspect(("token", visitors[^1].LoginToken))).Body);
        }

        var id = await Plan(one, "");
        await Round(one);
        Assert.Equal(200, (await Run(one, id, 10)).Status);
        foreach (var visitor in visitors)
        {
            Assert.Equal(Inactive, (await other.Introspect(("token", visitor.LoginToken))).Body);
        }

        await Round(other); // whichever is the oldest
        await Round(one);
        Assert.Equal(10, (await Look(other, id)).GetProperty("ended").GetInt64());
        foreach (var visitor in visitors)
        {
            Assert.Equal(["session-started.v1", "signed-out-on-behalf.v1"], await one.EventsOf(visitor));
        }
    }

    private Task<ServiceUnderTest> Start(string store, params string[] settings) =>
        ServiceUnderTest.Start([.. Settings(store), .. settings]);

    private string[] Settings(string store)
    {
        if (store == "postgres")
        {
            _schemas.Add(server.CreateSchema());
        }

        return
        [
            $"--Sessions:Store={store}", .. store == "postgres" ? (string[])[$"--ConnectionStrings:Sessions={_schemas[^1]}"] : [],
            "--Sessions:Management:Keys:1:Name=second", $"--Sessions:Management:Keys:1:Key={SecondKey}",
            "--Sessions:Management:Keys:1:Roles=operate", "--Sessions:Sentences:call-us:en=Please call us.",
        ];
    }

    private static async Task<Guid> Plan(ServiceUnderTest service, string filter)
    {
        var id = Visitor.NewId();
        var reply = await Send(service, "", Body(filter, id));
        Assert.True(reply.Status == 200, reply.Body);
        Assert.Contains("\"phase\":\"counting\"", reply.Body, StringComparison.Ordinal);
        return id;
    }

    private static string Body(string filter, Guid id) =>
        $"{{\"program\":2001,\"requestId\":\"{id}\",\"reason\":\"incident\",\"sentence\":\"call-us\",\"ticket\":\"INC-7\"{filter}}}";

    private static Task<Reply> Run(ServiceUnderTest service, Guid id, long count) =>
        Send(service, "/run", $"{{\"id\":\"{id}\",\"count\":{count}}}");

    private static Task<Reply> Send(ServiceUnderTest service, string step, string body, string key = ServiceUnderTest.ManagementKey) =>
        service.Manage(
            "/internal/incidents/v1" + step, new StringContent(body, System.Text.Encoding.UTF8, "application/json"), key);

    private static async Task<JsonElement> Look(ServiceUnderTest service, Guid id)
    {
        var reply = await service.Manage($"/internal/incidents/v1?id={id}", content: null);
        using var said = JsonDocument.Parse(reply.Body);
        return Assert.Single(said.RootElement.GetProperty("incidents").EnumerateArray()).Clone();
    }

    private static (long Sessions, long Users, string? Phase) Count(JsonElement incident) => (
        incident.GetProperty("sessions").GetInt64(), incident.GetProperty("users").GetInt64(), incident.GetProperty("phase").GetString());

    private static Task Round(ServiceUnderTest service) =>
        service.App.Services.GetServices<IHostedService>().OfType<IncidentJob>().Single().Round(CancellationToken.None);
}
