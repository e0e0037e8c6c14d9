// The form of an export in JSON. The events are written one by one behind the head, so the head is written by hand.
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Whose events to export, and how.</summary>
/// <param name="User">The user, as answers name it; then without program and account.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="Format">json (default) or csv.</param>
public sealed record ExportRequest(string? User = null, int? Program = null, string? Account = null, string? Format = null);

/// <summary>Everything that the log has of one user.</summary>
/// <param name="User">The user, as management calls take it.</param>
/// <param name="ExportedAt">When the export was made.</param>
/// <param name="HowToCheck">What to do to see that nothing was changed, left out or added.</param>
/// <param name="Stream">The name of the user's stream, which is a part of each hash.</param>
/// <param name="PreviousHash">64 zeros: there is no event before the first one.</param>
/// <param name="Events">Every event, in the order of the versions; the last member of the file.</param>
/// <param name="Account">The account number; absent for a user whom the log does not know.</param>
/// <param name="Chain">The service's own check; absent where there are no events.</param>
/// <param name="Masked">True where the caller's key may not see accounts: then the hashes are not those of what is shown.</param>
public sealed record ExportedUser(
    string User,
    DateTime ExportedAt,
    string HowToCheck,
    string Stream,
    string PreviousHash,
    [property: JsonPropertyOrder(1)] IReadOnlyList<TimelineEvent> Events,
    string? Account = null,
    CheckedChain? Chain = null,
    bool? Masked = null);

/// <summary>What an export says before its events.</summary>
/// <param name="User">The user.</param>
/// <param name="Account">The account, or what may be shown of it.</param>
/// <param name="Last">The version of the last event of the export.</param>
/// <param name="Masked">Whether accounts are masked.</param>
/// <param name="At">When the export was made.</param>
internal sealed record ExportedHead(UserId User, string? Account, long Last, bool Masked, DateTimeOffset At)
{
    private const string HowToCheck =
        "The hash of an event is SHA-256 over these bytes, one after the other: the 32 bytes of the hash of the event before it "
        + "(previousHash for the first one); version, 8 bytes, big-endian; command, the 16 bytes of the UUID in the order in which it is "
        + "written; ordinal, 4 bytes, big-endian; stream in UTF-8 and a zero byte; name in UTF-8 and a zero byte; data, the text between "
        + "the colon after \"data\" and the comma before \"hash\", byte by byte as it stands here.";

    private const string NotToBeChecked =
        "Accounts are masked in this file, so its hashes cannot be recomputed; the service has checked them, as chain says.";

    /// <summary>The text up to the bracket behind which the events stand.</summary>
    public string Begin()
    {
        var empty = new ExportedUser(
            User.Reference, At.UtcDateTime, Masked ? NotToBeChecked : HowToCheck, User.Stream, default(EventHash).ToString(), [], Account,
            Last > 0 ? new CheckedChain(1, Last, Ok: true) : null, Masked ? true : null);
        var text = JsonSerializer.Serialize(empty, ApiJson.Plain.ExportedUser);
        return text[..^"]}".Length];
    }
}
