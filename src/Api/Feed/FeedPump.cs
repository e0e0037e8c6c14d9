// The node's one reader of the feed. It wakes when something was appended, reads in commit order and hands on to its listeners;
// it keeps nothing that is not in the log, and rests while nobody listens.
using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>Brings new events that end sessions to the listeners of this node.</summary>
/// <param name="feed">The log.</param>
/// <param name="time">The clock of the look that is taken although no signal came.</param>
/// <param name="logger">Where a failed read is logged.</param>
internal sealed partial class FeedPump(IFeed feed, TimeProvider time, ILogger<FeedPump> logger) : BackgroundService
{
    private const int PageMax = 500;

    // The net below the signal: for appends of other nodes whose signal was lost.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    // What was signalled may be held back by an older transaction that is still open, whose end nobody signals: so the looks that follow
    // a signal come soon, each twice as late as the one before.
    private static readonly TimeSpan SoonestLook = TimeSpan.FromMilliseconds(10);

    private readonly Lock _gate = new();
    private readonly HashSet<FeedListener> _ofAll = [];
    private readonly Dictionary<string, List<FeedListener>> _ofOne = [];
    private TaskCompletionSource _someoneCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private FeedCursor? _position;
    private TimeSpan _nextLook = Look;
    private long _behindSince;

    /// <summary>How long what this node's listeners wait for may have been in the log: since the first look that has not come to the end,
    /// because it waits for the log or failed. Zero when the pump is level, or rests because nobody listens.</summary>
    public TimeSpan Lag => Volatile.Read(ref _behindSince) is > 0 and var since ? time.GetElapsedTime(since) : TimeSpan.Zero;

    /// <summary>The age of the oldest event that waits for an open stream of notices of this node to send it; zero for none.</summary>
    public TimeSpan OldestUnsent()
    {
        lock (_gate)
        {
            var oldest = _ofOne.Values.SelectMany(static users => users).Select(static listener => listener.UnsentSince)
                .Where(static since => since != 0).DefaultIfEmpty().Min();
            return oldest == 0 ? TimeSpan.Zero : time.GetElapsedTime(oldest);
        }
    }

    /// <summary>Listens to all users: what <see cref="IFeed.ReadFeed"/> does not return after this call will come. What it returns may
    /// come as well; cursors tell.</summary>
    public ValueTask<FeedListener> ListenToAll(CancellationToken cancellation) => Add(new FeedListener(this, stream: null), cancellation);

    /// <summary>Listens to one user: what <see cref="IFeed.ReadStream"/> does not return after this call will come. What it returns may
    /// come as well; versions tell.</summary>
    public ValueTask<FeedListener> ListenTo(UserId user, CancellationToken cancellation) =>
        Add(new FeedListener(this, user.Stream), cancellation);

    /// <summary>Is woken by each event of a user that <see cref="IFeed.ReadStream"/> does not return after this call.</summary>
    public ValueTask<FeedListener> WakeAtEach(UserId user, CancellationToken cancellation) =>
        Add(new FeedListener(this, user.Stream, wakesAtEach: true), cancellation);

    /// <summary>How far it has read; null while nobody listens here.</summary>
    public FeedCursor? ReadTo
    {
        get
        {
            lock (_gate)
            {
                return _ofAll.Count == 0 && _ofOne.Count == 0 ? null : _position;
            }
        }
    }

