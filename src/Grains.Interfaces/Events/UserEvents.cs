// The events of one user's stream. A member that is added, renamed or taken away makes a new version of the event: what stands here is what
// is stored (UserEventCodec.cs), and golden files hold every byte of it.
using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace BankEzy.Sessions.Users;

/// <summary>An event of one user.</summary>
/// <param name="At">When it was decided, in whole milliseconds; within a stream it never goes back.</param>
internal abstract record UserEvent([property: JsonPropertyOrder(-1)] DateTimeOffset At);

/// <summary>How the log came to know a session.</summary>
internal enum Origin
{
    /// <summary>The login service reported it.</summary>
    [JsonStringEnumMemberName("reported")]
    Reported,

    /// <summary>An authentic login token named it before it was reported.</summary>
    [JsonStringEnumMemberName("adopted")]
    Adopted,
}

/// <summary>A session began. The limits that hold for it are part of the event: a later change of policy is for later sessions.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session.</param>
/// <param name="Device">The device it lives on.</param>
/// <param name="SignInMode">How the user signed in; unknown for an adopted session.</param>
/// <param name="Origin">How the log came to know it.</param>
/// <param name="Since">When the user signed in: <paramref name="At"/> when reported, the token's <c>iat</c> when adopted.</param>
/// <param name="TokenExpiresAt">When its login token expires.</param>
/// <param name="EndsAt">When the program's absolute limit ends it.</param>
/// <param name="IdleLimit">The program's idle limit in whole seconds; zero for none.</param>
/// <param name="Account">The user's account number, in the first such event of the stream; null in later ones.</param>
internal sealed record SessionStarted(
    DateTimeOffset At,
    SessionId Session,
    DeviceId Device,
    Mode SignInMode,
    Origin Origin,
    DateTimeOffset Since,
    DateTimeOffset TokenExpiresAt,
    DateTimeOffset EndsAt,
    [property: JsonPropertyName("idleSeconds")] TimeSpan IdleLimit,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredAccount))] string? Account = null)
    : UserEvent(At);

/// <summary>The login service reported that a session's token was renewed.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session.</param>
/// <param name="TokenExpiresAt">When its new login token expires.</param>
internal sealed record SessionRenewed(DateTimeOffset At, SessionId Session, DateTimeOffset TokenExpiresAt) : UserEvent(At);

/// <summary>The user was active; recorded sparsely, and only where an idle limit holds.</summary>
/// <param name="At">When.</param>
/// <param name="Session">The session that was used.</param>
internal sealed record SessionUsed(DateTimeOffset At, SessionId Session) : UserEvent(At);

/// <summary>The user signed out of one session (mode 1).</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Account">The user's account number.</param>
/// <param name="Session">The session that ended.</param>
/// <param name="Device">The device it lived on.</param>
internal sealed record SessionSignedOut(
    DateTimeOffset At,
    [property: JsonConverter(typeof(StoredAccount))] string Account,
    SessionId Session,
    DeviceId Device) : UserEvent(At);

/// <summary>The user signed out of a device (mode 2): its sessions end, and its device-based sign-in is off.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Account">The user's account number.</param>
/// <param name="Device">The device.</param>
/// <param name="AskedBy">The session whose token asked.</param>
/// <param name="Sessions">The sessions that ended, in the order of their start.</param>
/// <param name="Owed">The other devices that had a live session: each is owed a notice.</param>
internal sealed record DeviceSignedOut(
    DateTimeOffset At,
    [property: JsonConverter(typeof(StoredAccount))] string Account,
    DeviceId Device,
    [property: JsonPropertyName("by")] SessionId AskedBy,
    ImmutableArray<SessionId> Sessions,
    ImmutableArray<DeviceId> Owed) : UserEvent(At)
{
    public bool Equals(DeviceSignedOut? other) => other is not null && At == other.At && Account == other.Account && Device == other.Device
        && AskedBy == other.AskedBy && Sessions.SequenceEqual(other.Sessions) && Owed.SequenceEqual(other.Owed);

    public override int GetHashCode() => HashCode.Combine(At, Device, AskedBy, Sessions.Length);
}

/// <summary>A device has shown the notices that it was owed, up to a version.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Session">The session whose token said so.</param>
/// <param name="Device">The device.</param>
/// <param name="UpTo">The version of the last notice that it has shown.</param>
internal sealed record NoticeAcknowledged(
    DateTimeOffset At,
    SessionId Session,
    DeviceId Device,
    [property: JsonConverter(typeof(StoredVersion))] long UpTo) : UserEvent(At);

/// <summary>Which limit ended a session.</summary>
internal enum Limit
{
    /// <summary>Its login token expired.</summary>
    [JsonStringEnumMemberName("token")]
    Token,

    /// <summary>The program's absolute limit.</summary>
    [JsonStringEnumMemberName("absolute")]
    Absolute,

    /// <summary>The program's idle limit.</summary>
    [JsonStringEnumMemberName("idle")]
    Idle,
}

/// <summary>A session ended by itself.</summary>
/// <param name="At">When it was decided; the limit itself may have passed a little earlier.</param>
/// <param name="Account">The user's account number.</param>
/// <param name="Session">The session.</param>
/// <param name="Device">The device it lived on.</param>
/// <param name="Limit">Which limit ended it.</param>
internal sealed record SessionExpired(
    DateTimeOffset At,
    [property: JsonConverter(typeof(StoredAccount))] string Account,
    SessionId Session,
    DeviceId Device,
    Limit Limit) : UserEvent(At);

/// <summary>Why a newer session ended an older one.</summary>
internal enum Superseding
{
    /// <summary>The user signed in again on the same device.</summary>
    [JsonStringEnumMemberName("same-device")]
    SameDevice,

    /// <summary>The user had as many sessions as the program allows; this was the oldest.</summary>
    [JsonStringEnumMemberName("session-limit")]
    SessionLimit,
}

/// <summary>A newer session replaced this one.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="Account">The user's account number.</param>
/// <param name="Session">The session that ended.</param>
/// <param name="Device">The device it lived on.</param>
/// <param name="By">The newer session.</param>
/// <param name="Why">Why.</param>
internal sealed record SessionSuperseded(
    DateTimeOffset At,
    [property: JsonConverter(typeof(StoredAccount))] string Account,
    SessionId Session,
    DeviceId Device,
    SessionId By,
    Superseding Why) : UserEvent(At);
