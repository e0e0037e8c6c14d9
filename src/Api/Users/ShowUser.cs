// POST /internal/user/v1: how a user stands now. A POST, because an account number does not belong in a URL.
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Shows a user's live sessions, and which notices the user's devices are still owed.</summary>
/// <param name="grains">Finds the user.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="audit">Records who looks at whom.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class ShowUser(UserGrains grains, UserKey users, AuditTrail audit, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/user/v1", (Delegate)Handle)
        .WithName("user")
        .WithSummary("A user's live sessions, and the notices that the user's devices have not acknowledged")
        .WithDescription("Devices are shown by their last four hex digits.")
        .Accepts<UserRequest>("application/json", "text/plain")
        .Produces<UserStanding>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var user = Fields.User(body, users);
        await audit.Record(http, KeyUses.User, user);
        var view = http.ManagementCaller().Sees(user.Program)
            ? await grains.Find(user).View(time.GetUtcNow())
            : new UserView(Version: 0, [], []);
        PlainJson.Write(http.Response, 200, Describe(view), ApiJson.Plain.UserStanding);
    });

    private static UserStanding Describe(UserView view) => new(
        view.Version,
        [.. view.Sessions.Select(session => new LiveSession(
            session.Session.Value, session.Device.LabelText, (int)session.SignInMode, session.StartedAt.UtcDateTime,
            session.ExpiresAt.UtcDateTime))],
        [.. view.Notices.Select(notice => new OwedNotice(
            notice.To.LabelText, notice.Version, notice.At.UtcDateTime, notice.SignedOut.LabelText))]);
}

/// <summary>Which user to show.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
public sealed record UserRequest(int Program, string Account);

/// <summary>How a user stands now. A user whom the log does not know has version 0 and empty lists.</summary>
/// <param name="Version">The version of the user's stream.</param>
/// <param name="Sessions">The live sessions, oldest first.</param>
/// <param name="Owed">The notices that devices have not acknowledged.</param>
public sealed record UserStanding(long Version, IReadOnlyList<LiveSession> Sessions, IReadOnlyList<OwedNotice> Owed);

/// <summary>A live session.</summary>
/// <param name="SessionId">LOGIN_HISTORY_ID.</param>
/// <param name="Device">The label of its device.</param>
/// <param name="SignInMode">1 PIN, 2 device, 0 not known.</param>
/// <param name="StartedAt">When it started.</param>
/// <param name="ExpiresAt">When it ends by itself at the latest.</param>
public sealed record LiveSession(Guid SessionId, string Device, int SignInMode, DateTime StartedAt, DateTime ExpiresAt);

/// <summary>A notice that a device has not acknowledged.</summary>
/// <param name="To">The label of the device that is owed it.</param>
/// <param name="Version">The version of the sign-out in the user's stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="SignedOut">The label of the device that was signed out.</param>
public sealed record OwedNotice(string To, long Version, DateTime At, string SignedOut);
