// POST /internal/wakes/v1: the bank's push service takes the wake of a device that has no open stream, unless nothing is owed any more.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.OnBehalf;

/// <summary>Hands wakes to the bank's push service, each once.</summary>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class WakeDevice(UserKey users, UserGrains grains, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/wakes/v1", (Delegate)Handle)
        .WithName("take-wake")
        .WithSummary("The push service takes the wake of a device")
        .WithDescription("GET /internal/wakes/v1 names devices and their push references. Wait a few seconds, so that a phone that "
            + "listens can confirm by itself, then ask here: wake is true once, and only while the device has not confirmed.")
        .Accepts<WakeRequest>("application/json", "text/plain")
        .Produces<WakeAnswer>(200).Produces<FixedAnswer>(404);

    private Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var user = Fields.UserOrReference(body, users);
            var device = Fields.DeviceReference(body) ?? throw new FieldException("device is mandatory: 32 lower-case hex digits");
            var reply = http.ManagementCaller().Sees(user.Program)
                ? await grains.Find(user).TakeWake(new TakeWake(time.GetUtcNow(), device, Version(body)))
                : new ChangeReply(ChangeOutcome.Unknown, 0);
            if (reply.Outcome == ChangeOutcome.Unknown)
            {
                refuse.With(http, RefusalCode.Unknown, startedAt);
                return;
            }

            PlainJson.Write(
                http.Response, 200, new WakeAnswer(reply.Outcome == ChangeOutcome.Changed, reply.Version), ApiJson.Plain.WakeAnswer);
        });
    }

    private static long Version(JsonElement body) =>
        body.TryGetProperty("version", out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var version)
        && version > 0
            ? version
            : throw new FieldException("version is mandatory: the version that the event wakes-owed.v1 names, a number above 0");
}

/// <summary>Which wake is taken.</summary>
/// <param name="Device">The device: 32 hex digits.</param>
/// <param name="Version">The version that the event wakes-owed.v1 names.</param>
/// <param name="User">The user, as answers name it; or program and account.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
public sealed record WakeRequest(string Device, long Version, string? User = null, int? Program = null, string? Account = null);

/// <summary>Whether the device is to be woken.</summary>
/// <param name="Wake">True once for each wake, while the device has not confirmed.</param>
/// <param name="Version">The version of the user's stream.</param>
public sealed record WakeAnswer(bool Wake, long Version);
