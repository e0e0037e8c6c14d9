// One listener's registration with the pump: a small buffer. A listener that lets it run full loses it, and continues from the log.
using System.Threading.Channels;

namespace BankEzy.Sessions.Api.Feed;

/// <summary>Gets the events that end sessions, of one user or of all, from a moment on.</summary>
internal sealed class FeedListener : IDisposable
{
    /// <summary>The most events that wait for a listener.</summary>
    public const int BufferMax = 64;

    private readonly Channel<SessionsEnded?> _buffer = Channel.CreateBounded<SessionsEnded?>(
        new BoundedChannelOptions(BufferMax) { SingleReader = true, SingleWriter = false });

    private readonly FeedPump _pump;
    private long _waitsSince;
    private long _sendsSince;

    internal FeedListener(FeedPump pump, string? stream, bool wakesAtEach = false)
    {
        (_pump, Stream, WakesAtEach) = (pump, stream, wakesAtEach);
    }

    /// <summary>The user's stream, or null for all users.</summary>
    public string? Stream { get; }

    /// <summary>Whether it is woken by each event of its user and gets none: what ends nothing is not handed on, but read by it.</summary>
    public bool WakesAtEach { get; }

    /// <summary>The events, in commit order. Null wakes the reader without one. Completed when the buffer was full once;
    /// with an error when the log is damaged.</summary>
    public ChannelReader<SessionsEnded?> Events => _buffer.Reader;

    /// <summary>The timestamp at which the oldest event came that the reader has not sent yet; 0 where there is none.</summary>
    public long UnsentSince
    {
        get
        {
            var (waits, sends) = (Volatile.Read(ref _waitsSince), Volatile.Read(ref _sendsSince));
            return sends != 0 ? sends : waits;
        }
    }

    /// <summary>The reader begins to send what is in the buffer.</summary>
    public void BeginSend() => Volatile.Write(ref _sendsSince, Interlocked.Exchange(ref _waitsSince, 0));

    /// <summary>The reader has sent what was in the buffer when it began.</summary>
    public void EndSend() => Volatile.Write(ref _sendsSince, 0);

    /// <summary>Wakes the reader, unless something waits for it anyway.</summary>
    public void Wake()
    {
        if (_buffer.Reader.Count == 0)
        {
            _buffer.Writer.TryWrite(null);
        }
    }

    /// <summary>Leaves the pump.</summary>
    public void Dispose() => _pump.Remove(this);

    internal bool TryPut(SessionsEnded ended, long now)
    {
        Interlocked.CompareExchange(ref _waitsSince, now, 0); // before it can be read
        return _buffer.Writer.TryWrite(ended);
    }

    internal void CutOff(Exception? fault = null) => _buffer.Writer.TryComplete(fault);
}
