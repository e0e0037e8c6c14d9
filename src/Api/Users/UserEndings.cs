// How the sessions of a user ended that the user's state still remembers, and what devices did about it: read from the log.
using System.Collections.Immutable;
using BankEzy.Sessions.Api.Users.Words;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Api.Users;

/// <summary>An end.</summary>
/// <param name="At">When it was decided.</param>
/// <param name="By">By whom; null where this version has no word for it.</param>
internal sealed record SessionEnd(DateTime At, string? By);

/// <summary>What the log says of a user's ended sessions.</summary>
/// <param name="By">How they ended, by the version of the event.</param>
/// <param name="Answer">Why the last one ended.</param>
/// <param name="Facts">What is known of the user.</param>
internal sealed record UserEnded(IReadOnlyDictionary<long, SessionEnd> By, UserAnswer Answer, UserFacts Facts);

/// <summary>Reads endings.</summary>
/// <param name="feed">The log.</param>
internal sealed class UserEndings(IFeed feed)
{
    private const int PageMax = 1_000;

    /// <summary>Reads how a user's remembered sessions ended.</summary>
    /// <exception cref="InvalidDataException">An event does not follow its predecessor.</exception>
    public async ValueTask<UserEnded> Read(UserId user, UserDetails details, DateTimeOffset now, CancellationToken cancellation)
    {
        var facts = UserFacts.Of(details);
        long[] versions = [.. details.Devices.SelectMany(device => device.Ended).Select(ended => ended.EndedBy).Distinct().Order()];
        var pages = await Task.WhenAll(versions.Select(version =>
            feed.ReadCheckedStream(user.Stream, version - 1, 1, cancellation).AsTask()));
        var ends = pages.SelectMany(page => ReadEvent.Read(page)).ToList();
        UserEvents.Learn(facts, [.. ends]);
        var by = ends.Where(one => one.Happened is not null).ToDictionary(
            one => one.Stored.Version, one => new SessionEnd(one.Happened!.At.UtcDateTime, WhySignedOut.CauseOf(one.Happened)));
        var last = ends.LastOrDefault(one => one.Happened is { } happened && happened.At >= now - WhySignedOut.Window);
        var answer = last.Happened is null
            ? new UserAnswer(WhySignedOut.Nothing(details.Devices.Count(device => !device.Sessions.IsEmpty)))
            : await Answer(user, last, details, facts, cancellation);
        return new UserEnded(by, answer, facts);
    }

    private async ValueTask<UserAnswer> Answer(
        UserId user, ReadEvent last, UserDetails details, UserFacts facts, CancellationToken cancellation)
    {
        var (version, ended) = (last.Stored.Version, last.Happened!);
        var later = await Later(user, version, cancellation);
        UserEvents.Learn(facts, later);
        var ledger = WhySignedOut.Ledger(version, ended, later, details.View.Notices);
        return new UserAnswer(
            WhySignedOut.Sentences(version, ended, ledger, facts), version, ended.At.UtcDateTime, WhySignedOut.CauseOf(ended),
            [.. ledger.Select(one => new InformedDevice(
                one.Device.HashText,
                one.Stands switch { Informed.Shown => "shown", Informed.Owed => "owed", _ => "unreachable" },
                one.Stands == Informed.Shown ? (long)one.After.TotalMilliseconds : null))]);
    }

    // Acknowledgements, and the newer session that a superseded one names. Nothing else is kept: a user may have been busy since.
    private async ValueTask<ImmutableArray<ReadEvent>> Later(UserId user, long version, CancellationToken cancellation)
    {
        var later = ImmutableArray.CreateBuilder<ReadEvent>();
        IReadOnlyList<StoredEvent> page;
        do
        {
            page = await feed.ReadCheckedStream(user.Stream, version, PageMax, cancellation);
            later.AddRange(ReadEvent.Read(page).Where(one => one.Happened is NoticeAcknowledged or SessionStarted));
            version += page.Count;
        }
        while (page.Count == PageMax);
        return later.DrainToImmutable();
    }
}
