// POST /internal/user/v1: how a user stands now. A POST, because an account number does not belong in a URL.
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Shows a user's devices and live sessions, why the last session ended, and which notices the user's devices are still
/// owed.</summary>
/// <param name="grains">Finds the user.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="endings">Reads how sessions ended.</param>
/// <param name="audit">Records who looks at whom.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
internal sealed class ShowUser(
    UserGrains grains, UserKey users, UserEndings endings, AuditTrail audit, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/user/v1", (Delegate)Handle)
        .WithName("user")
        .WithSummary("A user's devices and live sessions, why the last session ended, and the notices that devices have not acknowledged")
        .WithDescription("The user is named by user, or by program and account. A device is named by 32 hex digits, the stored hash, and "
            + "for people by a label of four.")
        .Accepts<UserRequest>("application/json", "text/plain")
        .Produces<UserStanding>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var user = Fields.UserOrReference(body, users);
        await audit.Record(http, KeyUses.User, user);
        var now = time.GetUtcNow();
        var seen = http.ManagementCaller().Seen(user);
        var details = await grains.Find(seen).Show(now);
        var ended = await endings.Read(seen, details, now, http.RequestAborted);
        PlainJson.Write(http.Response, 200, Describe(user, details, ended), ApiJson.Plain.UserStanding);
    });

    private static UserStanding Describe(UserId user, UserDetails details, UserEnded ended) => new(
        user.Reference,
        details.View.Version,
        [.. details.View.Sessions.Select(session => new LiveSession(
            session.Session.Value, session.Device.LabelText, (int)session.SignInMode, session.StartedAt.UtcDateTime,
            session.ExpiresAt.UtcDateTime))],
        [.. details.Devices.Select(device => Describe(device, ended))],
        [.. details.View.Notices.Select(notice => new OwedNotice(
            notice.To.HashText, notice.To.LabelText, notice.Version, notice.At.UtcDateTime, notice.SignedOut.LabelText))],
        ended.Answer,
        details.View.Version > 0 ? Accounts.Ending(details.Account) : null,
        [.. details.Locks.Select(Describe)]);

    private static UserLock Describe(LockView one) => new(
        one.At.UtcDateTime, one.Device?.HashText, one.Until?.UtcDateTime, one.Cause.Reason, one.Cause.Actor, one.Cause.Key,
            one.Cause.Sentence);

    private static UserDevice Describe(DeviceView device, UserEnded ended)
    {
        var last = device.Sessions.IsEmpty && !device.Ended.IsEmpty ? ended.By.GetValueOrDefault(device.Ended[^1].EndedBy) : null;
        return new UserDevice(
            device.Device.HashText, device.Device.LabelText, ended.Facts.NameOf(device.Device),
            [.. device.Sessions.Select(session => new DeviceSession(
                session.Session.Value, (int)session.SignInMode, session.StartedAt.UtcDateTime, session.ExpiresAt.UtcDateTime))],
            device.LastSeenAt.UtcDateTime, device.DeviceSignIn, last?.At, last?.By,
            device.Description?.Name, device.Description?.Model, device.Description?.Kind, device.Description?.AppVersion);
    }
}

/// <summary>Which user to show.</summary>
/// <param name="User">The user, as answers name it; then without program and account.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
public sealed record UserRequest(string? User = null, int? Program = null, string? Account = null);

/// <summary>How a user stands now. A user whom the log does not know has version 0 and empty lists.</summary>
/// <param name="User">The user, as other calls take it.</param>
/// <param name="Version">The version of the user's stream.</param>
/// <param name="Sessions">The live sessions, oldest first.</param>
/// <param name="Devices">The devices that the user's state knows: those that are signed in first, by last use.</param>
/// <param name="Owed">The notices that devices have not acknowledged.</param>
/// <param name="Answer">Why the last session ended, and which devices were informed.</param>
/// <param name="Ending">What the account number ends with: its last four digits, but never more than half of them.</param>
/// <param name="Locks">The locks on sign-ins that hold.</param>
public sealed record UserStanding(
    string User, long Version, IReadOnlyList<LiveSession> Sessions, IReadOnlyList<UserDevice> Devices, IReadOnlyList<OwedNotice> Owed,
    UserAnswer Answer, string? Ending = null, IReadOnlyList<UserLock>? Locks = null);

