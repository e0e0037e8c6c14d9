// POST /internal/revoke/v1: a service of the bank ends the session of a token. RFC 7009.
using System.Buffers;
using System.Globalization;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Ends the session that a login token names.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="audit">Records which key did it.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class Revoke(
    ProgramDirectory programs, Credentials credentials, UserGrains grains, AuditTrail audit, RefusalWriter refuse, TimeProvider time)
{
    private const int TriesMax = 3;
    private static readonly Answer NoToken = new(400, "token is mandatory");

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/revoke/v1", (Delegate)Handle)
        .WithName("revoke")
        .WithSummary("End the session of a login token (RFC 7009)")
        .WithDescription("200 when the end of the session is in the log, and for a token that ends nothing: unknown, expired, ended "
            + "before, or of a program that the key may not see.")
        .Accepts<RevocationForm>("application/x-www-form-urlencoded").Produces<FixedAnswer>(200);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        if (!RequestBody.IsForm(http.Request))
        {
            refuse.With(http, RefusalCode.FormType, startedAt);
            return;
        }

        var refusal = Understand(http, await RequestBody.Read(http.Request), out var named);
        if (refusal is not null)
        {
            refuse.With(http, RefusalCode.QueryField, startedAt, refusal);
            return;
        }

        if (named is { } caller)
        {
            await audit.Record(http, KeyUses.Revoke, caller.User);
            await End(caller, http.ManagementCaller());
        }

        Answer.Success.Write(http.Response);
    }

    private Answer? Understand(HttpContext http, ReadOnlySequence<byte> body, out Caller? named)
    {
        try
        {
            return Read(new FormBody(body.IsSingleSegment ? body.FirstSpan : body.ToArray()), http.ManagementCaller(), out named);
        }
        finally
        {
            http.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    // A token does not say in clear whose it is, and a client of RFC 7009 sends no program: those that the key may see are tried.
    private Answer? Read(FormBody form, ManagementCaller key, out Caller? named)
    {
        named = null;
        if (form.IsTooLong)
        {
            return Answer.BadRequest;
        }

        if (!form.TryFind("token"u8, out ReadOnlySpan<byte> token) || token.IsEmpty)
        {
            return NoToken;
        }

        var isOfOne = form.TryFind("program"u8, out string program);
        foreach (var tried in programs.All.Where(tried => key.Sees(tried.Id)
            && (!isOfOne || program == tried.Id.ToString(CultureInfo.InvariantCulture))))
        {
            var code = credentials.CheckPresented(tried, token, time.GetUtcNow(), out var caller);
            named = code == RefusalCode.None ? caller : null;
            if (code != RefusalCode.TokenAuthenticity)
            {
                break; // It opens with this program's key, or is no token at all.
            }
        }

        return null;
    }

    // The event says which key asked. A session that nobody has reported is no session of the log yet: its token ends it as the app's own
    // sign-out would (mode 1), on a device that is not known. A report that comes between the two calls makes it known, and both are made
    // again.
    private async Task End(Caller caller, ManagementCaller key)
    {
        var user = grains.Find(caller.User);
        for (var tries = 0; tries < TriesMax; tries++)
        {
            var now = time.GetUtcNow();
            var cause = new Cause(CauseKind.Service, Key: key.Key, Actor: key.Actor);
            var reply = await user.EndSessions(
                new EndSessions(now, caller.Session.Value, Scope.Session, cause, caller.Session)); // the id again: a repeat acts once
            if (reply.Outcome != EndOutcome.Unknown)
            {
                return;
            }

            var adopt = new SignOut(
                now, caller.Session, Mode.Pin, default, caller.IssuedAt, caller.ExpiresAt, caller.Account);
            if ((await user.SignOut(adopt)).Outcome != SignOutOutcome.OtherDevice)
            {
                return;
            }
        }

        throw new TimeoutException("The session of a token that is to be revoked was reported again and again meanwhile.");
    }
}

/// <summary>Which token ends. Other fields are ignored.</summary>
/// <param name="Token">A login token.</param>
/// <param name="TokenTypeHint">Accepted and not looked at (RFC 7009, section 2.1).</param>
/// <param name="Program">PROGRAM_ID: that program's keys alone are tried. All that the management key may see when absent.</param>
public sealed record RevocationForm(
    string Token, [property: JsonPropertyName("token_type_hint")] string? TokenTypeHint = null, int? Program = null);
