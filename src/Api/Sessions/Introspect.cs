// POST /internal/introspect/v1: is this session alive? RFC 7662.
using System.Buffers;
using System.Globalization;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Says whether a session is alive.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="credentials">Opens tokens.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class Introspect(
    ProgramDirectory programs, Credentials credentials, UserKey users, UserGrains grains, RefusalWriter refuse, TimeProvider time)
{
    private static readonly byte[] Inactive = "{\"active\":false}"u8.ToArray();
    private static readonly Answer NothingAsked = new(400, "token is mandatory, or program, account and session_id");
    private static readonly Answer WhichProgram =
        new(400, "program is mandatory where your key is for several programs: the PROGRAM_ID, a number above 0");

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/introspect/v1", (Delegate)Handle)
        .WithName("introspect")
        .WithSummary("Is this session alive? (RFC 7662)")
        .WithDescription("Form fields: token (and program where several are configured), or program, account and session_id. "
            + "{\"active\":false} says no more than that.")
        .Accepts<IntrospectionForm>("application/x-www-form-urlencoded").Produces<Introspection>(200);

    // What the body asks: a refusal, or how a session stands; neither when there is nothing that could be alive.
    private readonly record struct Question(
        Answer? Refusal, UserId User = default, string Account = "", Inspect? Inspect = null, DateTimeOffset TokenEnd = default);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        if (!RequestBody.IsForm(http.Request))
        {
            refuse.With(http, RefusalCode.FormType, startedAt);
            return;
        }

        var question = Understand(http, await RequestBody.Read(http.Request));
        if (question.Refusal is { } refusal)
        {
            refuse.With(http, RefusalCode.QueryField, startedAt, refusal);
            return;
        }

        if (question.Inspect is not { } inspect)
        {
            Answer.WriteJson(http.Response, 200, Inactive);
            return;
        }

        Write(http.Response, question, await grains.Find(question.User).Inspect(inspect));
    }

    private Question Understand(HttpContext http, ReadOnlySequence<byte> body)
    {
        try
        {
            return Read(
                new FormBody(body.IsSingleSegment ? body.FirstSpan : body.ToArray()), http.ManagementCaller(), time.GetUtcNow());
        }
        finally
        {
            http.Request.BodyReader.AdvanceTo(body.End);
        }
    }

    private Question Read(FormBody form, ManagementCaller key, DateTimeOffset now)
    {
        if (form.IsTooLong)
        {
            return new(Answer.BadRequest);
        }

        if (!TryFindProgram(form, key, out var program))
        {
            return new(WhichProgram);
        }

        if (form.TryFind("token"u8, out ReadOnlySpan<byte> token))
        {
            return program is not null && credentials.CheckPresented(program, token, now, out var caller) == RefusalCode.None
                ? new(null, caller.User, caller.Account, new Inspect(now, caller.Session, caller.IssuedAt), caller.ExpiresAt)
                : default;
        }

        if (!form.TryFind("account"u8, out string account) || !form.TryFind("session_id"u8, out string session))
        {
            return new(NothingAsked);
        }

        return program is not null && users.TryCreate(program.Id, account, out var user) && Guid.TryParseExact(session, "D", out var id)
            ? new(null, user, account, new Inspect(now, new SessionId(id), TokenIssuedAt: null))
            : default;
    }

    // A program that is named and not known, or not for this key to see, has no sessions: inactive, as RFC 7662 (section 2.2) asks, and not
    // an error.
    private bool TryFindProgram(FormBody form, ManagementCaller key, out ProgramEntry? program)
    {
        program = null;
        if (!form.TryFind("program"u8, out string named))
        {
            program = key.Programs is { } own ? own is { Count: 1 } && programs.TryFind(own.Items[0], out var only) ? only : null
                : programs.All.Count == 1 ? programs.All[0] : null;
            return program is not null;
        }

        if (!int.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return false;
        }

        if (key.Sees(id))
        {
            programs.TryFind(id, out program);
        }

        return true;
    }

    private void Write(HttpResponse response, in Question question, InspectReply reply)
    {
        var now = time.GetUtcNow(); // The answer is true when it is given, not when it was asked for.
        var (account, session, issuedAt) = (question.Account, question.Inspect!.Session, question.Inspect.TokenIssuedAt);
        switch (reply.Standing)
        {
            case Standing.Live:
                var end = issuedAt is not null && question.TokenEnd < reply.ExpiresAt ? question.TokenEnd : reply.ExpiresAt;
                var from = issuedAt ?? (reply.StartedAt < now ? reply.StartedAt : now); // Another node's clock may have been ahead.
                WriteActive(response, account, session, from, end, now);
                break;
            case Standing.Unknown when issuedAt is { } iat:
                WriteActive(response, account, session, iat, question.TokenEnd, now);
                break;
            default:
                Answer.WriteJson(response, 200, Inactive);
                break;
        }
    }

    // Written by hand, because it is asked for more often than everything else together; a test holds it against the record.
    // An account is digits and an id hex digits: nothing here needs an escape.
    private static void WriteActive(
        HttpResponse response, string account, SessionId session, DateTimeOffset issuedAt, DateTimeOffset end, DateTimeOffset now)
    {
        if (end <= now)
        {
            Answer.WriteJson(response, 200, Inactive);
            return;
        }

        var (from, to) = (issuedAt.ToUnixTimeSeconds(), end.ToUnixTimeSeconds());
        Span<byte> json = stackalloc byte[256];
        Utf8.TryWrite(
            json,
            CultureInfo.InvariantCulture,
            $$"""{"active":true,"sid":"{{session.Value}}","sub":"{{account}}","iat":{{from}},"exp":{{to}}}""",
            out var length);
        Answer.WriteJson(response, 200, json[..length]);
    }
}

/// <summary>What to look up: token (and program where several are configured), or program, account and session_id. Other fields are
/// ignored (RFC 7662, section 2.1).</summary>
/// <param name="Token">A login token.</param>
/// <param name="TokenTypeHint">Accepted and not looked at.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits.</param>
/// <param name="SessionId">LOGIN_HISTORY_ID, a UUID.</param>
public sealed record IntrospectionForm(
    string? Token = null,
    [property: JsonPropertyName("token_type_hint")] string? TokenTypeHint = null,
    int? Program = null,
    string? Account = null,
    [property: JsonPropertyName("session_id")] Guid? SessionId = null);

/// <summary>The answer to an introspection.</summary>
/// <param name="Active">Whether the session is alive; the other members are there only when it is.</param>
/// <param name="Sid">The session.</param>
/// <param name="Sub">The account number.</param>
/// <param name="Iat">When it was issued: Unix seconds, never ahead.</param>
/// <param name="Exp">When it ends at the latest: Unix seconds, never in the past.</param>
public sealed record Introspection(bool Active, Guid? Sid = null, string? Sub = null, long? Iat = null, long? Exp = null);
