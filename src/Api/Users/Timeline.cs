// POST /internal/timeline/v1: what the log knows of one user. A POST, because an account number does not belong in a URL.
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Shows a user's events as they are in the log.</summary>
/// <param name="feed">The log.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">Measures how long a refusal took.</param>
public sealed class Timeline(IFeed feed, UserKey users, RefusalWriter refuse, TimeProvider time)
{
    internal const int PageMax = 1_000;

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/timeline/v1", (Delegate)Handle)
        .WithName("timeline")
        .WithSummary("A user's events as they are in the log, in pages of at most 1,000")
        .Accepts<TimelineRequest>("application/json", "text/plain")
        .Produces<TimelinePage>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var user = Fields.User(body, users);
        var events = await feed.ReadCheckedStream(user.Stream, After(body), PageMax, http.RequestAborted);
        var page = new TimelinePage([.. events.Select(Describe)], More: events.Count == PageMax);
        PlainJson.Write(http.Response, 200, page, ApiJson.Plain.TimelinePage);
    });

    internal static long After(JsonElement body) =>
        !body.TryGetProperty("after", out var value) ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var version) && version >= 0 ? version
        : throw new FieldException("after must be a version, 0 or above; leave it out for all events");

    internal static TimelineEvent Describe(StoredEvent stored) => new(
        stored.Version, stored.Command.Value, stored.Ordinal, stored.Name, new StoredContent(stored.Json), stored.Hash.ToString());
}

/// <summary>Which events to show.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="After">Show the events after this version; 0 or absent for all.</param>
public sealed record TimelineRequest(int Program, string Account, long? After = null);

/// <summary>Events of one user, as they are in the log.</summary>
/// <param name="Events">The events, in the order of their versions.</param>
/// <param name="More">Whether there are more: ask again with the last version as after.</param>
public sealed record TimelinePage(IReadOnlyList<TimelineEvent> Events, bool More);

/// <summary>An event as it is in the log.</summary>
/// <param name="Version">Its number in the user's stream.</param>
/// <param name="Command">The command that caused it.</param>
/// <param name="Ordinal">Its number among the events of that command.</param>
/// <param name="Name">Its stored name.</param>
/// <param name="Data">Its content, the stored text to the byte.</param>
/// <param name="Hash">SHA-256 over its predecessor's hash and its own bytes: 64 hex digits.</param>
public sealed record TimelineEvent(long Version, Guid Command, int Ordinal, string Name, StoredContent Data, string Hash);

/// <summary>The content of an event: the stored text is written as it is, so that anybody can check its hash.</summary>
/// <param name="Utf8">A JSON object.</param>
[JsonConverter(typeof(StoredContentConverter))]
public readonly record struct StoredContent(ReadOnlyMemory<byte> Utf8);

internal sealed class StoredContentConverter : JsonConverter<StoredContent>
{
    public override StoredContent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("An event's content is only written.");

    public override void Write(Utf8JsonWriter writer, StoredContent value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Utf8.Span);
}
