namespace BankEzy.Sessions.Silo.Incidents;

/// <summary>Lets callers through evenly: so many within a second, and a tenth of that at once. Thread-safe.</summary>
/// <param name="perSecond">How many.</param>
/// <param name="time">What measures a second.</param>
internal sealed class Pace(int perSecond, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly double _atOnce = Math.Max(1, perSecond / 10.0);
    private long _since = time.GetTimestamp();
    private double _free = Math.Max(1, perSecond / 10.0);

    /// <summary>Returns when the next one may go.</summary>
    public Task Wait(CancellationToken cancellation)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _free = Math.Min(_atOnce, _free + (time.GetElapsedTime(_since, now).TotalSeconds * perSecond)) - 1;
            _since = now;
            return _free >= 0 ? Task.CompletedTask : Task.Delay(TimeSpan.FromSeconds(-_free / perSecond), time, cancellation);
        }
    }
}
