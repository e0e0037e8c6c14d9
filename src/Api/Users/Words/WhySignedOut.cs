// "Why was I signed out, and who was informed?": the newest event of a user that ended sessions, in a few sentences. Pure.
using System.Collections.Immutable;
using System.Globalization;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Api.Users.Words;

/// <summary>How a device stands that was owed a notice.</summary>
internal enum Informed
{
    /// <summary>It has acknowledged the notice.</summary>
    Shown,

    /// <summary>It has not, and is still owed it.</summary>
    Owed,

    /// <summary>It has not, and is not owed it any more.</summary>
    Unreachable,
}

/// <summary>A device that was owed a notice of a sign-out.</summary>
/// <param name="Device">The device.</param>
/// <param name="Stands">How it stands.</param>
/// <param name="After">How long after the sign-out it acknowledged; only where it did.</param>
internal readonly record struct OwedDevice(DeviceId Device, Informed Stands, TimeSpan After);

/// <summary>Makes the answer.</summary>
internal static class WhySignedOut
{
    /// <summary>How far back the answer looks.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromDays(7);

    private const int NamedMax = 3;

    /// <summary>By whom a session was ended, in one word: the app on the device itself, a limit, a new sign-in, or
    /// somebody on the user's behalf. A new event that ends
    /// sessions needs a line here.</summary>
    public static string? CauseOf(UserEvent happened) => happened switch
    {
        SessionSignedOut or DeviceSignedOut => "app",
        SessionExpired => "limit",
        SessionSuperseded => "sign-in",
        SignedOutOnBehalf ended => OnBehalfWords.ByOf(ended.Cause),
        _ => null,
    };

    /// <summary>The devices that an event owed a notice, and how each stands.</summary>
    /// <param name="version">The event's version.</param>
    /// <param name="ended">The event.</param>
    /// <param name="later">What happened after it.</param>
    /// <param name="owed">What devices are owed now.</param>
    public static ImmutableArray<OwedDevice> Ledger(
        long version, UserEvent ended, IReadOnlyList<ReadEvent> later, IReadOnlyList<NoticeView> owed)
    {
        ImmutableArray<DeviceId> devices = ended switch
        {
            DeviceSignedOut left => left.Owed,
            SignedOutOnBehalf onBehalf => onBehalf.Owed,
            _ => [],
        };
        return [.. devices.Select(device =>
            later.Select(one => one.Happened).OfType<NoticeAcknowledged>()
                .FirstOrDefault(shown => shown.Device == device && shown.UpTo >= version) is { } shown
                ? new OwedDevice(device, Informed.Shown, shown.At - ended.At)
            : owed.Any(notice => notice.To == device && notice.Version == version) ? new OwedDevice(device, Informed.Owed, default)
            : new OwedDevice(device, Informed.Unreachable, default))];
    }

    /// <summary>The sentences about an event that ended sessions.</summary>
    /// <param name="version">The event's version.</param>
    /// <param name="ended">The event.</param>
    /// <param name="ledger">Who was owed a notice of it.</param>
    /// <param name="facts">What is known of the user.</param>
    public static ImmutableArray<string> Sentences(
        long version, UserEvent ended, ImmutableArray<OwedDevice> ledger, UserFacts facts)
    {
        var at = ended.At.UtcDateTime.ToString("yyyy-MM-dd 'at' HH:mm:ss", CultureInfo.InvariantCulture);
        var several = ended switch
        {
            DeviceSignedOut left => left.Sessions.Length,
            SignedOutOnBehalf onBehalf => onBehalf.Sessions.Length,
            _ => 1,
        };
        var count = several > 1 ? $" {several} sessions ended." : "";
        return [$"{EventWords.Of(version, ended, facts)}, on {at} UTC.{count}", .. Cause(ended, facts), .. Ledger(ended, ledger, facts)];
    }

    /// <summary>The sentences where nothing ended lately.</summary>
    public static ImmutableArray<string> Nothing(int devicesSignedIn) =>
    [
        "No session ended in the last 7 days.",
        devicesSignedIn switch
        {
            0 => "No device is signed in.",
            1 => "1 device is signed in.",
            _ => $"{devicesSignedIn} devices are signed in.",
        },
    ];

    private static ImmutableArray<string> Cause(UserEvent ended, UserFacts facts) => ended switch
    {
        SessionSuperseded { Why: Superseding.SameDevice } => ["The person signed in again on the same device."],
        SessionSuperseded one when facts.DeviceOf(one.By) is { } newer =>
            [$"The person signed in on {facts.NameOf(newer)}, and had as many sessions as the program allows."],
        SignedOutOnBehalf one => OnBehalfWords.Cause(one.Cause),
        _ => [],
    };

    private static ImmutableArray<string> Ledger(UserEvent ended, ImmutableArray<OwedDevice> ledger, UserFacts facts) => ended switch
    {
        SessionSignedOut => ["Other devices are not told when one session signs out."],
        SignedOutOnBehalf { Quiet: true } => ["No other device was told, on purpose."],
        not (DeviceSignedOut or SignedOutOnBehalf) => ["Other devices are not told when a session ends by itself."],
        _ when ledger.IsEmpty => ["No other device was signed in."],
        _ when ledger.Length > NamedMax =>
            [$"{ledger.Count(one => one.Stands == Informed.Shown)} of {ledger.Length} devices have shown the notice."],
        _ => [.. ledger.Select(one => $"{facts.NameOf(one.Device)} {Stands(one)}.")],
    };

    private static string Stands(OwedDevice one) => one.Stands switch
    {
        Informed.Shown => $"showed the notice {EventWords.Duration(one.After)} later",
        Informed.Owed => "has not confirmed it yet",
        _ => "could not be reached",
    };
}
