// A time as RFC 3339 (section 5.6) writes it. The framework's parsers know fewer digits of a fraction, fewer offsets and no leap second.
using System.Globalization;

namespace BankEzy.Sessions.Api.Http;

internal static class Rfc3339
{
    private const int HeadChars = 19; // 2026-11-22T10:00:00
    private const int FractionDigitsMax = 9;
    private const int TickDigits = 7;

    /// <summary>Reads a time with 0 to 9 digits of a fraction (those beyond 100 ns are dropped) and <c>T</c> and <c>Z</c> in either case. A
    /// leap second is the first instant of the next second.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        time = default;
        if (text.Length <= HeadChars || text[10] is not ('T' or 't'))
        {
            return false;
        }

        var isLeap = text[17..HeadChars] is "60";
        var head = string.Concat(text[..10], "T", text[11..17], isLeap ? "59" : text[17..HeadChars]);
        if (!DateTime.TryParseExact(head, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local)
            || !TryTakeFraction(text[HeadChars..], out var ticks, out var rest)
            || !TryReadOffset(rest, out var offset))
        {
            return false;
        }

        ticks += local.Ticks - offset.Ticks + (isLeap ? TimeSpan.TicksPerSecond : 0);
        if (ticks < DateTimeOffset.MinValue.Ticks || ticks > DateTimeOffset.MaxValue.Ticks)
        {
            return false;
        }

        time = new DateTimeOffset(ticks, TimeSpan.Zero);
        return true;
    }

    private static bool TryTakeFraction(ReadOnlySpan<char> text, out long ticks, out ReadOnlySpan<char> rest)
    {
        ticks = 0;
        rest = text;
        if (text[0] != '.')
        {
            return true;
        }

        var digits = text[1..].IndexOfAnyExceptInRange('0', '9');
        if (digits is <= 0 or > FractionDigitsMax)
        {
            return false; // also one that nothing follows
        }

        for (var i = 0; i < TickDigits; i++)
        {
            ticks = (ticks * 10) + (i < digits ? text[1 + i] - '0' : 0);
        }

        rest = text[(1 + digits)..];
        return true;
    }

    private static bool TryReadOffset(ReadOnlySpan<char> text, out TimeSpan offset)
    {
        offset = TimeSpan.Zero;
        if (text is "Z" or "z")
        {
            return true;
        }

        if (text.Length != 6 || text[0] is not ('+' or '-')
            || !TimeSpan.TryParseExact(text[1..], "hh':'mm", CultureInfo.InvariantCulture, out var value))
        {
            return false;
        }

        offset = text[0] == '-' ? -value : value;
        return true;
    }
}
