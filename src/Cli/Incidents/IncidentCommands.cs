// sessions incident: ends the sessions of a whole program, or of what matches, with one event. In the order in which an incident goes.
using System.CommandLine;
using System.Text.Json;
using BankEzy.Sessions.Cli.Users;

namespace BankEzy.Sessions.Cli.Incidents;

internal static class IncidentCommands
{
    private const string Path = "/internal/incidents/v1";
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(1);

    private static readonly Option<int> Program = new("--program") { Description = "PROGRAM_ID", Required = true, HelpName = "id" };
    private static readonly Argument<Guid> Incident = new("incident") { Description = "The incident's id, as plan printed it" };

    private static readonly Option<long> Sessions = new("--sessions")
    {
        Description = "The number of sessions that were counted: who closes the gate must know it",
        Required = true,
        HelpName = "count",
    };

    private static readonly Option<bool> Wait = new("--wait")
    {
        Description = "Waits until the sessions are counted, or have their events, and shows the incident then",
    };

    public static Command Command(CommonOptions common) => new(
        "incident", "Ends the sessions of a program, or those that match, with one event. Role: operate")
    {
        Preflight(common),
        Plan(common),
        Step(common, "count", "Counts the sessions again. Nothing ends"),
        Step(common, "approve", "Approves it, with another key than the one that planned it"),
        Run(common),
        Step(common, "pause", "Pauses the sessions' own events. All stay refused meanwhile"),
        Step(common, "resume", "Resumes the sessions' own events. None is ended twice"),
        Show(common),
    };

    private static Command Preflight(CommonOptions common) => new Command(
        "preflight", "Whether every silo answers, the log can be written and a second key exists. Nothing ends") { Program }.Does(common,
            async run =>
    {
        using var answer = await run.Service.Post(
            $"{Path}/preflight", json => json.WriteNumber("program"u8, run.Given.GetValue(Program)), run.Stop);
        run.Out.Answer(answer, checks => IncidentText.ShowChecks(run.Out, checks));
        return answer.RootElement.Flag("ready") is true ? ExitCode.Done : ExitCode.Failed;
    });

    private static Command Plan(CommonOptions common)
    {
        var (filter, reason) = (new IncidentFilter(), new OnBehalf("incident"));
        var sentence = new Option<string?>("--sentence") { Description = "What the people read: a code of the bank's list",
            HelpName = "code" };
        var command = new Command("plan", "Plans it and counts what would end. Nothing ends") { Program, sentence, Wait };
        filter.AddTo(command);
        reason.AddTo(command);
        return command.Does(common, async run =>
        {
            using var answer = await reason.Send(run, Path, json =>
            {
                json.WriteNumber("program"u8, run.Given.GetValue(Program));
                filter.Write(json, run.Given);
                if (run.Given.GetValue(sentence) is { } said)
                {
                    json.WriteString("sentence"u8, said);
                }
            });
            ShowNow(run, answer, planned =>
            {
                IncidentText.ShowChecks(run.Out, planned.Part("preflight") ?? default);
                IncidentText.Show(run.Out, planned.Part("incident") ?? default);
            });
            return await WaitWhile(run, "counting", (answer.RootElement.Part("incident") ?? default).Text("id"));
        });
    }

    private static Command Run(CommonOptions common)
    {
        var yes = Confirmation.Option();
        return new Command("run", "Closes the gate: when it answers, no silo accepts what matches. It cannot be undone")
        {
            Incident, Sessions, Wait, yes,
        }.Does(common, async run =>
        {
            var count = run.Given.GetValue(Sessions);
            Confirmation.Ask(run, yes, $"End {count} sessions?");
            await Send(run, "run", json => json.WriteNumber("count"u8, count));
            return await WaitWhile(run, "running", $"{run.Given.GetValue(Incident)}");
        });
    }

    private static Command Step(CommonOptions common, string what, string description) =>
        new Command(what, description) { Incident }.Does(common, async run =>
        {
            await Send(run, what, _ => { });
            return ExitCode.Done;
        });

    private static async Task Send(CommandRun run, string what, Action<Utf8JsonWriter> more)
    {
        using var answer = await run.Service.Post($"{Path}/{what}", json =>
        {
            json.WriteString("id"u8, run.Given.GetValue(Incident));
            more(json);
        }, run.Stop);
        ShowNow(run, answer, incident => IncidentText.Show(run.Out, incident));
    }

    // With --wait a script gets one line of JSON: the last one.
    private static void ShowNow(CommandRun run, JsonDocument answer, Action<JsonElement> forPeople)
    {
        if (!run.Out.IsJson || !run.Given.GetValue(Wait))
        {
            run.Out.Answer(answer, forPeople);
        }
    }

    private static Command Show(CommonOptions common)
    {
        var one = new Argument<Guid?>("incident") { Description = "One incident; all when absent", Arity = ArgumentArity.ZeroOrOne };
        return new Command("show", "The incidents and how far they are. Roles: support, operate, audit") { one }.Does(common, async run =>
        {
            using var answer = await run.Service.Get(Path + (run.Given.GetValue(one) is { } id ? $"?id={id}" : ""), run.Stop);
            run.Out.Answer(answer, all => all.List("incidents").ToList().ForEach(incident => IncidentText.Show(run.Out, incident)));
            return ExitCode.Done;
        });
    }

    private static async Task<int> WaitWhile(CommandRun run, string phase, string id)
    {
        var said = "";
        while (run.Given.GetValue(Wait))
        {
            await Task.Delay(LookAgainAfter, run.Time, run.Stop);
            using var answer = await run.Service.Get($"{Path}?id={id}", run.Stop);
            var incident = answer.RootElement.List("incidents").FirstOrDefault();
            if (incident.Text("phase") != phase)
            {
                run.Out.Answer(answer, _ => IncidentText.Show(run.Out, incident));
                return ExitCode.Done;
            }

            var progress = $"{phase}: {incident.Text("ended")} sessions have their events.";
            if (phase == "running" && progress != said)
            {
                run.Out.Note(said = progress);
            }
        }

        return ExitCode.Done;
    }
}
