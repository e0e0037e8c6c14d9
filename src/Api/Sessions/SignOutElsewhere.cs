// POST /onboarding/user/sessions/sign-out/v1: the user ends sessions on other devices, from this one.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Ends one other device's sessions, all others, or everything.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="options">How fresh the login token must be.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class SignOutElsewhere(
    Credentials credentials, UserGrains grains, ApiOptions options, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/onboarding/user/sessions/sign-out/v1", (Delegate)Handle)
        .WithName("sign-out-elsewhere")
        .WithSummary("Sign out another device, all others, or everything")
        .WithDescription("Headers as for a logout. The login token must be fresh (403 asks the user to sign in again), and its "
            + "session must "
            + "have been reported. The answer says what ended; sent again with the same requestId it acts once. quiet leaves the other "
            + "devices without a notice, for somebody whose phone is watched.")
        .Accepts<ElsewhereRequest>("application/json", "text/plain")
        .Produces<ElsewhereAnswer>(200).Produces<FixedAnswer>(403).Produces<FixedAnswer>(404);

    private Task Handle(HttpContext http)
    {
        var (startedAt, now) = (time.GetTimestamp(), time.GetUtcNow());
        var code = credentials.Check(http, now, out var caller);
        if (code == RefusalCode.None && now - caller.IssuedAt > options.FreshTokenMax)
        {
            code = RefusalCode.NotFresh;
        }

        if (code != RefusalCode.None)
        {
            refuse.With(http, code, startedAt);
            return Task.CompletedTask;
        }

        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var reply = await grains.Find(caller.User).EndSessions(Understand(body, caller, now));
            switch (reply.Outcome)
            {
                case EndOutcome.AskerEnded:
                    refuse.With(http, RefusalCode.Revoked, startedAt);
                    break;
                case EndOutcome.Unknown:
                    refuse.With(http, RefusalCode.Unknown, startedAt);
                    break;
                default:
                    PlainJson.Write(http.Response, 200, Describe(reply), ApiJson.Plain.ElsewhereAnswer);
                    break;
            }
        });
    }

    private static EndSessions Understand(JsonElement body, Caller caller, DateTimeOffset now)
    {
        var scope = Fields.Text(body, "scope") switch
        {
            "device" => Scope.Device,
            "others" => Scope.Others,
            "user" => Scope.User,
            _ => throw new FieldException("scope is mandatory: device, others or user"),
        };
        var device = scope == Scope.Device
            ? Fields.DeviceReference(body)
                ?? throw new FieldException("device is mandatory with scope device: a ref of the list of sessions")
            : (UInt128?)null;
        return new EndSessions(
            now, CauseFields.Request(body), scope, new Cause(CauseKind.OtherDevice, caller.Session), Session: null, device,
            Fields.Flag(body, "quiet"));
    }

    private static ElsewhereAnswer Describe(EndReply reply) => new(
        200, "SUCCESS",
        [.. reply.Ended.GroupBy(one => one.Device).Select(device => new DeviceEnded(
            device.Key.HashText, device.Key.LabelText, device.Count()))],
        [.. reply.Owed.Select(device => device.LabelText)]);
}

/// <summary>What is to end.</summary>
/// <param name="Scope">device (one other device), others (all but this one) or user (everything, this session included).</param>
/// <param name="RequestId">A UUID of the app's own: sent again with the same one, the request acts once.</param>
/// <param name="Device">The ref of a device in the list of sessions, with scope device.</param>
/// <param name="Quiet">Whether the user's other devices are not notified.</param>
public sealed record ElsewhereRequest(string Scope, Guid RequestId, string? Device = null, bool? Quiet = null);

/// <summary>What ended.</summary>
/// <param name="ResCode">200.</param>
/// <param name="ResDesc">SUCCESS.</param>
/// <param name="Data">The devices whose sessions this request ended; empty where nothing lived there.</param>
/// <param name="Notified">The labels of the devices that are owed a notice.</param>
public sealed record ElsewhereAnswer(int ResCode, string ResDesc, IReadOnlyList<DeviceEnded> Data, IReadOnlyList<string> Notified);

/// <summary>A device whose sessions ended.</summary>
/// <param name="Ref">The device, as the list of sessions names it.</param>
/// <param name="Device">Its label.</param>
/// <param name="Sessions">How many of its sessions ended.</param>
public sealed record DeviceEnded(string Ref, string Device, int Sessions);
