// Who is signed in to the support console: a stream of its own for each sign-in, beside the users'.
namespace BankEzy.Sessions;

/// <summary>A person's sign-in to the console, as its stream says.</summary>
/// <param name="Key">The name of the management key that it was made with.</param>
/// <param name="KeyMark">Distinguishes keys of one name: 16 hex digits, a keyed hash. Never the key.</param>
/// <param name="Actor">The person.</param>
/// <param name="SignedInAt">When it began.</param>
/// <param name="UsedAt">The last use that is recorded.</param>
/// <param name="HasEnded">Whether the person has left the console.</param>
/// <param name="Version">The version of its stream.</param>
/// <param name="Hash">The hash of its last event.</param>
public sealed record ConsoleSession(
    string Key, string KeyMark, string Actor, DateTimeOffset SignedInAt, DateTimeOffset UsedAt, bool HasEnded, long Version, EventHash Hash)
{
    /// <summary>Without a use for so long it has ended.</summary>
    public static readonly TimeSpan IdleMax = TimeSpan.FromMinutes(15);

    /// <summary>It lasts no longer than this.</summary>
    public static readonly TimeSpan LifeMax = TimeSpan.FromHours(8);

    /// <summary>When it ends where it is not used again after a use.</summary>
    public DateTimeOffset IdleEnd(DateTimeOffset lastUse)
    {
        var (idle, end) = ((lastUse > UsedAt ? lastUse : UsedAt) + IdleMax, SignedInAt + LifeMax);
        return idle < end ? idle : end;
    }

    /// <summary>Whether it is still open, where the last use that anybody knows of was at a time.</summary>
    public bool IsOpen(DateTimeOffset lastUse, DateTimeOffset now) => !HasEnded && now < IdleEnd(lastUse);
}

/// <summary>The record of sign-ins to the console. The log decides: a node remembers, and asks again.</summary>
public interface IConsoleLog
{
    /// <summary>Finds a sign-in; null where there is none of this id.</summary>
    /// <param name="id">32 hex digits, made of the cookie's secret; it opens nothing.</param>
    /// <param name="known">What is known of it already; null for nothing.</param>
    /// <param name="cancellation">Stops the read.</param>
    /// <exception cref="InvalidDataException">The record is damaged; the message says where.</exception>
    ValueTask<ConsoleSession?> Find(string id, ConsoleSession? known, CancellationToken cancellation);

    /// <summary>Records a sign-in; returns when it is on stable storage.</summary>
    Task<ConsoleSession> Begin(string id, string key, string keyMark, string actor, DateTimeOffset at);

    /// <summary>Records a use.</summary>
    /// <param name="id">The sign-in's id.</param>
    /// <param name="session">What is known of it.</param>
    /// <param name="at">When.</param>
    Task<ConsoleSession> Use(string id, ConsoleSession session, DateTimeOffset at);

    /// <summary>Records that the person has left; nothing where it has ended already.</summary>
    /// <param name="id">The sign-in's id.</param>
    /// <param name="session">What is known of it.</param>
    /// <param name="at">When.</param>
    Task<ConsoleSession> End(string id, ConsoleSession session, DateTimeOffset at);
}
