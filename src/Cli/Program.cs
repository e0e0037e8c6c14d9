// The operator's tool. Every command is one file; what they share is in CommonOptions, CommandRun and Output.
using System.CommandLine;
using System.CommandLine.Invocation;
using BankEzy.Sessions.Cli;
using BankEzy.Sessions.Cli.AppVersions;
using BankEzy.Sessions.Cli.Audit;
using BankEzy.Sessions.Cli.Completion;
using BankEzy.Sessions.Cli.Incidents;
using BankEzy.Sessions.Cli.Simulator;
using BankEzy.Sessions.Cli.Smoke;
using BankEzy.Sessions.Cli.Status;
using BankEzy.Sessions.Cli.Tail;
using BankEzy.Sessions.Cli.Users;
using BankEzy.Sessions.Cli.Verify;

// Said before anything else looks at the arguments, so that no message repeats the key.
if (args.Any(IsKey))
{
    new Output(args.Contains("--json")).Fail(Failure.Usage(
        "A key is never given on the command line: other users of the machine can read it there, and the shell keeps it.",
        "Put it into SESSIONS_KEY, or into a file for --key-file."));
    return ExitCode.Usage;
}

var common = new CommonOptions();
var root = new RootCommand("The operator's tool of BankEzy.Sessions. Exit codes: 0 done, 1 failed or damage found, 2 wrong arguments, "
    + "3 the key was refused, 4 the service is not reachable or not ready.")
{
    ShowStatus.Command(common),
    UserCommands.Command(common),
    FollowFeed.Command(common),
    VerifyLog.Command(common),
    ShowUses.Command(common),
    MakeToken.Command(common),
    SmokeTest.Command(common),
    AppVersionCommands.Command(common),
    IncidentCommands.Command(common),
    CompletionScript.Command(),
};
common.AddTo(root);
var given = root.Parse(args);
if (given.Action is not ParseErrorAction wrong)
{
    return await given.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}

if (args.Contains("--json"))
{
    new Output(isJson: true).Fail(Failure.Usage(
        string.Join(' ', given.Errors.Select(error => error.Message)), "--help says what the command takes."));
    return ExitCode.Usage;
}

wrong.ShowHelp = given.CommandResult.Command.Subcommands.Count > 0; // Which commands there are; nobody needs all options of one again.
await given.InvokeAsync(new InvocationConfiguration { Output = Console.Error });
return ExitCode.Usage;

static bool IsKey(string argument) => argument.StartsWith('-') && argument.TrimStart('-').Split('=', ':')[0] is "key" or "Key" or "KEY";
