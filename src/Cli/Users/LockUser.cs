// sessions user lock and release: no new session of a user or a device until a time, or until it is released.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Users;

internal static class LockUser
{
    private static readonly Option<string?> Device = new("--device")
    {
        Description = "This device alone: 32 hex digits, as 'user show' has them",
        HelpName = "hex",
    };

    public static Command Lock(CommonOptions common)
    {
        var lockOptions = new LockOptions();
        var command = new Command("lock", "Lets no new session begin. Those that live continue: end them with sign-out. Role: support");
        lockOptions.AddTo(command);
        return With(command, common, "/internal/lock/v1", "Lock sign-ins of", lockOptions.Write);
    }

    public static Command Release(CommonOptions common) => With(
        new Command("release", "Ends a lock. Role: support"), common, "/internal/release/v1", "Release sign-ins of", (_, _) => { });

    private static Command With(
        Command command, CommonOptions common, string path, string question, Action<Utf8JsonWriter, CommandRun> more)
    {
        var (user, onBehalf, yes) = (new UserOption(), new OnBehalf(), Confirmation.Option());
        command.Add(Device);
        command.Add(yes);
        user.AddTo(command);
        onBehalf.AddTo(command);
        return command.Does(common, async run =>
        {
            var (who, device) = (await user.Find(run), run.Given.GetValue(Device));
            Confirmation.Ask(run, yes, $"{question} {(device is null ? "" : $"device {device} of ")}{who}?");
            using var answer = await onBehalf.Send(run, path, json =>
            {
                who.Write(json);
                if (device is not null)
                {
                    json.WriteString("device"u8, device);
                }

                more(json, run);
            });
            LockOptions.Show(run.Out, answer);
            return ExitCode.Done;
        });
    }
}
