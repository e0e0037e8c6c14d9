// GET /internal/feed/v1?user=…&events=all: every event of one user as it happens, for people who look at that user.
using System.Globalization;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>Streams one user's events.</summary>
/// <param name="events">Reads them.</param>
/// <param name="grains">Knows the user's last event.</param>
/// <param name="pump">Announces what is new.</param>
/// <param name="node">Knows when the node stops.</param>
/// <param name="time">The clock of the heartbeat.</param>
/// <param name="logger">Where a broken stream is logged.</param>
internal sealed class StreamUser(
    UserEvents events, UserGrains grains, FeedPump pump, NodeState node, TimeProvider time, ILogger<StreamUser> logger)
{
    private const int PageMax = 1_000;

    /// <summary>Sends the events after a version, then what comes. The id of an event is its version.</summary>
    /// <param name="http">The request.</param>
    /// <param name="user">The user.</param>
    /// <param name="after">The version of the last event that the caller has; null for the user's last event as it is now.</param>
    /// <param name="masked">Whether accounts are masked.</param>
    public async Task Serve(HttpContext http, UserId user, long? after, bool masked)
    {
        var from = after ?? (await grains.Find(user).View(time.GetUtcNow())).Version;
        await EventStream.Serve(http, node, logger, (stream, stop) => Follow(stream, user, from, masked, stop));
    }

    private async Task Follow(EventStream stream, UserId user, long after, bool masked, CancellationToken stop)
    {
        await stream.Begin(stop);
        using var listener = await pump.WakeAtEach(user, stop);
        using var heartbeat = time.CreateTimer(_ => listener.Wake(), null, EventStream.Heartbeat, EventStream.Heartbeat);
        after = await Send(stream, user, after, masked, stop);
        stream.Comment("live");
        await stream.Flush(stop);
        while (await listener.Events.WaitToReadAsync(stop))
        {
            while (listener.Events.TryRead(out _))
            {
            }

            var last = after;
            after = await Send(stream, user, after, masked, stop);
            if (after == last)
            {
                stream.Comment("");
            }

            await stream.Flush(stop);
        }
    }

    private async ValueTask<long> Send(EventStream stream, UserId user, long after, bool masked, CancellationToken stop)
    {
        UserEventsPage page;
        do
        {
            page = await events.Read(user, after, PageMax, stop);
            foreach (var one in page.Events)
            {
                var line = PlainJson.Line(UserEvents.Describe(one, page.Facts, masked), ApiJson.Plain.TimelineEvent);
                stream.Event(one.Stored.Version.ToString(CultureInfo.InvariantCulture), one.Stored.Name, line);
                after = one.Stored.Version;
            }

            await stream.Flush(stop);
        }
        while (page.Events.Length == PageMax);
        return after;
    }
}
