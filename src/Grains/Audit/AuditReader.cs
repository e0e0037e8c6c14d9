// Newest first: the days backwards, and within a day its stream from its end, in checked pages.
namespace BankEzy.Sessions.Audit;

internal static class AuditReader
{
    private const int PageMax = 500;
    private const int LookedAtMax = 10_000;

    /// <summary>Answers a question. It looks at no more than 10,000 uses at a time.</summary>
    public static async ValueTask<AuditRows> Read(
        IFeed feed, AuditQuestion question, Func<KeyUsed, bool> wanted, CancellationToken cancellation)
    {
        var rows = new List<(AuditPosition Position, KeyUsed Used)>();
        var (first, newest, before) = (DayOf(question.From), DayOf(question.Until), question.Before);
        var lookedAt = 0;
        for (var day = before?.Day < newest ? before.Value.Day : newest; day >= first; day = day.AddDays(-1))
        {
            var stream = AuditPosition.StreamOf(day);
            var last = (await StreamEnd.Find(feed, stream, known: default, cancellation)).Version;
            last = before is { } place && place.Day == day ? Math.Min(last, place.Version - 1) : last;
            for (; last > 0; last = Math.Max(0, last - PageMax))
            {
                var after = Math.Max(0, last - PageMax);
                foreach (var stored in (await feed.ReadCheckedStream(stream, after, (int)(last - after), cancellation)).Reverse())
                {
                    var (position, used) = (new AuditPosition(day, stored.Version), KeyUsedCodec.Decode(stored));
                    if (used.At >= question.From && used.At < question.Until && wanted(used))
                    {
                        rows.Add((position, used));
                    }

                    if (rows.Count == question.Max || ++lookedAt == LookedAtMax)
                    {
                        return new AuditRows(rows, position);
                    }
                }
            }
        }

        return new AuditRows(rows, Next: null);
    }

    private static DateOnly DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime);
}
