// Keeps the log usable, and affordable, when one cause makes thousands of equal lines a second.
using System.Runtime.InteropServices;

namespace BankEzy.Sessions.Api.Http;

/// <summary>Lets one line a second through for each cause and caller's network, and counts the others. What it remembers is bounded: beyond
/// <see cref="NetworksMax"/> networks within a second, a cause's further lines count as one caller's.</summary>
/// <param name="time">The clock.</param>
public sealed class LogThrottle(TimeProvider time)
{
    /// <summary>The most networks that have lines of their own at a time; so the most lines a second, but for one a cause.</summary>
    public const int NetworksMax = 256;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<(object Cause, UInt128? Network), Line> _lines = [];
    private int _networks;
    private long _forgottenAt;

    /// <summary>Whether a line of this cause may be written now.</summary>
    /// <param name="cause">One of few, as each is kept for the life of the process: a code, a type.</param>
    /// <param name="leftOut">How many of the same kind were left out since the last one that was written.</param>
    public bool TryAcquire(object cause, out int leftOut)
    {
        lock (_gate)
        {
            return TryWrite((cause, null), out leftOut);
        }
    }

    /// <summary>Whether a line of this cause about a caller may be written now.</summary>
    /// <inheritdoc cref="TryAcquire(object, out int)"/>
    /// <param name="cause">As above.</param>
    /// <param name="network">The caller's network.</param>
    /// <param name="leftOut">As above.</param>
    public bool TryAcquire(object cause, UInt128 network, out int leftOut)
    {
        lock (_gate)
        {
            if (_networks >= NetworksMax && time.GetElapsedTime(_forgottenAt) >= Interval)
            {
                Forget();
            }

            return TryWrite((cause, _networks < NetworksMax || _lines.ContainsKey((cause, network)) ? network : null), out leftOut);
        }
    }

    private bool TryWrite((object Cause, UInt128? Network) kind, out int leftOut)
    {
        ref var line = ref CollectionsMarshal.GetValueRefOrAddDefault(_lines, kind, out var exists);
        _networks += exists || kind.Network is null ? 0 : 1;
        if (exists && time.GetElapsedTime(line.WrittenAt) < Interval)
        {
            line.LeftOut++;
            leftOut = 0;
            return false;
        }

        leftOut = line.LeftOut;
        line = new Line(time.GetTimestamp(), 0);
        return true;
    }

    // Networks whose second is over go; what was left out of their lines stands in the cause's next one.
    private void Forget()
    {
        _forgottenAt = time.GetTimestamp();
        foreach (var (kind, line) in _lines.Where(entry => entry.Key.Network is not null).ToList())
        {
            if (time.GetElapsedTime(line.WrittenAt) >= Interval)
            {
                _lines.Remove(kind);
                _networks--;
                if (line.LeftOut > 0)
                {
                    ref var shared = ref CollectionsMarshal.GetValueRefOrAddDefault(_lines, (kind.Cause, null), out var exists);
                    shared = new Line(exists ? shared.WrittenAt : line.WrittenAt, shared.LeftOut + line.LeftOut);
                }
            }
        }
    }

    private record struct Line(long WrittenAt, int LeftOut);
}
