// sessions user show: how a user stands now, and why they were signed out.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Users;

internal static class ShowUser
{
    public static Command Command(CommonOptions common)
    {
        var user = new UserOption();
        var command = new Command("show", "Devices, sessions, what is owed, and why the last session ended. Roles: support, audit");
        user.AddTo(command);
        return command.Does(common, async run =>
        {
            var who = await user.Find(run);
            using var answer = await run.Service.Post("/internal/user/v1", who.Write, run.Stop);
            run.Out.Answer(answer, standing => Show(run.Out, who, standing));
            return ExitCode.Done;
        });
    }

    private static void Show(Output output, User who, JsonElement standing)
    {
        if (standing.Text("version") is "0" or "")
        {
            output.Line("The log has nothing of this user.");
            return;
        }

        var reference = standing.Text("user") is { Length: > 0 } named ? named : $"{who}";
        output.Line($"{reference}  account ending {Or(standing.Text("ending"), "unknown")}  version {standing.Text("version")}", "bold");
        foreach (var sentence in (standing.Part("answer") ?? default).List("sentences"))
        {
            output.Line(sentence.ToString());
        }

        var sessions = standing.List("sessions").ToList();
        output.Line(sessions.Count == 0 ? "No session is alive." : $"Live sessions: {sessions.Count}");
        Table(output, sessions, ("session", "sessionId"), ("device", "device"), ("mode", "signInMode"), ("signed in", "startedAt"),
            ("expires", "expiresAt"));
        var devices = standing.List("devices").ToList();
        Table(output, devices, ("device", "shownAs"), ("id", "device"), ("last seen", "lastSeenAt"), ("device sign-in", "deviceSignIn"),
            ("ended", "endedAt"), ("by", "endedBy"));
        Table(output, [.. standing.List("locks")], ("locked", "device"), ("until", "until"), ("reason", "reason"));
        Table(output, [.. standing.List("owed")], ("notice owed to", "label"), ("device", "to"), ("version", "version"), ("at", "at"),
            ("of", "signedOut"));
    }

    private static void Table(Output output, List<JsonElement> rows, params (string Title, string Member)[] columns)
    {
        if (rows.Count > 0)
        {
            output.Table([.. columns.Select(column => column.Title)],
                rows.Select(row => columns.Select(column => row.Text(column.Member)).ToList()));
        }
    }

    private static string Or(string text, string other) => text.Length > 0 ? text : other;
}
