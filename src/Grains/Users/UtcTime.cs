// A time for what is kept a million times over.
namespace BankEzy.Sessions.Users;

/// <summary>A time in UTC, to a ten-millionth of a second, in half of what a <see cref="DateTimeOffset"/> takes.</summary>
/// <param name="Ticks">As in <see cref="DateTimeOffset.UtcTicks"/>.</param>
internal readonly record struct UtcTime(long Ticks)
{
    /// <summary>Keeps the time and forgets the offset.</summary>
    public static implicit operator UtcTime(DateTimeOffset time) => new(time.UtcTicks);

    /// <summary>The time with an offset of zero.</summary>
    public static implicit operator DateTimeOffset(UtcTime time) => new(time.Ticks, default);
}
