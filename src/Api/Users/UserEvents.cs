// Pages of one user's events, checked against the chain and with the facts that put them in words.
using System.Collections.Immutable;
using BankEzy.Sessions.Api.Users.Words;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Api.Users;

/// <summary>A page of a user's events.</summary>
/// <param name="PreviousHash">The hash of the event before the first one; null where the log has no such event.</param>
/// <param name="Events">The events.</param>
/// <param name="Facts">What is known of the user's sessions and devices, for these events.</param>
internal readonly record struct UserEventsPage(string? PreviousHash, ImmutableArray<ReadEvent> Events, UserFacts Facts);

/// <summary>Reads users' events for people.</summary>
/// <param name="feed">The log.</param>
internal sealed class UserEvents(IFeed feed)
{
    // How far before a page a session's start is looked for. What began earlier still is "a device" in the words.
    private const int LookBack = 1_000;

    /// <summary>Events after a version.</summary>
    /// <exception cref="InvalidDataException">An event does not follow its predecessor.</exception>
    public async ValueTask<UserEventsPage> Read(UserId user, long after, int max, CancellationToken cancellation)
    {
        var known = after > 0 ? 1 : 0;
        var read = await feed.ReadCheckedStream(user.Stream, after - known, max + known, cancellation);
        var previous = known == 0 ? default(EventHash).ToString() : read.Count > 0 ? read[0].Hash.ToString() : null;
        var page = ReadEvent.Read(read.Skip(known));
        var facts = new UserFacts();
        Learn(facts, page);
        if (after > 0 && page.Any(one => IsSilent(one, facts)))
        {
            facts = new UserFacts();
            var before = Math.Max(0, after - LookBack);
            Learn(facts, ReadEvent.Read(await feed.ReadCheckedStream(user.Stream, before, (int)(after - before), cancellation)));
            Learn(facts, page);
        }

        return new UserEventsPage(previous, page, facts);
    }

    /// <summary>An event as answers show it.</summary>
    public static TimelineEvent Describe(ReadEvent one, UserFacts facts, bool masked) => new(
        one.Stored.Version, one.Stored.Command.Value, one.Stored.Ordinal, one.Stored.Name, EventWords.Of(one, facts),
        masked ? Accounts.Masked(one.Stored.Json) : new StoredContent(one.Stored.Json), one.Stored.Hash.ToString());

    /// <summary>Learns from events in their order.</summary>
    public static void Learn(UserFacts facts, ImmutableArray<ReadEvent> events)
    {
        foreach (var one in events)
        {
            if (one.Happened is { } happened)
            {
                facts.Learn(one.Stored.Version, happened);
            }
        }
    }

    // Names a session whose start may stand before the page; or a limit or notices that only earlier events know.
    private static bool IsSilent(ReadEvent one, UserFacts facts) => one.Happened switch
    {
        SessionUsed used => !facts.Knows(used.Session),
        SessionRenewed renewed => !facts.Knows(renewed.Session),
        SessionExpired { Limit: Limit.Idle } ended => facts.IdleLimitOf(ended.Session) == TimeSpan.Zero,
        NoticeAcknowledged shown => facts.Confirmed(one.Stored.Version, shown) == 0,
        _ => false,
    };
}
