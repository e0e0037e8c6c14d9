using BankEzy.Sessions.Api.Http;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>Counts the open streams of notices, of each user and of this node.</summary>
/// <param name="options">The limits.</param>
public sealed class NoticeStreamLimits(ApiOptions options)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<UserId, int> _ofUser = [];
    private int _ofNode;

    /// <summary>Takes a slot; a caller that got one gives it back.</summary>
    public RefusalCode Take(UserId user)
    {
        lock (_gate)
        {
            var own = _ofUser.GetValueOrDefault(user);
            if (own >= options.NoticeStreamsPerUserMax)
            {
                return RefusalCode.StreamsOfUser;
            }

            if (_ofNode >= options.NoticeStreamsPerNodeMax)
            {
                return RefusalCode.StreamsOfNode;
            }

            (_ofUser[user], _ofNode) = (own + 1, _ofNode + 1);
            return RefusalCode.None;
        }
    }

    /// <summary>Gives a place back.</summary>
    public void Leave(UserId user)
    {
        lock (_gate)
        {
            _ofNode--;
            if (--_ofUser[user] == 0)
            {
                _ofUser.Remove(user);
            }
        }
    }
}
