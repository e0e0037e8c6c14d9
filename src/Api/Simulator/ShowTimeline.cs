// POST /simulator/timeline/v1: a user's events for the demo, whose page must hold no management key. Development only.
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Simulator;

/// <summary>Shows a user's events as they are in the log, and the stream's name, with which a page computes the hash chain.</summary>
/// <param name="feed">The log.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">Measures how long a refusal took.</param>
public sealed class ShowTimeline(IFeed feed, UserKey users, RefusalWriter refuse, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/simulator/timeline/v1", (Delegate)Handle)
        .WithName("simulated-timeline")
        .WithSummary("Simulator (development only): a user's events as they are in the log")
        .WithDescription("As POST /internal/timeline/v1, without a key, and with the stream's name.")
        .Accepts<TimelineRequest>("application/json", "text/plain")
        .Produces<PersonTimeline>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var user = Fields.User(body, users);
        var events = await feed.ReadCheckedStream(user.Stream, Timeline.After(body), Timeline.PageMax, http.RequestAborted);
        var page = new PersonTimeline(user.Stream, [.. events.Select(Timeline.Describe)], More: events.Count == Timeline.PageMax);
        PlainJson.Write(http.Response, 200, page, ApiJson.Plain.PersonTimeline);
    });
}

/// <summary>Events of one user, as they are in the log.</summary>
/// <param name="Stream">The name of the user's stream: the hash of each event covers it.</param>
/// <param name="Events">The events, in the order of their versions.</param>
/// <param name="More">Whether there are more: ask again with the last version as after.</param>
public sealed record PersonTimeline(string Stream, IReadOnlyList<TimelineEvent> Events, bool More);
