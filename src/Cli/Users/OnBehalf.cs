// What calls on somebody's behalf have in common: a reason, a ticket, and an id with which a repeat acts once.
using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;

namespace BankEzy.Sessions.Cli.Users;

/// <summary>The options of a call that an event of the log will explain.</summary>
internal sealed class OnBehalf
{
    private readonly Option<string> _reason = new("--reason")
    {
        Description = "Why: a code of the bank's list, such as phone-lost, phone-stolen, fraud-suspected, customer-asked",
        HelpName = "code",
    };

    private readonly Option<string?> _ticket = new("--ticket") { Description = "The ticket, in the bank's form", HelpName = "id" };

    private readonly Option<Guid?> _request = new("--request-id")
    {
        Description = "The id of an earlier try: with it a repeat never acts twice. Made anew when absent",
        HelpName = "uuid",
    };

    /// <summary>Makes them.</summary>
    /// <param name="reason">The reason where none is given; one must be given when null.</param>
    public OnBehalf(string? reason = null)
    {
        _reason.Required = reason is null;
        _reason.DefaultValueFactory = reason is null ? null : _ => reason;
    }

    public void AddTo(Command command)
    {
        _reason.CompletionSources.Add(
            "phone-lost", "phone-stolen", "fraud-suspected", "account-takeover", "customer-asked", "staff-error", "incident", "test");
        command.Add(_reason);
        command.Add(_ticket);
        command.Add(_request);
    }

    /// <summary>Sends a call and shows its answer. Where nobody can say whether it was done, the message has the id to repeat it
    /// with.</summary>
    public async Task<JsonDocument> Send(CommandRun run, string path, Action<Utf8JsonWriter> members)
    {
        var request = run.Given.GetValue(_request) ?? NewRequestId();
        try
        {
            return await run.Service.Post(path, json =>
            {
                members(json);
                json.WriteString("reason"u8, run.Given.GetValue(_reason));
                json.WriteString("requestId"u8, request);
                if (run.Given.GetValue(_ticket) is { } ticket)
                {
                    json.WriteString("ticket"u8, ticket);
                }
            }, run.Stop);
        }
        catch (Failure failure) when (failure.Code == ExitCode.Unreachable)
        {
            throw Uncertain(failure.Code, failure.Message, request);
        }
        catch (OperationCanceledException) when (run.Stop.IsCancellationRequested)
        {
            throw Uncertain(ExitCode.Failed, "You stopped it while it was under way.", request);
        }
    }

    private static Failure Uncertain(int code, string why, Guid request) => new(
        code, $"It is not certain whether this was done. {why}", $"Repeat it with --request-id {request}: then it never acts twice.");

    /// <summary>A random UUID (RFC 9562, version 4).</summary>
    public static Guid NewRequestId()
    {
        var bytes = RandomNumberGenerator.GetBytes(16);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }
}
