// Who looked at whom: what management keys read and did, in streams of their own beside the users'.
using System.Globalization;

namespace BankEzy.Sessions;

/// <summary>A management key was used.</summary>
/// <param name="At">When.</param>
/// <param name="Key">The key's name; never the key.</param>
/// <param name="Actor">The person for whom the key asked; null where none was named.</param>
/// <param name="What">What it was used for: one of <see cref="KeyUses"/>, or another word of a later version.</param>
/// <param name="User">Whom it looked at; null where it was nobody in particular. Never the account.</param>
public sealed record KeyUsed(DateTimeOffset At, string Key, string? Actor, string What, UserId? User);

/// <summary>What a key was used for, as it is stored.</summary>
public static class KeyUses
{
    /// <summary>Read a user's events.</summary>
    public const string Timeline = "timeline";

    /// <summary>Read how a user stands.</summary>
    public const string User = "user";

    /// <summary>Searched for users.</summary>
    public const string Search = "search";

    /// <summary>Exported a user's data.</summary>
    public const string Export = "export";

    /// <summary>Read the feed.</summary>
    public const string Feed = "feed";

    /// <summary>Read the whole log, to verify it.</summary>
    public const string Log = "log";

    /// <summary>Read the wakes that are owed.</summary>
    public const string Wakes = "wakes";

    /// <summary>Read who looked at whom.</summary>
    public const string Audit = "audit";

    /// <summary>Signed in to the console.</summary>
    public const string ConsoleSignIn = "console-sign-in";

    /// <summary>Left the console.</summary>
    public const string ConsoleSignOut = "console-sign-out";

    /// <summary>Ended sessions on a user's behalf.</summary>
    public const string SignOut = "sign-out";

    /// <summary>Locked sign-ins.</summary>
    public const string Lock = "lock";

    /// <summary>Released a lock.</summary>
    public const string Release = "release";

    /// <summary>Ended a session by its token.</summary>
    public const string Revoke = "revoke";

    /// <summary>Planned an incident, or took a step of one. Which, the gate's own events say.</summary>
    public const string Incident = "incident";

    /// <summary>Looked at the incidents.</summary>
    public const string Incidents = "incidents";
}

/// <summary>A place among the recorded uses.</summary>
/// <param name="Day">The day, in UTC.</param>
/// <param name="Version">The number within the day: 1, 2, 3…</param>
public readonly record struct AuditPosition(DateOnly Day, long Version)
{
    private const string DayForm = "yyyyMMdd";

    /// <summary>The stream of the day's uses: <c>audit-</c> and the day as eight digits.</summary>
    public static string StreamOf(DateOnly day) => $"audit-{day.ToString(DayForm, CultureInfo.InvariantCulture)}";

    /// <summary>Reads the text form; false for anything that <see cref="ToString"/> does not write.</summary>
    public static bool TryParse(string text, out AuditPosition position)
    {
        position = default;
        var parts = text.Split('-');
        if (parts.Length != 2
            || !DateOnly.TryParseExact(parts[0], DayForm, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var version) || version < 1)
        {
            return false;
        }

        position = new AuditPosition(day, version);
        return position.ToString() == text;
    }

    /// <summary>Such as <c>20261126-41</c>.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Day.ToString(DayForm, CultureInfo.InvariantCulture)}-{Version}");
}

/// <summary>A question to the record.</summary>
/// <param name="From">Not before this time.</param>
/// <param name="Until">Before this time.</param>
/// <param name="Before">Only what stands before this place; null for the newest.</param>
/// <param name="Max">The most rows to return, 1 to 1,000.</param>
public sealed record AuditQuestion(DateTimeOffset From, DateTimeOffset Until, AuditPosition? Before, int Max);

/// <summary>A part of the record.</summary>
/// <param name="Rows">The uses, newest first, each with its place.</param>
/// <param name="Next">Ask again for what stands before this place; null when there is nothing more.</param>
public sealed record AuditRows(IReadOnlyList<(AuditPosition Position, KeyUsed Used)> Rows, AuditPosition? Next);

/// <summary>The record of what management keys were used for.</summary>
public interface IAuditLog
{
    /// <summary>Returns when a use is on stable storage. Uses that come at the same time share one append.</summary>
    /// <exception cref="Exception">Nobody can say whether it is: then what was asked must not be done, and the answer is 503.</exception>
    Task Record(KeyUsed used);

    /// <summary>Reads the record, newest first. A part may hold fewer rows than asked for, or none, although there is more.</summary>
    /// <param name="question">Which part.</param>
    /// <param name="wanted">Which uses of it.</param>
    /// <param name="cancellation">Stops the read.</param>
    /// <exception cref="InvalidDataException">The record is damaged; the message says where.</exception>
    ValueTask<AuditRows> Read(AuditQuestion question, Func<KeyUsed, bool> wanted, CancellationToken cancellation);
}
