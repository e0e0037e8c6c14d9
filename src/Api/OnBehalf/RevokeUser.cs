// POST /internal/global-token-revocation/v1: an identity provider ends all sessions of a user (Universal Logout).
// Source: draft-parecki-oauth-global-token-revocation; the subject is one of RFC 9493.
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.OnBehalf;

/// <summary>Ends everything of a subject.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="audit">Records which key did it.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class RevokeUser(
    ProgramDirectory programs, UserKey users, UserGrains grains, AuditTrail audit, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/internal/global-token-revocation/v1", (Delegate)Handle)
        .WithName("revoke-user")
        .WithSummary("End all sessions of a subject (Global Token Revocation)")
        .WithDescription("204 when the end is in the log and every node refuses the sessions, also those that nobody reported, and also "
            + "where none lived; 404 for a subject of the format opaque whom the log does not know. "
            + "sub_id is {\"format\":\"opaque\",\"id\":\"2001-…\"} with the user as other answers name it, or "
            + "{\"format\":\"iss_sub\",\"iss\":\"2001\",\"sub\":\"<account>\"} with the program as the issuer.")
        .Accepts<SubjectRequest>("application/json", "text/plain")
        .Produces(204).Produces<FixedAnswer>(404);

    private Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        return Fields.Serve(http, refuse, startedAt, async body =>
        {
            var (caller, user) = (http.ManagementCaller(), Subject(body, out var account));
            if (!caller.Sees(user.Program) || !programs.TryFind(user.Program, out _))
            {
                refuse.With(http, RefusalCode.Unknown, startedAt);
                return;
            }

            await audit.Record(http, KeyUses.SignOut, user);
            var request = new Guid(RandomNumberGenerator.GetBytes(16)); // The draft has no request id: each call is one of its own.
            var reply = await grains.Find(user).EndSessions(new EndSessions(
                time.GetUtcNow(), request, Scope.User, new Cause(CauseKind.Service, Key: caller.Key, Actor: caller.Actor),
                Account: account));
            if (reply.Outcome == EndOutcome.Unknown)
            {
                refuse.With(http, RefusalCode.Unknown, startedAt);
                return;
            }

            http.Response.StatusCode = StatusCodes.Status204NoContent;
            http.Response.Headers.CacheControl = "no-store";
        });
    }

    // The account is null where the subject does not name it.
    private UserId Subject(JsonElement body, out string? account)
    {
        account = null;
        if (!body.TryGetProperty("sub_id", out var subject) || subject.ValueKind != JsonValueKind.Object)
        {
            throw new FieldException("sub_id is mandatory: a subject identifier (RFC 9493) of the format opaque or iss_sub");
        }

        var format = Fields.Text(subject, "format");
        account = format == "iss_sub" ? Fields.Text(subject, "sub") : null;
        return format switch
        {
            "opaque" => UserId.TryParse(Fields.Text(subject, "id"), out var user)
                ? user
                : throw new FieldException("sub_id.id must be a user as answers name it: the program, a hyphen and 32 hex digits"),
            "iss_sub" => int.TryParse(Fields.Text(subject, "iss"), out var program)
                && users.TryCreate(program, account, out var user)
                    ? user
                    : throw new FieldException("sub_id.iss must be the PROGRAM_ID, and sub_id.sub the account: 1 to 20 digits"),
            _ => throw new FieldException("sub_id.format must be opaque or iss_sub"),
        };
    }
}

/// <summary>Whose sessions end.</summary>
/// <param name="SubId">A subject identifier (RFC 9493) of the format opaque or iss_sub.</param>
public sealed record SubjectRequest([property: JsonPropertyName("sub_id")] SubjectId SubId);

/// <summary>A subject identifier (RFC 9493).</summary>
/// <param name="Format">opaque or iss_sub.</param>
/// <param name="Id">With opaque: the user, as answers name it.</param>
/// <param name="Iss">With iss_sub: PROGRAM_ID.</param>
/// <param name="Sub">With iss_sub: the account number.</param>
public sealed record SubjectId(string Format, string? Id = null, string? Iss = null, string? Sub = null);
