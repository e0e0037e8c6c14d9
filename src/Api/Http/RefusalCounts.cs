// How often this node refused requests lately, by code: for people who look at the node.
namespace BankEzy.Sessions.Api.Http;

/// <summary>Counts refusals, by code, over the last five minutes.</summary>
/// <param name="time">The clock.</param>
public sealed class RefusalCounts(TimeProvider time)
{
    /// <summary>How far back the counts go; they fall off in steps of 15 seconds.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(15);
    private static readonly int Steps = (int)(Window / Step);

    private readonly Lock _gate = new();
    private readonly Dictionary<RefusalCode, long>[] _counts =
        [.. Enumerable.Range(0, Steps).Select(static _ => new Dictionary<RefusalCode, long>())];

    private readonly long _began = time.GetTimestamp();
    private long _step;

    /// <summary>Counts a refusal.</summary>
    public void Count(RefusalCode code)
    {
        lock (_gate)
        {
            Forget();
            var counts = _counts[_step % Steps];
            counts[code] = counts.GetValueOrDefault(code) + 1;
        }
    }

    /// <summary>The codes that were counted, most frequent first.</summary>
    public IReadOnlyList<(RefusalCode Code, long Count)> Recent()
    {
        lock (_gate)
        {
            Forget();
            return [.. _counts.SelectMany(counts => counts).GroupBy(count => count.Key, count => count.Value)
                .Select(group => (group.Key, group.Sum())).OrderByDescending(one => one.Item2).ThenBy(one => one.Key)];
        }
    }

    private void Forget()
    {
        var now = (long)(time.GetElapsedTime(_began) / Step);
        for (var steps = Math.Min(now - _step, Steps); steps > 0; steps--)
        {
            _counts[(now - steps + 1) % Steps].Clear();
        }

        _step = Math.Max(_step, now);
    }
}
