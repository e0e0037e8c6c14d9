// POST /internal/introspect/v1: is this session alive? RFC 7662.
using System.Globalization;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Sessions;

/// <summary>Tells whether a session is alive.</summary>
/// <param name="programs">The known programs.</param>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="time">The edge's clock.</param>
public sealed class Introspect(ProgramDirectory programs, Credentials credentials, IGrainFactory grains, TimeProvider time)
{
    private static readonly byte[] Inactive = "{\"active\":false}"u8.ToArray();
    private static readonly Answer NothingAsked = new(400, "token is mandatory, or program, account and session_id");
    private static readonly Answer WhichProgram =
        new(400, "program is mandatory where several programs are configured: the PROGRAM_ID, a number above 0");

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/introspect/v1", (Delegate)Handle)
        .WithName("introspect")
        .WithSummary("Is this session alive? (RFC 7662)")
        .WithDescription("Form fields: token (and program where several are configured), or program, account and session_id. "
            + "{\"active\":false} says no more than that.")
        .Accepts<IFormCollection>("application/x-www-form-urlencoded")
        .Produces<Introspection>(200).Produces<Logout.FixedAnswer>(400).Produces<Logout.FixedAnswer>(401).Produces<Logout.FixedAnswer>(415)
        .Produces<Logout.FixedAnswer>(503);

    private async Task Handle(HttpContext http)
    {
        if (!RequestBody.IsForm(http.Request))
        {
            Answer.UnsupportedMediaType.Write(http.Response);
            return;
        }

        var now = time.GetUtcNow();
        IFormCollection form;
        try
        {
            form = await http.Request.ReadFormAsync();
        }
        catch (InvalidDataException)
        {
            Answer.BadRequest.Write(http.Response); // Too many or too long fields: none that this endpoint knows.
            return;
        }

        if (!TryFindProgram(form, out var program))
        {
            WhichProgram.Write(http.Response);
        }
        else if (form.TryGetValue("token", out var tokens))
        {
            await ByToken(http.Response, program, tokens.Count == 1 ? tokens[0] ?? "" : "", now);
        }
        else if (form.TryGetValue("account", out var account) && form.TryGetValue("session_id", out var session))
        {
            await ById(http.Response, program, account.ToString(), session.ToString(), now);
        }
        else
        {
            NothingAsked.Write(http.Response);
        }
    }

    // A program that is named and not known has no sessions: inactive, as RFC 7662 (section 2.2) asks, and not an error.
    private bool TryFindProgram(IFormCollection form, out ProgramEntry? program)
    {
        program = null;
        if (!form.TryGetValue("program", out var named))
        {
            program = programs.All.Count == 1 ? programs.All[0] : null;
            return program is not null;
        }

        if (!int.TryParse(named.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var id))
        {
            return false;
        }

        programs.TryFind(id, out program);
        return true;
    }

    private async ValueTask ByToken(HttpResponse response, ProgramEntry? program, string token, DateTimeOffset now)
    {
        if (program is null || credentials.CheckPresented(program, token, now, out var caller) != RefusalCode.None)
        {
            Answer.WriteJson(response, 200, Inactive);
            return;
        }

        var reply = await grains.GetGrain<IUserGrain>(caller.User.Stream).Inspect(new Inspect(now, caller.Session, caller.IssuedAt));
        switch (reply.Standing)
        {
            case Standing.Ended:
                Answer.WriteJson(response, 200, Inactive);
                break;
            case Standing.Live:
                var end = reply.ExpiresAt < caller.ExpiresAt ? reply.ExpiresAt : caller.ExpiresAt;
                WriteActive(response, caller.User, caller.Session, caller.IssuedAt, end);
                break;
            default:
                WriteActive(response, caller.User, caller.Session, caller.IssuedAt, caller.ExpiresAt);
                break;
        }
    }

    private async ValueTask ById(HttpResponse response, ProgramEntry? program, string account, string session, DateTimeOffset now)
    {
        if (program is null || !UserId.TryCreate(program.Id, account, out var user) || !Guid.TryParseExact(session, "D", out var id))
        {
            Answer.WriteJson(response, 200, Inactive);
            return;
        }

        var reply = await grains.GetGrain<IUserGrain>(user.Stream).Inspect(new Inspect(now, new SessionId(id), TokenIssuedAt: null));
        if (reply.Standing == Standing.Live)
        {
            WriteActive(response, user, new SessionId(id), reply.StartedAt, reply.ExpiresAt);
        }
        else
        {
            Answer.WriteJson(response, 200, Inactive);
        }
    }

    private static void WriteActive(
        HttpResponse response, UserId user, SessionId session, DateTimeOffset issuedAt, DateTimeOffset expiresAt) =>
        PlainJson.Write(response, 200, (user, session, issuedAt, expiresAt), static (json, said) =>
        {
            json.WriteBoolean("active"u8, true);
            json.WriteString("sid"u8, said.session.Value);
            json.WriteString("sub"u8, said.user.Account);
            json.WriteNumber("iat"u8, said.issuedAt.ToUnixTimeSeconds());
            json.WriteNumber("exp"u8, said.expiresAt.ToUnixTimeSeconds());
        });
}

/// <summary>The answer to an introspection, for the API's description.</summary>
/// <param name="Active">Whether the session is alive; the other members are there only when it is.</param>
/// <param name="Sid">The session.</param>
/// <param name="Sub">The account number.</param>
/// <param name="Iat">When it was issued, Unix seconds.</param>
/// <param name="Exp">When it ends at the latest, Unix seconds.</param>
public sealed record Introspection(bool Active, Guid? Sid, string? Sub, long? Iat, long? Exp);
