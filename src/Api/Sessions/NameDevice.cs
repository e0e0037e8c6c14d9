// POST /onboarding/user/devices/name/v1: the user gives a device a name.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Names a device.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class NameDevice(Credentials credentials, UserGrains grains, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/onboarding/user/devices/name/v1", (Delegate)Handle)
        .WithName("name-device")
        .WithSummary("Give one of the user's devices a name")
        .WithDescription("The name stands in the list of sessions and in notices from then on.")
        .Accepts<DeviceName>("application/json", "text/plain")
        .Produces<FixedAnswer>(200).Produces<FixedAnswer>(404);

    private Task Handle(HttpContext http)
    {
        var (startedAt, now) = (time.GetTimestamp(), time.GetUtcNow());
        var code = credentials.Check(http, now, out var caller);
        if (code != RefusalCode.None)
        {
            refuse.With(http, code, startedAt);
            return Task.CompletedTask;
        }

        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var name = Fields.Text(body, "name", DeviceDescription.TextMax) ?? throw new FieldException("name is mandatory");
            var device = Fields.DeviceReference(body) ?? throw new FieldException("device is mandatory: a ref of the list of sessions");
            var reply = await grains.Find(caller.User).RenameDevice(new RenameDevice(now, caller.Session, device, name));
            switch (reply.Outcome)
            {
                case ChangeOutcome.AskerEnded:
                    refuse.With(http, RefusalCode.Revoked, startedAt);
                    break;
                case ChangeOutcome.Unknown:
                    refuse.With(http, RefusalCode.Unknown, startedAt);
                    break;
                default:
                    Answer.Success.Write(http.Response);
                    break;
            }
        });
    }
}

/// <summary>A device's new name.</summary>
/// <param name="Device">The ref of a device in the list of sessions.</param>
/// <param name="Name">1 to 64 characters without control characters.</param>
public sealed record DeviceName(string Device, string Name);
