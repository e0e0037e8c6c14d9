// GET /internal/wakes/v1: the wakes that notices make, of all users, for the bank's push service; from a cursor, forever replayable.
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>Streams wakes to the bank's push service.</summary>
/// <param name="ofAll">Serves the feed of all users.</param>
/// <param name="audit">Records who reads it.</param>
/// <param name="time">The API's clock.</param>
internal sealed class StreamWakes(FeedOfAll ofAll, AuditTrail audit, TimeProvider time)
{
    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/internal/wakes/v1", (Delegate)Handle)
        .WithName("wakes")
        .WithSummary("The devices that the push service is to wake, in commit order, from a cursor, as Server-Sent Events")
        .WithDescription("One event wakes-owed.v1 (WakesData) for each sign-out of which devices with a push reference are owed a notice. "
            + "Cursors, follow=false and pages are those of the feed. Before a device is woken, take its wake with "
            + "POST /internal/wakes/v1: it says no for a device that has confirmed.")
        .Produces<WakesPage>(200, "application/json", EventStream.MediaType);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var fault = FeedQuery.ReadOfWakes(http.Request, out var query);
        if (await ofAll.FindStart(http, fault, query, startedAt) is not { } start)
        {
            return;
        }

        await audit.RecordHourly(http, KeyUses.Wakes);
        await ofAll.Serve(http, new Wakes(), query, start, startedAt);
    }

    private sealed class Wakes : FeedForm<WakesData>
    {
        public override bool IsOne(string name) => name == UserEventCodec.WakesOwedName;

        public override FeedItem<WakesData> Read(StoredEvent stored)
        {
            try
            {
                var (owed, user) = ((WakesOwed)UserEventCodec.Decode(stored.Name, stored.Json.Span), new UserId(stored.Stream));
                return new(stored.Cursor, user.Program, stored.Name, new WakesData(
                    user.Program, user.Reference, owed.Version, owed.At.UtcDateTime,
                    [.. owed.Devices.Select(one => new DeviceOwedWake(one.Device.HashText, one.Push))]));
            }
            catch (InvalidDataException e)
            {
                throw new InvalidDataException($"At {stored.Cursor}: {e.Message}", e);
            }
        }

        // Stored in one append with the event that ends sessions: there it is to be found, right behind it.
        public override FeedItem<WakesData>? Find(SessionsEnded ended) => null;

        public override byte[] Line(WakesData data) => PlainJson.Line(data, ApiJson.Plain.WakesData);

        public override byte[] Page(IReadOnlyList<FeedItem<WakesData>> items, string next, bool more) => PlainJson.Line(
            new WakesPage([.. items.Select(item => new WakesEntry(item.Cursor.ToString(), item.Name, item.Data))], next, more),
            ApiJson.Plain.WakesPage);
    }
}

/// <summary>A page of wakes.</summary>
/// <param name="Events">The wakes, in commit order.</param>
/// <param name="Next">The cursor to ask with the next time.</param>
/// <param name="More">Whether there is more to be read at once.</param>
public sealed record WakesPage(IReadOnlyList<WakesEntry> Events, string Next, bool More);

/// <summary>The wakes of one sign-out.</summary>
/// <param name="Cursor">Its place in the feed.</param>
/// <param name="Event">Its stored name.</param>
/// <param name="Data">What it says.</param>
public sealed record WakesEntry(string Cursor, string Event, WakesData Data);

/// <summary>Devices that are owed a notice and can be woken.</summary>
/// <param name="Program">PROGRAM_ID.</param>
/// <param name="User">The user, as management calls take it.</param>
/// <param name="Version">The version of the notice: the sign-out's in the user's stream.</param>
/// <param name="At">When it was decided.</param>
/// <param name="Devices">The devices.</param>
public sealed record WakesData(int Program, string User, long Version, DateTime At, IReadOnlyList<DeviceOwedWake> Devices);

/// <summary>A device that is to be woken.</summary>
/// <param name="Device">The device: 32 hex digits.</param>
/// <param name="Push">The reference by which the push service reaches it, as it was reported.</param>
public sealed record DeviceOwedWake(string Device, string Push);
