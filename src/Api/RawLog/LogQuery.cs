// What a reader of the whole log asks for: from where, and how much at once.
using System.Globalization;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Http;

namespace BankEzy.Sessions.Api.RawLog;

/// <summary>A question to the log.</summary>
/// <param name="After">The cursor of the last event that the caller has.</param>
/// <param name="Max">The most events of a page.</param>
internal readonly record struct LogQuery(FeedCursor After, int Max)
{
    public const int MaxDefault = 1_000;
    public const int MaxMost = 10_000;

    private static readonly Answer BadMax = new(400, "max must be a number from 1 to 10000");

    /// <summary>Reads the question.</summary>
    /// <returns>What is wrong with it, or null.</returns>
    public static Answer? Read(IQueryCollection fields, out LogQuery query)
    {
        query = default;
        var (cursor, most) = (fields["after"], fields["max"]);
        var (after, max) = (FeedCursor.Start, MaxDefault);
        if (cursor.Count > 1 || (cursor.Count == 1 && !FeedCursor.TryParse(cursor[0], out after)))
        {
            return FeedQuery.BadCursor;
        }

        if (most.Count > 1 || (most.Count == 1
            && (!int.TryParse(most[0], NumberStyles.None, CultureInfo.InvariantCulture, out max) || max is < 1 or > MaxMost)))
        {
            return BadMax;
        }

        query = new LogQuery(after, max);
        return null;
    }
}
