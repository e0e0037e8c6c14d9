// POST /internal/timeline/v1: what the log knows of one user. A POST, because an account number does not belong in a URL.
using System.Text.Json;
using System.Text.Json.Serialization;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Users;

/// <summary>Shows a user's events as they are in the log, and in words.</summary>
/// <param name="events">Reads and describes them.</param>
/// <param name="users">Makes users' ids.</param>
/// <param name="audit">Records who looks at whom.</param>
/// <param name="seesAccounts">Whether accounts are masked.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="time">Measures how long a refusal took.</param>
internal sealed class Timeline(
    UserEvents events, UserKey users, AuditTrail audit, MaySeeAccounts seesAccounts, RefusalWriter refuse, TimeProvider time)
{
    internal const int PageMax = 1_000;

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapPost("/internal/timeline/v1", (Delegate)Handle)
        .WithName("timeline")
        .WithSummary("A user's events as they are in the log, and in words, in pages of at most 1,000")
        .WithDescription("The user is named by user, or by program and account. Anybody can recompute each event's hash from the answer.")
        .Accepts<TimelineRequest>("application/json", "text/plain")
        .Produces<TimelinePage>(200);

    private Task Handle(HttpContext http) => Fields.Serve(http, refuse, time.GetTimestamp(), async body =>
    {
        var (user, after) = (Fields.UserOrReference(body, users), After(body));
        await audit.Record(http, KeyUses.Timeline, user);
        var page = await events.Read(http.ManagementCaller().Seen(user), after, PageMax, http.RequestAborted);
        PlainJson.Write(http.Response, 200, Describe(user, page, masked: !seesAccounts(http)), ApiJson.Plain.TimelinePage);
    });

    internal static TimelinePage Describe(UserId user, UserEventsPage page, bool masked) => new(
        user.Reference, user.Stream,
        [.. page.Events.Select(one => UserEvents.Describe(one, page.Facts, masked))],
        More: page.Events.Length == PageMax,
        page.PreviousHash,
        masked ? true : null,
        masked && page.Events.Length > 0
            ? new CheckedChain(page.Events[0].Stored.Version, page.Events[^1].Stored.Version, Ok: true)
            : null);

    internal static long After(JsonElement body) =>
        !body.TryGetProperty("after", out var value) ? 0
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var version) && version >= 0 ? version
        : throw new FieldException("after must be a version, 0 or above; leave it out for all events");
}

/// <summary>Which events to show.</summary>
/// <param name="User">The user, as answers name it; then without program and account.</param>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="Account">X-ACCOUNT-NUMBER: 1 to 20 digits, as text.</param>
/// <param name="After">Show the events after this version; 0 or absent for all.</param>
public sealed record TimelineRequest(string? User = null, int? Program = null, string? Account = null, long? After = null);

/// <summary>Events of one user, as they are in the log.</summary>
/// <param name="User">The user, as other calls take it.</param>
/// <param name="Stream">The name of the user's stream, which is a part of each hash.</param>
/// <param name="Events">The events, in the order of their versions.</param>
/// <param name="More">Whether there are more: ask again with the last version as after.</param>
/// <param name="PreviousHash">The hash of the event before the first one of the page: 64 zeros before the first event of all. Absent when
/// the log has no event of the version that was asked after.</param>
/// <param name="Masked">True where the caller's key may not see accounts: then those in data are masked, and the hashes are not those of
/// what is shown.</param>
/// <param name="Chain">Where accounts are masked, the service's own check of the hashes.</param>
public sealed record TimelinePage(
    string User, string Stream, IReadOnlyList<TimelineEvent> Events, bool More, string? PreviousHash = null, bool? Masked = null,
    CheckedChain? Chain = null);

/// <summary>Events whose hashes the service has checked.</summary>
/// <param name="From">The version of the first one.</param>
/// <param name="To">The version of the last one.</param>
/// <param name="Ok">Whether each follows its predecessor. Events that do not are never shown: the answer is 503.</param>
public sealed record CheckedChain(long From, long To, bool Ok);

/// <summary>An event as it is in the log.</summary>
/// <param name="Version">Its number in the user's stream.</param>
/// <param name="Command">The command that caused it.</param>
/// <param name="Ordinal">Its number among the events of that command.</param>
/// <param name="Name">Its stored name.</param>
/// <param name="Words">What it says, for people; the name where this version has no words for it.</param>
/// <param name="Data">Its content, the stored text to the byte, but for accounts that are masked.</param>
/// <param name="Hash">SHA-256 over its predecessor's hash and its own bytes: 64 hex digits.</param>
public sealed record TimelineEvent(
    long Version, Guid Command, int Ordinal, string Name, string Words, StoredContent Data, string Hash);

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
