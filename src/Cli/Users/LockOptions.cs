// What a lock has beside whom or what it locks, and how the answer to a lock or a release is shown.
using System.CommandLine;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Users;

/// <summary>The options of a lock.</summary>
internal sealed class LockOptions
{
    private readonly Option<string?> _until = new("--until")
    {
        Description = $"When it ends by itself: {LockTime.Form}. Not before it is released when absent",
        HelpName = "time",
    };

    private readonly Option<string?> _sentence = new("--sentence")
    {
        Description = "What the person reads at the next sign-in: a code of the bank's list",
        HelpName = "code",
    };

    public void AddTo(Command command)
    {
        command.Add(_until);
        command.Add(_sentence);
    }

    public void Write(Utf8JsonWriter json, CommandRun run)
    {
        if (run.Given.GetValue(_until) is { } until)
        {
            json.WriteString("until"u8, LockTime.Read(until, "--until", run.Time.GetUtcNow()));
        }

        if (run.Given.GetValue(_sentence) is { } sentence)
        {
            json.WriteString("sentence"u8, sentence);
        }
    }

    public static void Show(Output output, JsonDocument answer) => output.Answer(answer, done => output.Line(
        done.Flag("changed") is false ? "It was so before: nothing was changed." : $"Done, stored as version {done.Text("version")}."));
}
