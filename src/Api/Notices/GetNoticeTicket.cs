// POST /onboarding/user/notices/ticket/v1: a page asks with its tokens for a ticket, with which its EventSource opens the stream.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>Gives a ticket to the holder of a login token whose session is alive.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="tickets">Makes tickets.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">The API's clock.</param>
public sealed class GetNoticeTicket(
    Credentials credentials, UserGrains grains, NoticeTickets tickets, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/onboarding/user/notices/ticket/v1", (Delegate)Handle)
        .WithName("notice-ticket")
        .WithSummary("A ticket with which a browser's EventSource opens the stream of notices")
        .WithDescription("GET /onboarding/user/notices/v1?ticket=… takes it instead of headers, as often as wanted within a minute and "
            + "while its session lives. A body is not looked at.")
        .Produces<TicketAnswer>(200);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var now = time.GetUtcNow();
        var code = credentials.Check(http, now, out var caller);
        if (code == RefusalCode.None)
        {
            var session = await grains.Find(caller.User).Inspect(new Inspect(now, caller.Session, caller.IssuedAt));
            code = session.Standing == Standing.Ended ? RefusalCode.Revoked : RefusalCode.None;
        }

        if (code != RefusalCode.None)
        {
            refuse.With(http, code, startedAt);
            return;
        }

        var (ticket, expiresAt) = tickets.Make(caller, http.Connection.RemoteIpAddress, now);
        var answer = new TicketAnswer(200, "SUCCESS", new NoticeTicket(ticket, expiresAt.UtcDateTime));
        PlainJson.Write(http.Response, 200, answer, ApiJson.Plain.TicketAnswer);
    }
}

/// <summary>The answer with a ticket.</summary>
/// <param name="ResCode">200.</param>
/// <param name="ResDesc">SUCCESS.</param>
/// <param name="Data">The ticket.</param>
public sealed record TicketAnswer(int ResCode, string ResDesc, NoticeTicket Data);

/// <summary>A ticket for the stream of notices.</summary>
/// <param name="Ticket">Text without a meaning, of letters, digits, "-" and "_": the value of the query's field ticket.</param>
/// <param name="ExpiresAt">Until when the stream can be opened with it.</param>
public sealed record NoticeTicket(string Ticket, DateTime ExpiresAt);
