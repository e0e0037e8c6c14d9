// GET /internal/status/v1: how this node stands, in numbers that it measured itself and in two sentences.
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Health;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace BankEzy.Sessions.Api.Status;

/// <summary>Answers how this node stands. Never 503 for what it is asked about: what cannot be found out is said.</summary>
/// <param name="feed">The log.</param>
/// <param name="pump">Knows how far this node's listeners are.</param>
/// <param name="checkLog">Says whether the log takes events.</param>
/// <param name="silos">The silos.</param>
/// <param name="appends">How long appends took.</param>
/// <param name="refusals">What was refused.</param>
/// <param name="time">The clock.</param>
internal sealed class ShowStatus(
    IFeed feed, FeedPump pump, CheckLog checkLog, IClusterSilos silos, AppendTimes appends, RefusalCounts refusals, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AppendWindow = TimeSpan.FromMinutes(1);

    /// <summary>Adds the route.</summary>
    public IEndpointConventionBuilder Map(IEndpointRouteBuilder routes) => routes.MapGet("/internal/status/v1", (Delegate)Handle)
        .WithName("status")
        .WithSummary("How this node stands: its log, its feed, the silos that it sees, and what it refused")
        .WithDescription("Every number was measured on the node that answers; ask each node, and look at the worst.")
        .Produces<NodeStatus>(200);

    private async Task Handle(HttpContext http)
    {
        var works = Try(async stop =>
        {
            await checkLog(stop);
            return true;
        }, http);
        var (seen, lag) = (Try(silos.List, http), Try(FeedLag, http));
        var (isWritable, list, behind) = (await works is true, await seen, await lag);
        var oldest = pump.OldestUnsent();
        var (count, slowest) = appends.Recent(AppendWindow);
        var status = new NodeStatus(
            Environment.MachineName, time.GetUtcNow().UtcDateTime,
            StatusWords.Of(isWritable, list, count > 0 ? slowest : null, behind is { } late && oldest > late ? oldest : behind),
            isWritable,
            new AppendStatus(count, (int)AppendWindow.TotalSeconds, count > 0 ? slowest.TotalMilliseconds : null),
            new RefusalStatus(
                (int)RefusalCounts.Window.TotalSeconds,
                [.. refusals.Recent().Select(one => new RefusalCount(Refusals.NameOf(one.Code), one.Count))]),
            (long)oldest.TotalMilliseconds,
            list,
            behind is { } by ? (long)by.TotalMilliseconds : null);
        PlainJson.Write(http.Response, 200, status, ApiJson.Plain.NodeStatus);
    }

    // The age of the oldest event that this node's pump has not handed on yet; zero where it is level, or where nobody listens here.
    private async ValueTask<TimeSpan?> FeedLag(CancellationToken stop)
    {
        if (pump.ReadTo is not { } position)
        {
            return TimeSpan.Zero;
        }

        var waiting = await feed.ReadFeed(position, 1, stop);
        if (waiting.Count == 0 || pump.ReadTo is not { } now || !waiting[0].Cursor.IsAfter(now))
        {
            return TimeSpan.Zero;
        }

        var age = time.GetUtcNow() - EventTime.Of(waiting[0]);
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }

    // Null where it cannot be found out now.
    private static async Task<T?> Try<T>(Func<CancellationToken, ValueTask<T>> ask, HttpContext http)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        try
        {
            return await ask(enough.Token).AsTask().WaitAsync(Patience, http.RequestAborted);
        }
        catch (Exception) when (!http.RequestAborted.IsCancellationRequested)
        {
            await enough.CancelAsync();
            return default;
        }
    }
}

/// <summary>How a node stands. Every number was measured on this node.</summary>
/// <param name="Node">The node's host name.</param>
/// <param name="At">When it was asked.</param>
/// <param name="Sentences">Whether sign-outs work here, and whether anything waits.</param>
/// <param name="LogWorks">Whether the log takes events and can be read from here.</param>
/// <param name="Appends">How long this node's appends took.</param>
/// <param name="Refusals">What this node refused.</param>
/// <param name="OldestWaitingNoticeMilliseconds">How long the oldest event has waited that was read from the log and that an open stream of
/// notices of this node has not sent; 0 for none. A notice whose device does not listen does not count.</param>
/// <param name="Silos">The silos that this node sees; absent where the cluster cannot be asked.</param>
/// <param name="FeedLagMilliseconds">The age of the oldest event that this node has not handed on to its listeners; 0 when it is level or
/// nobody listens here; absent where the log cannot be read.</param>
public sealed record NodeStatus(
    string Node, DateTime At, IReadOnlyList<string> Sentences, bool LogWorks, AppendStatus Appends, RefusalStatus Refusals,
    long OldestWaitingNoticeMilliseconds, IReadOnlyList<ClusterSilo>? Silos = null, long? FeedLagMilliseconds = null);

/// <summary>Appends of a node.</summary>
/// <param name="Count">How many were measured: of the window, and of the last 1,024.</param>
/// <param name="WindowSeconds">How far back it looks.</param>
/// <param name="P99Milliseconds">What 99 of 100 took at most, handed to the store until stored; absent where there were none.</param>
public sealed record AppendStatus(int Count, int WindowSeconds, double? P99Milliseconds = null);

/// <summary>Refusals of a node.</summary>
/// <param name="WindowSeconds">How far back it looks.</param>
/// <param name="Codes">The codes, most frequent first.</param>
public sealed record RefusalStatus(int WindowSeconds, IReadOnlyList<RefusalCount> Codes);

/// <summary>How often a code was refused with.</summary>
/// <param name="Code">The code, as in docs/error-codes.md.</param>
/// <param name="Count">How often.</param>
public sealed record RefusalCount(string Code, long Count);
