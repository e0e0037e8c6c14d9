// What a plan of an incident may say.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;

namespace BankEzy.Sessions.Api.Incidents;

internal static class PlanBody
{
    /// <summary>The most bytes of a plan: 100,000 devices as ids of about 80 characters.</summary>
    public const int SizeMax = 8 * 1024 * 1024;

    /// <summary>Reads a plan.</summary>
    /// <exception cref="FieldException">A member is missing, or is not what it should be.</exception>
    public static PlanIncident Read(JsonElement body, ManagementCaller caller, Wording wording, DateTimeOffset now)
    {
        var (request, cause) = (CauseFields.Request(body), CauseFields.Read(body, caller, wording));
        var filter = new IncidentFilter(
            Fields.OptionalTime(body, "startedBefore"),
            Fields.Text(body, "appVersion", DeviceDescription.TextMax), Devices(body));
        return new PlanIncident(
            now, request, new GateActor(caller.Key, caller.Actor), filter, cause.Reason!, cause.Sentence, cause.Ticket);
    }

    /// <summary>Reads the id of an incident.</summary>
    public static Guid Id(JsonElement body) =>
        Fields.Id(body, "id", "the id of an incident, such as 0e9b7a54-32c1-4f60-8d7e-aabbccddeeff");

    private static ImmutableArray<UInt128> Devices(JsonElement body)
    {
        if (!body.TryGetProperty("devices", out var list))
        {
            return [];
        }

        return list.ValueKind == JsonValueKind.Array && list.GetArrayLength() is > 0 and <= IncidentFilter.DevicesMax
            ? [.. list.EnumerateArray().Select(Device).Distinct().Order()]
            : throw new FieldException(
                $"devices must be a list of 1 to {IncidentFilter.DevicesMax.ToString(CultureInfo.InvariantCulture)} device ids or hashes");
    }

    // 32 lower-case hex digits are a hash; everything else that can be a device id is one, and hashed here.
    private static UInt128 Device(JsonElement value)
    {
        var text = Fields.TextOf(value);
        var utf8 = System.Text.Encoding.UTF8.GetBytes(text);
        return DeviceId.TryParseHash(text, out var hash) ? hash
            : Logout.LogoutBody.IsDeviceId(utf8) ? DeviceId.Of(utf8).Hash
            : throw new FieldException("devices must hold device ids of 1 to 200 characters, or hashes of 32 lower-case hex digits");
    }
}
