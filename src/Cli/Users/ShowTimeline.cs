// sessions user timeline: a user's events in words, all of them or the newest.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Users;

internal static class ShowTimeline
{
    private static readonly Option<long> After = new("--after")
    {
        Description = "Only what comes after this version",
        HelpName = "version",
    };

    private static readonly Option<int?> Last = new("--last") { Description = "Only the newest of them, so many", HelpName = "count" };

    public static Command Command(CommonOptions common)
    {
        var user = new UserOption();
        var command = new Command("timeline", "A user's events, oldest first; with --json one a line, as stored. Roles: support, audit")
        {
            After, Last,
        };
        user.AddTo(command);
        return command.Does(common, async run =>
        {
            var who = await user.Find(run);
            var after = await FirstVersion(run, who);
            for (var more = true; more;)
            {
                using var page = await run.Service.Post("/internal/timeline/v1", json =>
                {
                    who.Write(json);
                    json.WriteNumber("after"u8, after);
                }, run.Stop);
                Show(run.Out, page.RootElement);
                after = page.RootElement.List("events").Select(one => one.GetProperty("version").GetInt64()).LastOrDefault(after);
                more = page.RootElement.GetProperty("more").GetBoolean();
            }

            return ExitCode.Done;
        });
    }

    // Versions are consecutive, so the newest ones need no reading of the others.
    private static async Task<long> FirstVersion(CommandRun run, User who)
    {
        var after = run.Given.GetValue(After);
        if (run.Given.GetValue(Last) is not { } last)
        {
            return after;
        }

        using var standing = await run.Service.Post("/internal/user/v1", who.Write, run.Stop);
        return Math.Max(after, standing.RootElement.GetProperty("version").GetInt64() - last);
    }

    private static void Show(Output output, JsonElement page)
    {
        var events = page.List("events").ToList();
        if (output.IsJson)
        {
            events.ForEach(one => Output.Json(System.Text.Encoding.UTF8.GetBytes(one.GetRawText())));
        }
        else if (events.Count > 0)
        {
            output.Table(["version", "at", "what", "event"], events.Select(one => (string[])[
                one.Text("version"), (one.Part("data") ?? default).Text("at"), one.Text("words"), one.Text("name")]));
        }
    }
}
