// How a command ends when it does not end well: an exit code for scripts, a sentence and what to do for people.
namespace BankEzy.Sessions.Cli;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    public const int Done = 0;

    /// <summary>What was asked for failed, or damage was found.</summary>
    public const int Failed = 1;

    /// <summary>The arguments are wrong, or the service refused a value of them (400).</summary>
    public const int Usage = 2;

    /// <summary>The key was refused (401), or may not do this (403).</summary>
    public const int Refused = 3;

    /// <summary>The service cannot be reached, or cannot answer now (503, 429).</summary>
    public const int Unreachable = 4;
}

/// <summary>The command cannot go on.</summary>
/// <param name="code">One of <see cref="ExitCode"/>.</param>
/// <param name="message">What is wrong, in one sentence.</param>
/// <param name="advice">What to do about it.</param>
internal sealed class Failure(int code, string message, string advice) : Exception(message)
{
    public int Code => code;

    public string Advice => advice;

    /// <summary>The service's own words for why it cannot answer now; null for every other failure.</summary>
    public string? Why { get; init; }

    public static Failure Usage(string message, string advice) => new(ExitCode.Usage, message, advice);
}
