// What every command takes.
using System.CommandLine;

namespace BankEzy.Sessions.Cli;

/// <summary>The options of all commands.</summary>
internal sealed class CommonOptions
{
    public const string UrlDefault = "http://localhost:10001";

    public Option<string?> Url { get; } = new("--url")
    {
        Description = $"The management listener; SESSIONS_URL, else {UrlDefault}",
        HelpName = "url",
        Recursive = true,
    };

    public Option<string?> KeyFile { get; } = new("--key-file")
    {
        Description = "A file with the management key. SESSIONS_KEY is the key itself. Without both: the key that a service in Development "
            + "on this machine has made",
        HelpName = "file",
        Recursive = true,
    };

    public Option<string?> Actor { get; } = new("--actor")
    {
        Description = "The person for whom the key asks, for the record and the events (X-Actor); SESSIONS_ACTOR",
        HelpName = "name",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "JSON on standard output, errors as JSON on standard error",
        Recursive = true,
    };

    public void AddTo(Command root)
    {
        root.Add(Url);
        root.Add(KeyFile);
        root.Add(Actor);
        root.Add(Json);
    }
}
