// /internal/incidents/v1: plan an incident, count, approve, run, pause, resume and look. What each step allows, the gate decides
// (GateDecider.cs); here it becomes an answer.
using System.Globalization;
using System.Text.Json;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Incidents;

/// <summary>Ends the sessions of many users at once.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="gates">The programs' gates.</param>
/// <param name="preflight">Says whether everything that an incident needs is there.</param>
/// <param name="wording">The reasons and sentences.</param>
/// <param name="audit">Records which key did it.</param>
/// <param name="options">Above which count a second key must approve.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class Incidents(
    ProgramDirectory programs, IGates gates, Preflight preflight, Wording wording, AuditTrail audit, ApiOptions options,
    RefusalWriter refuse, TimeProvider time)
{
    private const string Path = "/internal/incidents/v1";
    private static readonly Answer BadId = new(400, "id must be the id of an incident, once; or leave it out");

    /// <summary>Adds the routes.</summary>
    public IEnumerable<IEndpointConventionBuilder> Map(IEndpointRouteBuilder routes) =>
    [
        routes.MapPost(Path, (Delegate)Plan)
            .WithName("incident-plan")
            .WithSummary("Plan the end of many sessions: nothing ends yet, and what would end is counted")
            .WithDescription("The body may have 8 MiB. Sent again with the same requestId it plans once.")
            .Accepts<IncidentPlan>("application/json", "text/plain").Produces<IncidentPlanned>(200).Produces<FixedAnswer>(409),
        routes.MapPost(Path + "/preflight", (Delegate)Look)
            .WithName("incident-preflight")
            .WithSummary("Is everything there that an incident needs?")
            .Accepts<PreflightRequest>("application/json", "text/plain").Produces<PreflightAnswer>(200),
        Step(routes, "/count", "incident-count", "Count anew what an incident would end", (by, id) =>
            new CountIncident(time.GetUtcNow(), id, by)),
        Step(routes, "/approve", "incident-approve", "Approve an incident with a second key", (by, id) =>
            new ApproveIncident(time.GetUtcNow(), id, by)),
        routes.MapPost(Path + "/run", (Delegate)Run)
            .WithName("incident-run")
            .WithSummary("Close the gate: when this answers, no silo accepts the incident's sessions any more")
            .Accepts<IncidentRun>("application/json", "text/plain").Produces<IncidentAnswer>(200).Produces<FixedAnswer>(409),
        Step(routes, "/pause", "incident-pause", "Let the sessions' own events wait; the gate stays closed", (by, id) =>
            new PauseIncident(time.GetUtcNow(), id, by, IsResume: false)),
        Step(routes, "/resume", "incident-resume", "Write the sessions' own events again", (by, id) =>
            new PauseIncident(time.GetUtcNow(), id, by, IsResume: true)),
        routes.MapGet(Path, (Delegate)List)
            .WithName("incidents")
            .WithSummary("Incidents and how far they have come, oldest first")
            .Produces<IncidentList>(200),
    ];

    private RouteHandlerBuilder Step(
        IEndpointRouteBuilder routes, string path, string name, string summary, Func<GateActor, Guid, GateCommand> command)
    {
        Func<HttpContext, Task> handle = http => Act(http, (_, by, id) => command(by, id));
        return routes.MapPost(Path + path, (Delegate)handle)
            .WithName(name).WithSummary(summary)
            .Accepts<IncidentStep>("application/json", "text/plain").Produces<IncidentAnswer>(200).Produces<FixedAnswer>(409);
    }

    private Task Plan(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var program = ProgramOf(body, http.ManagementCaller());
            var command = PlanBody.Read(body, http.ManagementCaller(), wording, time.GetUtcNow());
            await audit.Record(http, KeyUses.Incident, user: null);
            var checks = await preflight.Check(program, http.RequestAborted);
            var reply = await gates.Execute(program, command);
            if (IncidentAnswers.RefusalOf(reply.Outcome) is { } refusal)
            {
                refuse.With(http, RefusalCode.IncidentState, startedAt, refusal);
                return;
            }

            var incident = await Find(program, command.Incident);
            PlainJson.Write(
                http.Response, 200, new IncidentPlanned(IncidentAnswers.Describe(program, incident, NeedsApproval(incident)), checks),
                ApiJson.Plain.IncidentPlanned);
        }, sizeMax: PlanBody.SizeMax);
    }

    private Task Look(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var program = ProgramOf(body, http.ManagementCaller());
        await audit.Record(http, KeyUses.Incident, user: null);
        PlainJson.Write(http.Response, 200, await preflight.Check(program, http.RequestAborted), ApiJson.Plain.PreflightAnswer);
    });

    private Task Run(HttpContext http) => Act(http, (body, by, id) => new RunIncident(
        time.GetUtcNow(), id, by,
        body.TryGetProperty("count", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count)
            ? count
            : throw new FieldException("count is mandatory: the number of sessions that the dry run counted"),
        options.IncidentApprovalAbove));

    private Task Act(HttpContext http, Func<JsonElement, GateActor, Guid, GateCommand> command)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var id = PlanBody.Id(body);
            var asked = command(body, ActorOf(http), id);
            await audit.Record(http, KeyUses.Incident, user: null);
            var program = await ProgramOf(id, http.ManagementCaller());
            var reply = await gates.Execute(program, asked);
            if (IncidentAnswers.RefusalOf(reply.Outcome) is { } refusal)
            {
                refuse.With(http, RefusalCode.IncidentState, startedAt, refusal);
                return;
            }

            var incident = await Find(program, id);
            PlainJson.Write(
                http.Response, 200, IncidentAnswers.Describe(program, incident, NeedsApproval(incident)), ApiJson.Plain.IncidentAnswer);
        });
    }

    private async Task List(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var asked = http.Request.Query["id"];
        Guid wanted = default;
        if (asked.Count > 1 || (asked.Count == 1 && !Guid.TryParseExact(asked[0], "D", out wanted)))
        {
            refuse.With(http, RefusalCode.QueryField, startedAt, BadId);
            return;
        }

        await audit.RecordHourly(http, KeyUses.Incidents);
        var all = new List<IncidentAnswer>();
        foreach (var program in programs.All.Where(program => http.ManagementCaller().Sees(program.Id)))
        {
            var incidents = (await gates.View(program.Id)).Incidents.Where(incident => wanted == default || incident.Id == wanted);
            all.AddRange(incidents.Select(incident => IncidentAnswers.Describe(program.Id, incident, NeedsApproval(incident))));
        }

        PlainJson.Write(
            http.Response, 200, new IncidentList([.. all.OrderBy(incident => incident.PlannedAt)]), ApiJson.Plain.IncidentList);
    }

    private bool NeedsApproval(IncidentView incident) => incident.Sessions > options.IncidentApprovalAbove;

    private static GateActor ActorOf(HttpContext http) => new(http.ManagementCaller().Key, http.ManagementCaller().Actor);

    private int ProgramOf(JsonElement body, ManagementCaller caller) =>
        Fields.Program(body) is var program && programs.TryFind(program, out _) && caller.Sees(program)
            ? program
            : throw new FieldException(
                $"program {program.ToString(CultureInfo.InvariantCulture)} is not configured here: see docs/configuration.md");

    private async ValueTask<int> ProgramOf(Guid incident, ManagementCaller caller)
    {
        foreach (var program in programs.All.Where(program => caller.Sees(program.Id)))
        {
            if ((await gates.View(program.Id)).Incidents.Any(one => one.Id == incident))
            {
                return program.Id;
            }
        }

        throw new FieldException("id names no incident: GET /internal/incidents/v1 lists them");
    }

    private async ValueTask<IncidentView> Find(int program, Guid id) =>
        (await gates.View(program)).Incidents.First(incident => incident.Id == id);
}
