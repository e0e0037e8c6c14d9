// What cannot be undone is asked once, where somebody is there to be asked.
using System.CommandLine;

namespace BankEzy.Sessions.Cli.Users;

/// <summary>Asks before something is done.</summary>
internal static class Confirmation
{
    public static Option<bool> Option() => new("--yes") { Description = "Does not ask. Needed where nobody can be asked, such as in a "
        + "script" };

    /// <summary>Returns when it is to be done.</summary>
    /// <exception cref="Failure">It is not.</exception>
    public static void Ask(CommandRun run, Option<bool> yes, string question)
    {
        if (run.Given.GetValue(yes))
        {
            return;
        }

        if (!Output.IsInteractive)
        {
            throw Failure.Usage("Nobody can be asked whether to do this.", "Give --yes.");
        }

        Console.Error.Write($"{Output.Plain(question)} [y/N] ");
        if (Console.In.ReadLine()?.Trim() is not ("y" or "Y" or "yes"))
        {
            throw new Failure(ExitCode.Failed, "Nothing was done.", "Answer y, or give --yes.");
        }
    }
}
