// POST /onboarding/user/notices/ack/v1: the app says what it has shown.
using System.Buffers;
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>Takes note of acknowledged notices.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class Acknowledge(Credentials credentials, UserGrains grains, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/onboarding/user/notices/ack/v1", (Delegate)Handle)
        .WithName("acknowledge-notices")
        .WithSummary("The app has shown every notice up to this version")
        .WithDescription("A repeat gives the same 200 and writes nothing, as does a version beyond the last notice.")
        .Accepts<Acknowledgement>("application/json", "text/plain").Produces<FixedAnswer>(200);

    // The same order of checks as a logout's.
    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var now = time.GetUtcNow();
        if (!RequestBody.IsJson(http.Request))
        {
            refuse.With(http, RefusalCode.MediaType, startedAt);
            return;
        }

        var body = await RequestBody.Read(http.Request);
        var utf8 = body.ToArray();
        http.Request.BodyReader.AdvanceTo(body.End);
        var version = 0L;
        var code = credentials.Check(http, now, out var caller);
        code = code == RefusalCode.None ? Read(utf8, out version) : code;
        if (code == RefusalCode.None)
        {
            var command = new AcknowledgeNotices(now, caller.Session, version, caller.IssuedAt);
            var reply = await grains.Find(caller.User).AcknowledgeNotices(command);
            code = reply.Outcome == AcknowledgeOutcome.SessionEnded ? RefusalCode.Revoked : RefusalCode.None;
        }

        if (code == RefusalCode.None)
        {
            Answer.Success.Write(http.Response);
        }
        else
        {
            refuse.With(http, code, startedAt);
        }
    }

    private static RefusalCode Read(byte[] utf8, out long version)
    {
        version = 0;
        if (Fields.TryParse(utf8) is not { } document)
        {
            return RefusalCode.BodyForm;
        }

        using (document)
        {
            return document.RootElement.TryGetProperty("version"u8, out var value) && value.ValueKind == JsonValueKind.Number
                && value.TryGetInt64(out version) && version > 0
                ? RefusalCode.None
                : RefusalCode.BodyVersion;
        }
    }
}

/// <summary>The body of an acknowledgement.</summary>
/// <param name="Version">The version of the last notice that was shown; all before it count as shown.</param>
public sealed record Acknowledgement(long Version);
