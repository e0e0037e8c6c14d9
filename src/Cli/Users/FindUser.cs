// sessions user find: whose an account, a session or a device is.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Users;

internal static class FindUser
{
    private static readonly Option<int?> Program = new("--program")
    {
        Description = "PROGRAM_ID; every program when absent",
        HelpName = "id",
    };

    private static readonly Option<string?> Account = new("--account")
    {
        Description = "An account number; - reads it from standard input",
        HelpName = "number",
    };

    private static readonly Option<Guid?> Session = new("--session")
    {
        Description = "A session (LOGIN_HISTORY_ID), live or ended",
        HelpName = "id",
    };

    private static readonly Option<string?> Device = new("--device-id")
    {
        Description = "A device's id as the app sends it; - reads it from standard input",
        HelpName = "id",
    };

    public static Command Command(CommonOptions common) => new Command(
        "find", "Whose an account, a session or a device is. Exit code 1 where nobody is found. Roles: support, audit")
    {
        Program, Account, Session, Device,
    }.Does(common, async run =>
    {
        var (account, session, device) = (run.Given.GetValue(Account), run.Given.GetValue(Session), run.Given.GetValue(Device));
        if ((account is null ? 0 : 1) + (session is null ? 0 : 1) + (device is null ? 0 : 1) != 1)
        {
            throw Failure.Usage("Say what is known of the user.", "Give one of --account, --session and --device-id.");
        }

        using var found = await run.Service.Post("/internal/search/v1", json =>
        {
            if (run.Given.GetValue(Program) is { } program)
            {
                json.WriteNumber("program"u8, program);
            }

            if (session is { } id)
            {
                json.WriteString("sessionId"u8, id);
            }
            else if (account is not null)
            {
                json.WriteString("account"u8, StandardInput.Resolve(account, "account number"));
            }
            else
            {
                json.WriteString("deviceId"u8, StandardInput.Resolve(device!, "device id"));
            }
        }, run.Stop);
        run.Out.Answer(found, answer => Show(run.Out, answer));
        return found.RootElement.List("users").Any() ? ExitCode.Done : ExitCode.Failed;
    });

    private static void Show(Output output, JsonElement answer)
    {
        var users = answer.List("users").ToList();
        if (users.Count == 0)
        {
            output.Line("Nobody was found.");
            return;
        }

        output.Table(["user", "program", "account ending", "found by", "device"], users.Select(one => (string[])[
            one.Text("user"), one.Text("program"), one.Text("ending"), one.Text("matched"), one.Text("label")]));
        if (answer.Flag("more") is true)
        {
            output.Line("There are more: name a program with --program.");
        }
    }
}
