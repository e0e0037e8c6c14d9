// sessions status: whether the node takes requests, and how it stands in its own numbers.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Status;

internal static class ShowStatus
{
    public static Command Command(CommonOptions common) => new Command(
        "status", "Whether the node takes requests, and how it stands. Ask each node. Roles: operate, audit").Does(common, async run =>
    {
        await run.Service.CheckReady(run.Stop);
        using var answer = await run.Service.Get("/internal/status/v1", run.Stop);
        run.Out.Answer(answer, status => Show(run, status));
        return answer.RootElement.Flag("logWorks") is false ? ExitCode.Unreachable : ExitCode.Done;
    });

    private static void Show(CommandRun run, JsonElement status)
    {
        run.Out.Line($"{status.Text("node")} at {run.Service.Url} takes requests.", "green");
        foreach (var sentence in status.List("sentences"))
        {
            run.Out.Line(sentence.ToString());
        }

        var silos = status.List("silos").ToList();
        if (silos.Count > 0)
        {
            run.Out.Table(["silo", "status"], silos.Select(silo => (string[])[silo.Text("name"), silo.Text("status")]));
        }

        var appends = status.Part("appends") ?? default;
        var refusals = status.Part("refusals") ?? default;
        run.Out.Table(["measure", "value"],
        [
            ["appends in the last minute", appends.Text("count")],
            ["99 % of them within, ms", appends.Text("p99Milliseconds")],
            ["feed behind the log, ms", status.Text("feedLagMilliseconds")],
            ["oldest notice that waits for a device that listens, ms", status.Text("oldestWaitingNoticeMilliseconds")],
            .. refusals.List("codes").Select(code => (string[])[$"refused, {code.Text("code")}", code.Text("count")]),
        ]);
    }
}
