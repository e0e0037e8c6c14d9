// The events of a stream of notices.
namespace BankEzy.Sessions.Api.Notices;

/// <summary>The event device-signed-out: another device of the user was signed out.</summary>
/// <param name="Account">The account number's last four digits, after four asterisks.</param>
/// <param name="Device">The label of the device that was signed out.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Mode">2.</param>
/// <param name="Version">The event's version in the user's stream: acknowledge it.</param>
public sealed record DeviceSignedOutNotice(string Account, string Device, DateTime At, int Mode, long Version)
{
    /// <summary>The event's name.</summary>
    public const string Name = "device-signed-out";
}

/// <summary>The event session-ended: the stream's own session has ended, and the stream closes.</summary>
/// <param name="Reason">signed-out, device-signed-out, expired or superseded.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Version">The event's version in the user's stream.</param>
public sealed record SessionEndedNotice(string Reason, DateTime At, long Version)
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
