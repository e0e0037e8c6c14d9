// How many streams of notices may be open. Streams whose phones have vanished look open for a while, so a new stream is rather given the
// place of an old one of its own session, or of a session that has several, than refused.
using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>Counts the open streams of notices, of each user and of this node.</summary>
/// <param name="options">The limits.</param>
public sealed class NoticeStreamLimits(ApiOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, List<OpenStream>> _ofUser = [];
    private int _ofNode;

    /// <summary>How many streams are open on this node.</summary>
    public int Open
    {
        get
        {
            lock (_gate)
            {
                return _ofNode;
            }
        }
    }

    /// <summary>Opens a stream. Where a limit is reached, the oldest stream of the same session is closed for it; at the user's limit
    /// also the oldest of the session that has most, if that has several.</summary>
    /// <param name="user">Whose stream it is.</param>
    /// <param name="session">The session that the token names.</param>
    /// <param name="stream">The stream, when the answer is <see cref="RefusalCode.None"/>; the caller disposes it.</param>
    public RefusalCode TryOpen(UserId user, SessionId session, out OpenStream? stream)
    {
        OpenStream? replaced = null;
        stream = null;
        lock (_gate)
        {
            var own = _ofUser.GetValueOrDefault(user) ?? [];
            var (isUserFull, isNodeFull) = (own.Count >= options.NoticeStreamsPerUserMax, _ofNode >= options.NoticeStreamsPerNodeMax);
            if (isUserFull || isNodeFull)
            {
                replaced = own.Find(open => open.Session == session) ?? (isUserFull ? OldestOfMost(own) : null);
                if (replaced is null)
                {
                    return isUserFull ? RefusalCode.StreamsOfUser : RefusalCode.StreamsOfNode;
                }

                Forget(replaced);
            }

            stream = new OpenStream(this, user, session);
            own.Add(stream);
            (_ofUser[user], _ofNode) = (own, _ofNode + 1);
        }

        replaced?.Replace();
        return RefusalCode.None;
    }

    private static OpenStream? OldestOfMost(List<OpenStream> own)
    {
        var most = own.GroupBy(open => open.Session).MaxBy(group => group.Count())!;
        return most.Count() > 1 ? most.First() : null;
    }

    private void Close(OpenStream stream)
    {
        lock (_gate)
        {
            Forget(stream);
        }
    }

    private void Forget(OpenStream stream)
    {
        if (_ofUser.TryGetValue(stream.User, out var own) && own.Remove(stream))
        {
            _ofNode--;
            if (own.Count == 0)
            {
                _ofUser.Remove(stream.User);
            }
        }
    }

    /// <summary>One open stream.</summary>
    public sealed class OpenStream : IDisposable
    {
        private readonly NoticeStreamLimits _limits;
        private readonly CancellationTokenSource _replaced = new();

        internal OpenStream(NoticeStreamLimits limits, UserId user, SessionId session)
        {
            (_limits, User, Session) = (limits, user, session);
        }

        /// <summary>Cancelled when another stream has taken its place; its connection is to be cut.</summary>
        public CancellationToken Replaced => _replaced.Token;

        internal UserId User { get; }

        internal SessionId Session { get; }

        /// <summary>Notes that the stream has ended.</summary>
        public void Dispose() => _limits.Close(this);

        internal void Replace() => _replaced.Cancel();
    }
}