/// <summary>A lock on sign-ins that holds.</summary>
/// <param name="At">Since when.</param>
/// <param name="Device">The device: 32 hex digits; absent where it is for every device.</param>
/// <param name="Until">When it ends by itself; absent where it does not.</param>
/// <param name="Reason">Why: a code of the configured list.</param>
/// <param name="Actor">Who locked it.</param>
/// <param name="Key">With which key.</param>
/// <param name="Sentence">The code of the sentence that the person reads.</param>
public sealed record UserLock(
    DateTime At, string? Device = null, DateTime? Until = null, string? Reason = null, string? Actor = null, string? Key = null,
    string? Sentence = null);

/// <summary>A live session.</summary>
/// <param name="SessionId">LOGIN_HISTORY_ID.</param>
/// <param name="Device">The label of its device.</param>
/// <param name="SignInMode">1 PIN, 2 device, 0 not known.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="ExpiresAt">When it ends by itself at the latest.</param>
public sealed record LiveSession(Guid SessionId, string Device, int SignInMode, DateTime StartedAt, DateTime ExpiresAt);

/// <summary>A device of a user.</summary>
/// <param name="Device">Its stored hash: 32 hex digits.</param>
/// <param name="Label">Its label: four hex digits.</param>
/// <param name="ShownAs">What to call it before people: two devices of one user may have the same label.</param>
/// <param name="Sessions">Its live sessions.</param>
/// <param name="LastSeenAt">The newest sign-in or recorded use. Uses are recorded only where an idle limit holds.</param>
/// <param name="DeviceSignIn">Whether device-based sign-in is on there.</param>
/// <param name="EndedAt">When its last session ended; absent while one lives.</param>
/// <param name="EndedBy">By whom: app (on the device itself), limit, sign-in (a newer session), another-device, support, service or
/// incident.</param>
/// <param name="Name">What people call it, where somebody said.</param>
/// <param name="Model">The maker's name of the model.</param>
/// <param name="Kind">phone or tablet.</param>
/// <param name="AppVersion">The version of the bank's app on it.</param>
public sealed record UserDevice(
    string Device, string Label, string ShownAs, IReadOnlyList<DeviceSession> Sessions, DateTime LastSeenAt, bool DeviceSignIn,
    DateTime? EndedAt = null, string? EndedBy = null, string? Name = null, string? Model = null, string? Kind = null,
    string? AppVersion = null);

/// <summary>A live session of a device.</summary>
/// <param name="SessionId">LOGIN_HISTORY_ID.</param>
/// <param name="SignInMode">1 PIN, 2 device, 0 not known.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="ExpiresAt">When it ends by itself at the latest.</param>
public sealed record DeviceSession(Guid SessionId, int SignInMode, DateTime StartedAt, DateTime ExpiresAt);

/// <summary>A notice that a device has not acknowledged.</summary>
/// <param name="To">The device that is owed it: the stored hash, 32 hex digits.</param>
/// <param name="Label">The label of that device.</param>
/// <param name="Version">The version of the sign-out in the user's stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="SignedOut">The label of the device that was signed out.</param>
public sealed record OwedNotice(string To, string Label, long Version, DateTime At, string SignedOut);

/// <summary>Why the last session ended, within seven days, and who was informed of it.</summary>
/// <param name="Sentences">The answer in sentences, to be read aloud; without an account.</param>
/// <param name="Version">The event that ended it; absent where none did.</param>
/// <param name="At">When that was decided.</param>
/// <param name="By">By whom: app (on the device itself), limit, sign-in (a newer session), another-device, support, service or
/// incident.</param>
/// <param name="Devices">The devices that were owed a notice of it.</param>
public sealed record UserAnswer(
    IReadOnlyList<string> Sentences, long? Version = null, DateTime? At = null, string? By = null,
    IReadOnlyList<InformedDevice>? Devices = null);

/// <summary>A device that was owed a notice.</summary>
/// <param name="Device">Its stored hash: 32 hex digits.</param>
/// <param name="State">shown (acknowledged), owed (not yet), or unreachable (not owed any more, and never acknowledged).</param>
/// <param name="AfterMilliseconds">How long after the sign-out it acknowledged.</param>
public sealed record InformedDevice(string Device, string State, long? AfterMilliseconds = null);
