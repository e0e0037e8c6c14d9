// The embedded engine's limits: every one has a name and a unit, none is infinite.
namespace BankEzy.Sessions.Silo.Engine;

/// <summary>The limits of the embedded engine.</summary>
public sealed record EngineOptions
{
    /// <summary>Calls that may wait for one grain; one more is refused at once with <see cref="LimitExceededException"/>.</summary>
    public int MailboxMax { get; init; } = 1_000;

    /// <summary>
    /// How long a caller waits before it gets <see cref="TimeoutException"/>, which may come a <see cref="SweepPeriod"/> late.
    /// A call that still waits then is dropped and never runs; one that runs goes on to its end.
    /// </summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Without a call for this long, an activation is collected (looked at 16 times in that time).</summary>
    public TimeSpan CollectionAge { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>Resident activations; above it the longest idle are collected down to 90 %. Looked at once a sweep.</summary>
    public int ActivationsMax { get; init; } = 250_000;

    /// <summary>The sweep's period, which is the engine's unit of time: one second, less only for shorter limits.</summary>
    public TimeSpan SweepPeriod
    {
        get
        {
            var shortest = CallTimeout < CollectionAge ? CallTimeout : CollectionAge;
            var milliseconds = Math.Clamp(shortest.TotalMilliseconds / 5, 10, 1_000);
            return TimeSpan.FromMilliseconds(milliseconds);
        }
    }

    /// <summary>The same options, or a message with every fault in them.</summary>
    public EngineOptions Checked()
    {
        List<string> faults = [];
        if (MailboxMax < 1)
        {
            faults.Add($"MailboxMax is {MailboxMax}, must be 1 or more");
        }

        if (ActivationsMax < 1)
        {
            faults.Add($"ActivationsMax is {ActivationsMax}, must be 1 or more");
        }

        if (CallTimeout < TimeSpan.FromMilliseconds(10) || CallTimeout > TimeSpan.FromHours(1))
        {
            faults.Add($"CallTimeout is {CallTimeout}, must be between 10 ms and 1 h");
        }

        if (CollectionAge < TimeSpan.FromMilliseconds(10) || CollectionAge > TimeSpan.FromDays(7))
        {
            faults.Add($"CollectionAge is {CollectionAge}, must be between 10 ms and 7 days");
        }

        return faults.Count == 0 ? this : throw new InvalidOperationException($"Engine options: {string.Join("; ", faults)}.");
    }

    /// <summary>How many sweeps a time takes, rounded up.</summary>
    internal int Sweeps(TimeSpan time) => (int)Math.Ceiling(time / SweepPeriod);
}
