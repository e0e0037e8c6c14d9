// POST /simulator/timeline/v1: a user's events for the demo, whose page must hold no management key. Development only.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Simulator;

/// <summary>Shows a user's events as they are in the log, and the stream's name, with which a page computes the hash chain.</summary>
/// <param name="events">Reads and describes them.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">Measures how long a refusal took.</param>
internal sealed class ShowTimeline(UserEvents events, UserKey users, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/simulator/timeline/v1", (Delegate)Handle)
        .WithName("simulated-timeline")
        .WithSummary("Simulator (development only): a user's events as they are in the log")
        .WithDescription("As POST /internal/timeline/v1, without a key.")
        .Accepts<TimelineRequest>("application/json", "text/plain")
        .Produces<TimelinePage>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var user = Fields.User(body, users);
        var page = await events.Read(user, Timeline.After(body), Timeline.PageMax, http.RequestAborted);
        PlainJson.Write(http.Response, 200, Timeline.Describe(user, page, masked: false), ApiJson.Plain.TimelinePage);
    });
}
