// Keeps the log usable, and affordable, when one cause makes thousands of equal lines a second.
using System.Collections.Concurrent;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Lets one line of a kind through in a second, and counts the others.</summary>
/// <param name="time">The clock.</param>
public sealed class LogThrottle(TimeProvider time)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<object, Kind> _kinds = new();

    /// <summary>Whether a line may be written now.</summary>
    /// <param name="kind">What its equals are equal by: one of few, as each is remembered for ever.</param>
    /// <param name="leftOut">How many of its kind were left out before it.</param>
    public bool Allows(object kind, out int leftOut) => _kinds.GetOrAdd(kind, static _ => new Kind()).Allows(time, out leftOut);

    private sealed class Kind
    {
        private readonly Lock _gate = new();
        private long? _writtenAt;
        private int _leftOut;

        public bool Allows(TimeProvider time, out int leftOut)
        {
            lock (_gate)
            {
                leftOut = 0;
                if (_writtenAt is { } at && time.GetElapsedTime(at) < Between)
                {
                    _leftOut++;
                    return false;
                }

                (leftOut, _leftOut, _writtenAt) = (_leftOut, 0, time.GetTimestamp());
                return true;
            }
        }
    }
}
