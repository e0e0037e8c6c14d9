// POST /internal/timeline/v1: what the log knows of one user. A POST, because an account number does not belong in a URL.
using System.Text.Json;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Shows a user's events as they are in the log.</summary>
/// <param name="feed">The log.</param>
/// <param name="users">Makes users' ids.</param>
public sealed class Timeline(IFeed feed, UserKey users)
{
    private const int PageMax = 1_000;

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/timeline/v1", (Delegate)Handle)
        .WithName("timeline")
        .WithSummary("A user's events as they are in the log, in pages of at most 1,000")
        .Accepts<TimelineRequest>("application/json")
        .Produces(200, contentType: "application/json")
        .Produces<Logout.FixedAnswer>(400).Produces<Logout.FixedAnswer>(401).Produces<Logout.FixedAnswer>(503);

    private Task Handle(HttpContext http) => Fields.Serve(http, async body =>
    {
        var user = Fields.User(body, users);
        Write(http.Response, await feed.ReadStream(user.Stream, After(body), PageMax, http.RequestAborted));
    });

    private static long After(JsonElement body) =>
        !body.TryGetProperty("after", out var value) ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var version) && version >= 0 ? version
        : throw new FieldException("after must be a version, 0 or above; leave it out for all events");

    private static void Write(HttpResponse response, IReadOnlyList<StoredEvent> events) =>
        PlainJson.Write(response, 200, events, static (json, events) =>
    {
        json.WriteStartArray("events"u8);
        foreach (var stored in events)
        {
            json.WriteStartObject();
            json.WriteNumber("version"u8, stored.Version);
            json.WriteString("command"u8, stored.Command.Value);
            json.WriteNumber("ordinal"u8, stored.Ordinal);
            json.WriteString("name"u8, stored.Name);
            json.WritePropertyName("data"u8);
            json.WriteRawValue(stored.Json.Span);
            json.WriteString("hash"u8, stored.Hash.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("more"u8, events.Count == PageMax);
    });
}

/// <summary>Which events to show, for the API's description.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="After">Show the events after this version; 0 or absent for all.</param>
public sealed record TimelineRequest(int Program, string Account, long? After);
