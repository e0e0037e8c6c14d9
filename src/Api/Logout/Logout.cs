// POST /onboarding/user/logout/v1: the contract. Shape and tokens → command → the user's grain → the fixed answer.
using System.Buffers;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Logout;

/// <summary>Signs a user out.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="report">Counts and measures.</param>
/// <param name="time">The API's clock.</param>
public sealed class Logout(Credentials credentials, UserGrains grains, RefusalWriter refuse, SignOutReport report, TimeProvider time)
{
    /// <summary>The contract's path.</summary>
    public const string Path = "/onboarding/user/logout/v1";

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost(Path, (Delegate)Handle)
        .WithName("logout")
        .WithSummary("Sign out of a session (mode 1) or of a device (mode 2)")
        .WithDescription("Answers 200 only when the sign-out is in the log on stable storage; every node refuses the session from then on. "
            + "A repeat gives the same 200 and writes nothing.")
        .Accepts<LogoutRequest>("application/json", "text/plain").Produces<FixedAnswer>(200);

    // The order of the checks is part of the contract (docs/api.md).
    private async Task Handle(HttpContext http)
    {
        using var span = SignOutReport.Begin(http);
        var startedAt = time.GetTimestamp();
        var (user, command, end) = (default(UserId), (SignOut?)null, SignOutEnd.Unavailable);
        try
        {
            var code = RequestBody.IsJson(http.Request) ? RefusalCode.None : RefusalCode.MediaType;
            if (code == RefusalCode.None)
            {
                var body = await RequestBody.Read(http.Request);
                startedAt = time.GetTimestamp();
                code = Understand(http, body, out user, out command);
            }

            if (code != RefusalCode.None)
            {
                end = SignOutEnd.Refused;
                refuse.With(http, code, startedAt);
                return;
            }

            end = Write(http, await grains.Find(user).SignOut(command!), startedAt);
        }
        catch (Exception e) when (IsCallers(e, http))
        {
            end = SignOutEnd.Refused;
            throw;
        }
        finally
        {
            report.Write(http, span, user, command, end, startedAt);
        }
    }

    private SignOutEnd Write(HttpContext http, SignOutReply reply, long startedAt)
    {
        switch (reply.Outcome)
        {
            case SignOutOutcome.SignedOut or SignOutOutcome.AlreadySignedOut:
                Answer.Success.Write(http.Response);
                return reply.Outcome == SignOutOutcome.SignedOut ? SignOutEnd.Ended : SignOutEnd.Repeat;
            case SignOutOutcome.OtherDevice:
                refuse.With(http, RefusalCode.Device, startedAt);
                return SignOutEnd.Refused;
            default:
                refuse.With(http, RefusalCode.Revoked, startedAt);
                return SignOutEnd.Refused;
        }
    }

    // A body that was broken off, too long or too slow; not one that found no slot.
    private static bool IsCallers(Exception exception, HttpContext http) =>
        exception is IOException and not BadHttpRequestException { StatusCode: StatusCodes.Status503ServiceUnavailable }
        || http.RequestAborted.IsCancellationRequested;

    private RefusalCode Understand(HttpContext http, ReadOnlySequence<byte> body, out UserId user, out SignOut? command)
    {
        try
        {
            return Check(http, body, out user, out command);
        }
        finally
        {
            http.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    private RefusalCode Check(HttpContext http, ReadOnlySequence<byte> body, out UserId user, out SignOut? command)
    {
        (user, command) = (default, null);
        var now = time.GetUtcNow();
        var code = credentials.Check(http, now, out var caller);
        if (code != RefusalCode.None)
        {
            return code;
        }

        code = LogoutBody.Read(body.IsSingleSegment ? body.First : body.ToArray(), out var said);
        if (code != RefusalCode.None)
        {
            return code;
        }

        code = credentials.CheckBodyToken(caller, said.Token.Span, now);
        if (code != RefusalCode.None)
        {
            return code;
        }

        user = caller.User;
        command = new SignOut(now, caller.Session, said.Mode, said.Device, caller.IssuedAt, caller.ExpiresAt, caller.Account);
        return RefusalCode.None;
    }
}

/// <summary>The body of a logout.</summary>
/// <param name="DeviceId">The device's unique id: 1 to 200 characters without control characters.</param>
/// <param name="Token">The app token (the answer of the Get Token API); it may have expired.</param>
/// <param name="SignOutMode">1 for the session (PIN based), 2 for the device (device based); the session's own sign-in mode, else 1,
/// when absent. "1" and "2" are accepted as well.</param>
public sealed record LogoutRequest(string DeviceId, string Token, int? SignOutMode = null);
