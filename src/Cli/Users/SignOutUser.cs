// sessions user sign-out: ends a session, a device's sessions, or all of a user's.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Users;

internal static class SignOutUser
{
    private static readonly Option<Guid?> Session = new("--session") { Description = "This session alone", HelpName = "id" };
    private static readonly Option<string?> Device = new("--device")
    {
        Description = "This device: 32 hex digits, as 'user show' has them",
        HelpName = "hex",
    };

    private static readonly Option<bool> All = new("--all") { Description = "Every session of the user" };

    private static readonly Option<bool> Quiet = new("--quiet")
    {
        Description = "The other devices are not informed, for somebody whose phone is watched. The log keeps that it was quiet",
    };

    private static readonly Option<string?> LockUntil = new("--lock-until")
    {
        Description = $"Also locks sign-ins: until {LockTime.Form}, or until they are released: 'released'",
        HelpName = "time",
    };

    public static Command Command(CommonOptions common)
    {
        var (user, onBehalf, yes) = (new UserOption(), new OnBehalf(), Confirmation.Option());
        var command = new Command("sign-out", "Ends sessions on the user's behalf. It cannot be undone. Role: support")
        {
            Session, Device, All, Quiet, LockUntil, yes,
        };
        user.AddTo(command);
        onBehalf.AddTo(command);
        return command.Does(common, async run =>
        {
            var (scope, what) = ReadScope(run.Given);
            var who = await user.Find(run);
            Confirmation.Ask(run, yes, $"Sign out {what} of {who}?");
            using var answer = await onBehalf.Send(run, "/internal/sign-out/v1", json =>
            {
                who.Write(json);
                Write(json, run, scope);
            });
            run.Out.Answer(answer, ended => Show(run.Out, ended));
            return ExitCode.Done;
        });
    }

    private static (string Scope, string What) ReadScope(ParseResult given) =>
        (given.GetValue(Session), given.GetValue(Device), given.GetValue(All)) switch
        {
            ({ } session, null, false) => ("session", $"session {session}"),
            (null, { } device, false) => ("device", $"device {device}"),
            (null, null, true) => ("user", "every device"),
            _ => throw Failure.Usage("Say what is to end.", "Give one of --session, --device and --all."),
        };

    private static void Write(Utf8JsonWriter json, CommandRun run, string scope)
    {
        var given = run.Given;
        json.WriteString("scope"u8, scope);
        if (given.GetValue(Session) is { } session)
        {
            json.WriteString("sessionId"u8, session);
        }

        if (given.GetValue(Device) is { } device)
        {
            json.WriteString("device"u8, device);
        }

        if (given.GetValue(Quiet))
        {
            json.WriteBoolean("quiet"u8, true);
        }

        if (given.GetValue(LockUntil) is { } until)
        {
            json.WriteStartObject("lock"u8);
            if (until != "released")
            {
                json.WriteString("until"u8, LockTime.Read(until, "--lock-until", run.Time.GetUtcNow()));
            }

            json.WriteEndObject();
        }
    }

    private static void Show(Output output, JsonElement answer)
    {
        var ended = answer.List("ended").ToList();
        if (ended.Count == 0)
        {
            var before = answer.Part("already");
            output.Line(before is { } already
                ? $"Nothing was left to end: it ended at {already.Text("at")} by {already.Text("by")} {already.Text("actor")}".TrimEnd()
                    + "."
                : "Nothing was left to end.");
            return;
        }

        output.Line($"Sessions ended: {ended.Count}, stored as version {answer.Text("version")} at {answer.Text("at")}. Every node "
            + "refuses them.");
        output.Table(["session", "device"], ended.Select(one => (string[])[one.Text("sessionId"), one.Text("device")]));
        var owed = answer.List("owed").ToList();
        output.Line(owed.Count == 0
            ? "No other device is informed."
            : $"A notice is owed to: {string.Join(", ", owed.Select(one => one.Text("label")))}");
    }
}