    internal void Remove(FeedListener listener)
    {
        lock (_gate)
        {
            RemoveLocked(listener);
        }

        listener.CutOff();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isFailing = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Step(stoppingToken);
                isFailing = false;
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return; // What breaks off while the node stops is no fault.
            }
            catch (Exception e)
            {
                if (!isFailing)
                {
                    LogFailed(logger, e); // Once: it tries again every second, from where it was.
                }

                isFailing = true;
                await Task.Delay(Look, time, stoppingToken);
            }
        }
    }

    private async Task Step(CancellationToken stop)
    {
        var more = feed.NextAppend(); // Before reading, so that nothing slips between the end of the page and the wait.
        if (Position() is not { } position)
        {
            Volatile.Write(ref _behindSince, 0);
            await _someoneCame.Task.WaitAsync(stop); // Made anew by this loop alone, while nobody listens.
            return;
        }

        Interlocked.CompareExchange(ref _behindSince, time.GetTimestamp(), 0);
        var page = await feed.ReadFeed(position, PageMax, stop);
        Publish(page, await feed.PrepareCheck(page.Where(IsWanted), stop));
        if (page.Count < PageMax)
        {
            Volatile.Write(ref _behindSince, 0);
            await Wait(more, stop);
        }
    }

    // Nobody listens: what comes until somebody does is nobody's.
    private FeedCursor? Position()
    {
        lock (_gate)
        {
            if (_ofAll.Count == 0 && _ofOne.Count == 0)
            {
                _position = null;
                _someoneCame = new(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            return _position;
        }
    }

    private async Task Wait(Task more, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var isSignal = await Task.WhenAny(more, Task.Delay(_nextLook, time, enough.Token)) == more;
        await enough.CancelAsync();
        _nextLook = isSignal ? SoonestLook : _nextLook < Look / 2 ? _nextLook * 2 : Look;
    }

    private async ValueTask<FeedListener> Add(FeedListener listener, CancellationToken cancellation)
    {
        var end = await feed.FindEnd(cancellation); // An older end than the pump's own does no harm: the pump's own holds then.
        lock (_gate)
        {
            _position ??= end;
            if (listener.Stream is null)
            {
                _ofAll.Add(listener);
            }
            else
            {
                (CollectionsMarshal.GetValueRefOrAddDefault(_ofOne, listener.Stream, out _) ??= []).Add(listener);
            }

            _someoneCame.TrySetResult();
        }

        return listener;
    }

    // What nobody listens to is not handed on. A listener that comes after this finds the event in the log itself, checked.
    private bool IsWanted(StoredEvent stored)
    {
        lock (_gate)
        {
            return _ofAll.Count > 0 || _ofOne.ContainsKey(stored.Stream);
        }
    }

    private void Publish(IReadOnlyList<StoredEvent> page, ChainCheck check)
    {
        lock (_gate)
        {
            foreach (var stored in page)
            {
                Publish(stored, check);
                _position = stored.Cursor;
            }
        }
    }

    private void Publish(StoredEvent stored, ChainCheck check)
    {
        _ofOne.TryGetValue(stored.Stream, out var users);
        SessionsEnded ended;
        try
        {
            check.Check(stored); // Also what ends nothing: the damage may be in its name.
            users?.ForEach(WakeIfAsked);
            if ((_ofAll.Count == 0 && users is null) || !SessionsEnded.IsOne(stored.Name))
            {
                return;
            }

            ended = SessionsEnded.Read(stored);
        }
        catch (InvalidDataException e)
        {
            // Other users go on. A listener to all gets an error: a feed with a hole is none.
            LogDamaged(logger, e);
            CutOff([.. _ofAll, .. users ?? []], e);
            return;
        }

        var now = time.GetTimestamp();
        CutOff([.. _ofAll.Where(listener => !listener.TryPut(ended, now))]);
        CutOff([.. users?.Where(listener => !listener.WakesAtEach && !listener.TryPut(ended, now)) ?? []]);
    }

    private static void WakeIfAsked(FeedListener listener)
    {
        if (listener.WakesAtEach)
        {
            listener.Wake();
        }
    }

    private void CutOff(ReadOnlySpan<FeedListener> listeners, InvalidDataException? damage = null)
    {
        foreach (var listener in listeners)
        {
            RemoveLocked(listener);
            listener.CutOff(damage);
        }
    }

    private void RemoveLocked(FeedListener listener)
    {
        _ofAll.Remove(listener);
        if (listener.Stream is { } stream && _ofOne.TryGetValue(stream, out var users) && users.Remove(listener) && users.Count == 0)
        {
            _ofOne.Remove(stream);
        }
    }

    [LoggerMessage(2301, LogLevel.Error, "The feed could not be read; it is tried again every second, and nothing is skipped.")]
    private static partial void LogFailed(ILogger logger, Exception exception);

    [LoggerMessage(2302, LogLevel.Error, "An event of the feed is damaged; its listeners were cut off. 'sessions verify' names it.")]
    private static partial void LogDamaged(ILogger logger, Exception exception);
}
