// What need not stand on the command line, where other users of the machine and the shell's history see it.
namespace BankEzy.Sessions.Cli;

/// <summary>Reads values from standard input.</summary>
internal static class StandardInput
{
    /// <summary>The value as it was given; a hyphen is the first line of standard input.</summary>
    /// <param name="given">The value, or a hyphen.</param>
    /// <param name="what">What it is, for the question to a person.</param>
    public static string Resolve(string given, string what)
    {
        if (given != "-")
        {
            return given;
        }

        if (!Console.IsInputRedirected)
        {
            Console.Error.Write($"{what}: ");
        }

        return Console.In.ReadLine()?.Trim() is { Length: > 0 } line
            ? line
            : throw Failure.Usage($"There is no {what} on standard input.", "Write it on the first line.");
    }
}
