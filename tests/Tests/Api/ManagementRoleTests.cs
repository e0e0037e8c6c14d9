// Every route of the management listener × every role × own and foreign program × both forms of a key.
using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Silo.Incidents;
using BankEzy.Sessions.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Tests.Api;

public sealed partial class ManagementRoleTests : IAsyncLifetime
{
    private const int Own = 2001;
    private const int Foreign = 1111;
    private const int Unknown = 3333;
    private static readonly byte[] ForeignKey = SHA256.HashData("the token key of the other program"u8);
    private static readonly string[] AllRoles = ["introspect", "report", "support", "operate", "audit", "metrics"];

    private ServiceUnderTest service = null!;

    // One service for all roles of a route: what takes the time is its start.
    public static TheoryData<string> Cases => [.. Routes.Select(route => route.Path)];

    // By itself the job would be through with an incident of one device before the next step is asked for.
    public async ValueTask InitializeAsync() => service = await ServiceUnderTest.Start(
        new ServiceUnderTest
        {
            Adjust = static services =>
            {
                services.Remove(services.Single(one => one.ImplementationType == typeof(IncidentJob)));
                services.AddSingleton<IncidentJob>();
            },
        },
        Settings);

    private static string[] Settings =>
    [
        "--Sessions:Dashboard=true", $"--Sessions:Programs:{Foreign}:TokenKeys:0={Base64Url.EncodeToString(ForeignKey)}",
        .. AllRoles.SelectMany((role, i) => (string[])
        [
            $"--Sessions:Management:Keys:{i + 1}:Name={NameOf(role)}", $"--Sessions:Management:Keys:{i + 1}:Key={TextOf(role)}",
            $"--Sessions:Management:Keys:{i + 1}:Roles={role}", $"--Sessions:Management:Keys:{i + 1}:Programs:0={Own}",
        ]),
    ];

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        ServiceUnderTest.NothingIn(
            service.Log.Lines.Select(line => line.Text),
            [.. AllRoles.Select(NameOf), .. AllRoles.Select(TextOf), "canary.actor", "canary-push", Basic("introspect").Parameter!]);
    }

    [Fact]
    public void Every_route_that_asks_for_a_key_is_in_this_table_and_in_no_other_way_declared()
    {
        var mapped = ((IEndpointRouteBuilder)service.App).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Select(route => (Route: route, Policy: route.Metadata.GetMetadata<RoutePolicy>()!))
            .Where(pair => pair.Policy.Access == RouteAccess.ManagementKey)
            .SelectMany(pair => pair.Route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Select(method =>
                (Path: $"{method} {pair.Policy.Prefix ?? pair.Route.RoutePattern.RawText}", pair.Policy.Roles)))
            .Distinct().OrderBy(route => route.Path, StringComparer.Ordinal).ToList();
        Assert.Equal(Routes.Select(route => route.Path).Order(StringComparer.Ordinal), mapped.Select(route => route.Path));
        Assert.All(mapped, found => Assert.Equal(RolesOf(Routes.Single(route => route.Path == found.Path)), found.Roles));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_role_opens_what_it_is_for_and_shows_nothing_of_another_program(string path)
    {
        var route = Routes.Single(route => route.Path == path);
        foreach (var (role, key) in AllRoles.SelectMany(role => ((string, AuthenticationHeaderValue)[])
            [(role, new("Bearer", TextOf(role))), (role, Basic(role))]))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{role}, {key.Scheme}");
            var isAllowed = route.Roles.Split(' ').Contains(role);
            var (own, foreign, unknown) = (await NewSubject(Own, path), await NewSubject(Foreign, path), await NewSubject(Unknown));
            await Advance(own, path);
            await Advance(foreign, path);
            var (toOwn, toForeign) = (await Ask(route, own, key), await Ask(route, foreign, key));
            var toUnknown = await Ask(route, unknown, key);
            if (!isAllowed)
            {
                var needed = $"It needs the role {RoleNames.TextOf(RolesOf(route), "or")}.";
                var refusal = $"{{\"resCode\":403,\"resDesc\":\"Your key may not do this. {needed}\"}}";
                Assert.All((Reply[])[toOwn, toForeign, toUnknown], reply => Assert.Equal((403, refusal), (reply.Status, reply.Body)));
                continue;
            }

            Assert.InRange(toOwn.Status, 200, 301);
            Assert.Contains(route.Shows(own), toOwn.Body, StringComparison.Ordinal);
            Assert.Equal(toUnknown.Status, toForeign.Status);
            if (route.Path.StartsWith("POST", StringComparison.Ordinal) && route.Path != "POST /internal/audit/v1")
            {
                Assert.Equal(Without(unknown, toUnknown.Body), Without(foreign, toForeign.Body));
            }

            string[] secrets = [foreign.Visitor.Account, $"{foreign.Visitor.Session}", $"{foreign.Earlier}", $"canary-push-{Foreign}"];
            ServiceUnderTest.NothingIn([toForeign.Body], secrets);
            ServiceUnderTest.NothingIn([toOwn.Body], [.. secrets, KeyOf(foreign)]); // what names a user in a request names it in its answer
        }
    }

    [Fact]
    public async Task A_token_of_a_foreign_program_is_not_ended_and_one_of_the_own_program_is()
    {
        var (own, foreign) = (await NewSubject(Own), await NewSubject(Foreign));
        var revoke = Routes.Single(route => route.Path == "POST /internal/revoke/v1");
        Assert.Equal(200, (await Ask(revoke, own, Basic("report"))).Status);
        Assert.Equal(200, (await Ask(revoke, foreign, Basic("report"))).Status);
        Assert.Equal("{\"active\":false}", (await service.Introspect(("token", own.Token), ("program", $"{Own}"))).Body);
        var alive = await service.Introspect(("token", foreign.Token), ("program", $"{Foreign}"));
        Assert.StartsWith("{\"active\":true", alive.Body, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_wrong_key_and_a_right_key_under_another_name_get_the_one_401(string path)
    {
        var route = Routes.Single(route => route.Path == path);
        var subject = new Subject(Own, service.NewVisitor());
        foreach (var (role, key) in AllRoles.SelectMany(role => WrongKeys(role).Select(key => (role, key))))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{role}, {key?.Scheme}");
            var reply = await Ask(route, subject, key);
            Assert.Equal((401, ServiceUnderTest.Unauthorized), (reply.Status, reply.Body));
        }
    }

    [Fact]
    public async Task A_stock_client_of_RFC_7662_needs_no_program_where_its_key_is_for_one()
    {
        var subject = await NewSubject(Own);
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Management, "/internal/introspect/v1"));
        request.Content = Form($"token={subject.Token}&token_type_hint=access_token");
        request.Headers.Authorization = Basic("introspect");
        Assert.StartsWith("{\"active\":true", (await service.Send(request)).Body, StringComparison.Ordinal);
    }

    private static AuthenticationHeaderValue?[] WrongKeys(string role)
    {
        var other = AllRoles[(Array.IndexOf(AllRoles, role) + 1) % AllRoles.Length];
        return
        [
            null, new("Bearer", TextOf(role) + "x"), new("Bearer", NameOf(role)), Basic(NameOf(other), TextOf(role)),
            Basic("", TextOf(role)),
        ];
    }

    private static string NameOf(string role) => $"canary-{role}";

    private static string TextOf(string role) => $"canary key of {role} 0123456789abcdef";

    private static string KeyOf(Subject subject) => Visitor.Users.TryCreate(subject.Program, subject.Visitor.Account, out var user)
        ? user.Stream["user-".Length..]
        : throw new InvalidOperationException();

    private static AuthenticationHeaderValue Basic(string role) => Basic(NameOf(role), TextOf(role));

    private static AuthenticationHeaderValue Basic(string name, string key) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{key}")));

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static Roles RolesOf(Route route) => route.Roles.Split(' ').Aggregate(
        Roles.None, (roles, name) => RoleNames.TryParse(name, out var role) ? roles | role : throw new InvalidOperationException(name));

    private static string Without(Subject subject, string body) => body
        .Replace(KeyOf(subject), "U", StringComparison.Ordinal).Replace($"{subject.Program}", "N", StringComparison.Ordinal);

    // With an end of another session in the feed, and a look at the user in the record.
    private async Task<Subject> NewSubject(int program, string path = "")
    {
        var visitor = service.NewVisitor();
        visitor = program == Own ? visitor
            : service.Know(new Visitor(visitor.Account, visitor.Session, visitor.Device, visitor.IssuedAt, ForeignKey, ForeignKey));
        var subject = new Subject(program, visitor);
        if (program != Unknown)
        {
            var report = Routes.Single(route => route.Path == "POST /internal/sessions/v1");
            var all = new AuthenticationHeaderValue("Bearer", ServiceUnderTest.ManagementKey);
            var ended = new Subject(program, service.Know(visitor.Again()));
            subject = subject with { Earlier = ended.Visitor.Session };
            Assert.Equal(201, (await Ask(report, ended, all)).Status);
            Assert.Equal(201, (await Ask(report, subject, all)).Status); // takes the place of the one before on its device
            Assert.Equal(200, (await service.Manage("/internal/user/v1", $"{{{subject.User}}}")).Status);
        }

        if (program != Unknown && path.Contains("/internal/incidents/v1", StringComparison.Ordinal))
        {
            await PlanIncident(subject);
        }

        if (program != Unknown && path == "GET /internal/app-versions/v1")
        {
            Assert.Equal(200, (await service.Manage("/internal/lock/v1", $$"""
                {"program":{{program}},"appVersion":"{{visitor.Session}}","reason":"test","requestId":"{{Visitor.NewId()}}"}
                """)).Status);
        }

        if (program != Unknown && path == "GET /internal/wakes/v1")
        {
            var other = service.Know(visitor.Elsewhere());
            await NoticeCalls.SignInWithPush(service, other, $"canary-push-{program}", program);
            await NoticeCalls.SignOutDevice(service, visitor, program);
        }

        return subject;
    }

    private async Task PlanIncident(Subject subject)
    {
        Assert.Equal(200, (await service.Manage("/internal/incidents/v1", PlanOf(subject, subject.Visitor.Session))).Status);
        await service.App.Services.GetRequiredService<IncidentJob>().Round(CancellationToken.None);
    }

    // As far as the step that is asked for needs it.
    private async Task Advance(Subject subject, string path)
    {
        var steps = path.Split('/')[^1] switch { "pause" => ["run"], "resume" => (string[])["run", "pause"], _ => [] };
        foreach (var step in steps)
        {
            var body = $$"""{"id":"{{subject.Visitor.Session}}","count":1}""";
            Assert.Equal(200, (await service.Manage($"/internal/incidents/v1/{step}", body)).Status);
        }
    }

    private async Task<Reply> Ask(Route route, Subject subject, AuthenticationHeaderValue? key)
    {
        var (method, path) = (new HttpMethod(route.Path.Split(' ')[0]), route.Path.Split(' ')[1]);
        var query = path switch
        {
            "/internal/feed/v1" => "?follow=false&max=1000",
            "/internal/wakes/v1" when method == HttpMethod.Get => "?follow=false&max=1000",
            "/internal/log/v1" => "?max=10000",
            _ => "",
        };
        using var request = new HttpRequestMessage(method, new Uri(service.Management, path + query)) { Content = route.Ask(subject) };
        request.Headers.Authorization = key;
        request.Headers.Add("X-Actor", "canary.actor");
        if (path != "/orleans")
        {
            return await service.Send(request);
        }

        using var response = await service.Http.SendAsync(request);
        return new Reply((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers, response.Content.Headers);
    }
}
