// Times as the databases have them: milliseconds since 1970.
namespace BankEzy.Sessions.EventStore;

internal static class StoredTime
{
    private static readonly DateTimeOffset Last = DateTimeOffset.MaxValue.AddMilliseconds(-1);

    /// <summary>The first whole millisecond that is not before a time.</summary>
    public static long RoundUp(DateTimeOffset time) =>
        (time < Last ? time.AddTicks(TimeSpan.TicksPerMillisecond - 1) : Last).ToUnixTimeMilliseconds();

    /// <summary>The time of a millisecond.</summary>
    public static DateTimeOffset Read(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
