// sessions app-version lock and release: no new session of one version of a program's app, such as one that leaks.
using System.CommandLine;
using System.Text.Json;
using BankEzy.Sessions.Cli.Users;

namespace BankEzy.Sessions.Cli.AppVersions;

internal static class AppVersionCommands
{
    private static readonly Argument<string> Version = new("app-version")
    {
        Description = "The version, as the login service reports it with a sign-in",
    };

    private static readonly Option<int> Program = new("--program") { Description = "PROGRAM_ID", Required = true, HelpName = "id" };

    public static Command Command(CommonOptions common)
    {
        var lockOptions = new LockOptions();
        var command = new Command("lock", "Lets no session of this version of the app begin, for all users of the program. Sessions that "
            + "live continue: end them with 'incident'. Role: support");
        lockOptions.AddTo(command);
        return new("app-version", "Lets no session of one version of a program's app begin")
        {
            With(command, common, "/internal/lock/v1", "Lock sign-ins with", lockOptions.Write),
            With(
                new Command("release", "Ends such a lock. Role: support"), common, "/internal/release/v1", "Release sign-ins with",
                (_, _) => { }),
            List(common),
        };
    }

    private static Command List(CommonOptions common) =>
        new Command("list", "The versions that are locked now. Roles: support, operate, audit").Does(common, async run =>
        {
            using var answer = await run.Service.Get("/internal/app-versions/v1", run.Stop);
            run.Out.Answer(answer, all => all.List("locks").ToList().ForEach(one => run.Out.Line(
                $"{one.Text("appVersion")} of program {one.Text("program")} since {one.Text("at")} "
                + $"{(one.Text("until") is { Length: > 0 } until ? $"until {until}" : "until it is released")}: {one.Text("reason")}, "
                + $"by {(one.Text("actor") is { Length: > 0 } actor ? actor : one.Text("key"))}")));
            return ExitCode.Done;
        });

    private static Command With(
        Command command, CommonOptions common, string path, string question, Action<Utf8JsonWriter, CommandRun> more)
    {
        var (onBehalf, yes) = (new OnBehalf(), Confirmation.Option());
        command.Add(Version);
        command.Add(Program);
        command.Add(yes);
        onBehalf.AddTo(command);
        return command.Does(common, async run =>
        {
            var (version, program) = (run.Given.GetValue(Version)!, run.Given.GetValue(Program));
            Confirmation.Ask(run, yes, $"{question} version {version} of the app, for all users of program {program}?");
            using var answer = await onBehalf.Send(run, path, json =>
            {
                json.WriteNumber("program"u8, program);
                json.WriteString("appVersion"u8, version);
                more(json, run);
            });
            LockOptions.Show(run.Out, answer);
            return ExitCode.Done;
        });
    }
}
