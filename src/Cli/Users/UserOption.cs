// Whom a command is about: a user's reference, or a program and an account, which need not stand on the command line.
using System.CommandLine;
using System.Text.Json;
using BankEzy.Sessions.Cli.Service;

namespace BankEzy.Sessions.Cli.Users;

/// <summary>The arguments that name a user.</summary>
internal sealed class UserOption
{
    private const int ProgramDefault = 2001;
    private const string OfStreams = "user-";

    private readonly Argument<string?> _reference = new("user")
    {
        Description = "The user's reference, 2001- and 32 hex digits, as every answer shows it",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int> _program = new("--program")
    {
        Description = "PROGRAM_ID, with --account",
        DefaultValueFactory = _ => ProgramDefault,
        HelpName = "id",
    };

    private readonly Option<string?> _account = new("--account")
    {
        Description = "An account number in place of the reference; - reads it from standard input, so that it stands in no history",
        HelpName = "number",
    };

    private readonly Option<string?> _session = new("--of-session")
    {
        Description = "A session of the user (LOGIN_HISTORY_ID), in place of the reference",
        HelpName = "id",
    };

    public void AddTo(Command command)
    {
        command.Add(_reference);
        command.Add(_program);
        command.Add(_account);
        command.Add(_session);
    }

    /// <summary>Finds out who is meant.</summary>
    public async Task<User> Find(CommandRun run)
    {
        var (reference, account, session) = (run.Given.GetValue(_reference), run.Given.GetValue(_account), run.Given.GetValue(_session));
        if (new[] { reference, account, session }.Count(given => given is not null) != 1)
        {
            throw Failure.Usage("Name one user.", "Give a reference such as 2001-…, or --account (with --program), or --of-session.");
        }

        return reference is not null ? new User(ReadReference(reference), 0, null)
            : account is not null ? new User(null, run.Given.GetValue(_program), StandardInput.Resolve(account, "account number"))
            : await FindBySession(run.Service, session!, run.Stop);
    }

    // As 'verify' and the service's log name a user, too: by the stream.
    private static string ReadReference(string text) => text.Contains('-', StringComparison.Ordinal)
        ? text.StartsWith(OfStreams, StringComparison.Ordinal) ? text[OfStreams.Length..] : text
        : throw Failure.Usage("That is not a user's reference, which is such as 2001- and 32 hex digits.",
            "An account number goes with --account, a session's id with --of-session; 'sessions user find' shows references.");

    private static async Task<User> FindBySession(ServiceClient service, string session, CancellationToken stop)
    {
        using var found = await service.Post("/internal/search/v1", json => json.WriteString("sessionId"u8, session), stop);
        return found.RootElement.GetProperty("users").EnumerateArray().ToList() is [var one]
            ? new User(one.GetProperty("user").GetString(), 0, null)
            : throw new Failure(ExitCode.Failed, "Nobody has this session.", "Is the id complete, and may your key see its program?");
    }
}

/// <summary>A user.</summary>
/// <param name="Reference">The reference; else the other two.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">The account number. It goes into bodies, and never into a message.</param>
internal sealed record User(string? Reference, int Program, string? Account)
{
    /// <summary>Writes the members that name the user.</summary>
    public void Write(Utf8JsonWriter json)
    {
        if (Reference is not null)
        {
            json.WriteString("user"u8, Reference);
            return;
        }

        json.WriteNumber("program"u8, Program);
        json.WriteString("account"u8, Account);
    }

    public override string ToString() => Reference ?? $"the user of program {Program}";
}
