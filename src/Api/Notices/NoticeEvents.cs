// The events of a stream of notices.
namespace BankEzy.Sessions.Api.Notices;

/// <summary>The event device-signed-out: another device of the user was signed out.</summary>
/// <param name="Account">The account number's last four digits, after four asterisks.</param>
/// <param name="Device">The label of the device that was signed out.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Mode">2.</param>
/// <param name="Version">The event's version in the user's stream: acknowledge it.</param>
/// <param name="By">another-device or bank, where the device did not ask for it itself.</param>
public sealed record DeviceSignedOutNotice(string Account, string Device, DateTime At, int Mode, long Version, string? By = null)
{
    /// <summary>The event's name.</summary>
    public const string Name = "device-signed-out";
}

/// <summary>The event session-ended: the stream's own session has ended, and the stream closes.</summary>
/// <param name="Reason">signed-out, device-signed-out, expired, superseded or signed-out-on-behalf.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Version">The event's version in the user's stream.</param>
/// <param name="By">another-device or bank, with signed-out-on-behalf.</param>
/// <param name="Why">you-asked or for-your-safety, where the bank ended it for such a reason.</param>
/// <param name="Sentence">The bank's sentence for the person, in the first of the reader's languages that it has.</param>
public sealed record SessionEndedNotice(
    string Reason, DateTime At, long Version, string? By = null, string? Why = null, string? Sentence = null)
{
    /// <summary>The event's name.</summary>
    public const string Name = "session-ended";
}

/// <summary>The event expired: the stream's login token has expired, and the stream closes.</summary>
/// <param name="At">When it expired.</param>
public sealed record TokenExpiredNotice(DateTime At)
{
    /// <summary>The event's name.</summary>
    public const string Name = "expired";
}
