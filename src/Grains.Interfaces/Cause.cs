// Who ended or locked something for a user, and why. It is stored in events, so there is no free text in it: what somebody types about a
// customer could never be taken out of the log.
using System.Text.Json.Serialization;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions;

/// <summary>On whose side a sign-out, a lock or a release was asked for.</summary>
[GenerateSerializer, Alias("cause-kind")]
public enum CauseKind
{
    /// <summary>The user, from another device.</summary>
    [JsonStringEnumMemberName("other-device")]
    OtherDevice,

    /// <summary>Support or the fraud desk, with a management key.</summary>
    [JsonStringEnumMemberName("support")]
    Support,

    /// <summary>A service of the bank (RFC 7009, Global Token Revocation).</summary>
    [JsonStringEnumMemberName("service")]
    Service,

    /// <summary>An incident, which ends many users' sessions.</summary>
    [JsonStringEnumMemberName("incident")]
    Incident,
}

/// <summary>Who asked, and why.</summary>
/// <param name="Kind">On whose side it was asked for.</param>
/// <param name="Session">The user's session that asked; only for <see cref="CauseKind.OtherDevice"/>.</param>
/// <param name="Key">The name of the management key.</param>
/// <param name="Actor">Who used the key: a staff number or name, as the caller passed it on.</param>
/// <param name="Reason">A code of the configured list.</param>
/// <param name="Ticket">A reference into another system: <c>[A-Z0-9-]{1,32}</c>.</param>
/// <param name="Sentence">The code of a sentence for the person, of the configured list.</param>
/// <param name="Incident">The incident's id; only for <see cref="CauseKind.Incident"/>.</param>
[GenerateSerializer, Immutable, Alias("cause")]
public sealed record Cause(
    [property: Id(0)] CauseKind Kind,
    [property: Id(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull),
        JsonConverter(typeof(StoredOptional<SessionId, StoredSession>))] SessionId? Session = null,
    [property: Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Key = null,
    [property: Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Actor = null,
    [property: Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Reason = null,
    [property: Id(5), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Ticket = null,
    [property: Id(6), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Sentence = null,
    [property: Id(7), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Incident = null);

/// <summary>What the login service knows of a device. Everything is optional.</summary>
/// <param name="Name">What people call it: <c>Pixel 8</c>.</param>
/// <param name="Model">The maker's name of the model.</param>
/// <param name="Kind"><c>phone</c> or <c>tablet</c>.</param>
/// <param name="AppVersion">The version of the bank's app on it.</param>
/// <param name="Push">An opaque reference by which the bank's push service reaches it. It is forgotten when the device's last session
/// ends.</param>
[GenerateSerializer, Immutable, Alias("device-description")]
public sealed record DeviceDescription(
    [property: Id(0), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Name = null,
    [property: Id(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Model = null,
    [property: Id(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Kind = null,
    [property: Id(3), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? AppVersion = null,
    [property: Id(4), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull), JsonConverter(typeof(StoredLine))]
    string? Push = null)
{
    /// <summary>The most characters of each member.</summary>
    public const int TextMax = 64;

    /// <summary>The most characters of <see cref="Push"/>.</summary>
    public const int PushMax = 256;

    /// <summary>Without the push reference, for messages.</summary>
    public override string ToString() => "device description";
}
