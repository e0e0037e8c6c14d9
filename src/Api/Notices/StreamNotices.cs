// GET /onboarding/user/notices/v1: the app hears that another device of its user was signed out, and when its own session ends.
using System.Globalization;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Security;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>Streams a user's notices to one of the user's devices.</summary>
/// <param name="credentials">Opens tokens.</param>
/// <param name="tickets">Opens tickets.</param>
/// <param name="grains">Finds the user.</param>
/// <param name="feed">The log, for what the user's grain on this node may not have heard of.</param>
/// <param name="pump">Announces what is new.</param>
/// <param name="limits">The limits of open streams.</param>
/// <param name="wording">The bank's sentences.</param>
/// <param name="refuse">Answers refusals.</param>
/// <param name="node">Knows when the node stops.</param>
/// <param name="time">The API's clock.</param>
/// <param name="logger">Where a broken stream is logged.</param>
internal sealed class StreamNotices(
    Credentials credentials,
    NoticeTickets tickets,
    UserGrains grains,
    IFeed feed,
    FeedPump pump,
    NoticeStreamLimits limits,
    Wording wording,
    RefusalWriter refuse,
    NodeState node,
    TimeProvider time,
    ILogger<StreamNotices> logger)
{
    private const int ReadMax = 1_000;

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/onboarding/user/notices/v1", (Delegate)Handle)
        .WithName("notices")
        .WithSummary("What other devices' sign-outs this device is owed, as Server-Sent Events")
        .WithDescription("Events: device-signed-out (DeviceSignedOutNotice; its id is its version), session-ended (SessionEndedNotice) and "
            + "expired (TokenExpiredNotice), after which the stream closes. "
            + "A browser's EventSource sends no headers: it takes ?ticket= of POST /onboarding/user/notices/ticket/v1 instead. "
            + "Acknowledge what was shown with POST /onboarding/user/notices/ack/v1.")
        .Produces<string>(200, EventStream.MediaType);

    private async Task Handle(HttpContext http)
    {
        var startedAt = time.GetTimestamp();
        var now = time.GetUtcNow();
        var code = http.Request.Query.ContainsKey(NoticeTickets.Field)
            ? tickets.Check(http, now, out var caller)
            : credentials.Check(http, now, out caller);
        if (code == RefusalCode.None)
        {
            // First the listener, then the state: what ends the session after that state was read reaches the listener.
            using var listener = await pump.ListenTo(caller.User, http.RequestAborted);
            var (session, view) = await grains.Find(caller.User).Open(new Inspect(now, caller.Session, caller.IssuedAt));
            NoticeStreamLimits.OpenStream? open = null;
            code = session.Standing == Standing.Ended ? RefusalCode.Revoked : limits.TryOpen(caller.User, caller.Session, out open);
            if (open is not null)
            {
                using (open)
                using (open.Replaced.Register(http.Abort)) // its phone may have vanished, and would not take a proper end
                {
                    var sending = new NoticeSending(
                        caller, view, LastEventId(http.Request, view), wording, http.Request.Headers.AcceptLanguage.ToString());
                    await EventStream.Serve(http, node, logger, (stream, stop) => Send(stream, sending, listener, stop));
                    return;
                }
            }
        }

        refuse.With(http, code, startedAt);
    }

    private async Task Send(EventStream stream, NoticeSending sending, FeedListener listener, CancellationToken stop)
    {
        using var heartbeat = time.CreateTimer(_ => listener.Wake(), null, EventStream.Heartbeat, EventStream.Heartbeat);
        var left = sending.ExpiresAt - time.GetUtcNow();
        using var expiry = time.CreateTimer(
            _ => listener.Wake(), null, left > TimeSpan.Zero ? left : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await stream.Begin(stop);
        sending.SendOwed(stream);
        var goesOn = await CatchUp(stream, sending, stop);
        if (goesOn)
        {
            stream.Comment("live");
        }

        await Flush(stream, sending, listener, stop);
        sending.BecomesLive();
        while (goesOn && await listener.Events.WaitToReadAsync(stop))
        {
            listener.BeginSend();
            while (goesOn && listener.Events.TryRead(out var ended))
            {
                if (ended is null)
                {
                    stream.Comment("");
                }
                else
                {
                    goesOn = sending.Send(stream, ended);
                }
            }

            goesOn = goesOn && !sending.SendExpiry(stream, time.GetUtcNow());
            await Flush(stream, sending, listener, stop);
        }
    }

    private async ValueTask Flush(EventStream stream, NoticeSending sending, FeedListener listener, CancellationToken stop)
    {
        await stream.Flush(stop);
        sending.Sent(time.GetUtcNow());
        listener.EndSend();
    }

    // Another node may have appended what this node's grain has not read yet.
    private async ValueTask<bool> CatchUp(EventStream stream, NoticeSending sending, CancellationToken stop)
    {
        IReadOnlyList<StoredEvent> page;
        var version = sending.Version;
        do
        {
            page = await feed.ReadCheckedStream(sending.User.Stream, version, ReadMax, stop);
            foreach (var stored in page)
            {
                if (SessionsEnded.IsOne(stored.Name) && !sending.Send(stream, SessionsEnded.Read(stored)))
                {
                    return false;
                }

                version = stored.Version;
            }
        }
        while (page.Count == ReadMax);
        return true;
    }

    // Whatever is no version of this user's stream means: everything that is owed. Twice is harmless, never would not be. A browser's
    // new EventSource cannot send the header, and its reconnects repeat the query they began with beside it: the header wins.
    private static long LastEventId(HttpRequest request, UserView view)
    {
        var ids = request.Headers.TryGetValue("Last-Event-ID", out var header) ? header : request.Query["after"];
        return ids.Count == 1 && long.TryParse(ids[0], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id <= view.Version
            ? id
            : 0;
    }
}
