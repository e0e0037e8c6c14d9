// Until when a lock holds: a time, or so long from now, which is what a person on the telephone thinks in.
using System.Globalization;
using System.Text.RegularExpressions;

namespace BankEzy.Sessions.Cli.Users;

/// <summary>Reads the time at which a lock ends by itself.</summary>
internal static partial class LockTime
{
    /// <summary>What the options take, for their help.</summary>
    public const string Form = "a time (RFC 3339, such as 2026-11-30T08:00:00Z) or so long from now: 30m, 2h, 7d";

    /// <summary>Reads it.</summary>
    /// <param name="text">What was given.</param>
    /// <param name="option">The option's name, for the message.</param>
    /// <param name="now">The time from which a length counts.</param>
    /// <returns>The time in UTC, in the form that the service takes.</returns>
    public static string Read(string text, string option, DateTimeOffset now)
    {
        if (Length().Match(text) is { Success: true } length
            && int.TryParse(length.Groups["count"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var count))
        {
            var unit = length.Groups["unit"].Value switch
            {
                "m" => TimeSpan.FromMinutes(1),
                "h" => TimeSpan.FromHours(1),
                _ => TimeSpan.FromDays(1),
            };
            return Write(now + (unit * count));
        }

        return Time().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, out var time)
            ? Write(time)
            : throw Failure.Usage($"{option} is not a time.", $"Give {Form}.");
    }

    private static string Write(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex("^(?<count>[1-9][0-9]{0,4})(?<unit>[mhd])$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Length();

    // With its offset: a time without one means another moment in each zone.
    [GeneratedRegex(
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Time();
}
