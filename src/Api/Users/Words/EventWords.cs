// A user's events in plain words, for those who look after users. Pure. A name that this version does not know stands for itself.
using System.Globalization;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Api.Users.Words;

/// <summary>Says an event in one sentence, without an account, a session's id or a device's id.</summary>
internal static class EventWords
{
    /// <summary>The sentence of a stored event; the event's name where this version has no words for it.</summary>
    public static string Of(ReadEvent one, UserFacts facts) =>
        (one.Happened is { } happened ? Of(one.Stored.Version, happened, facts) : null) ?? one.Stored.Name;

    /// <summary>The sentence of an event; null for one that has none yet: a new event needs a line here.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="happened">The event.</param>
    /// <param name="facts">What is known of the user.</param>
    public static string? Of(long version, UserEvent happened, UserFacts facts) => happened switch
    {
        SessionStarted { Origin: Origin.Adopted } started => $"A session on {facts.NameOf(started.Device)} became known",
        SessionStarted { SignInMode: Mode.Pin } started => $"Signed in on {facts.NameOf(started.Device)} with the PIN",
        SessionStarted { SignInMode: Mode.Device } started => $"Signed in on {facts.NameOf(started.Device)} with the device",
        SessionStarted started => $"Signed in on {facts.NameOf(started.Device)}",
        SessionRenewed renewed => $"The session on {facts.NameOf(renewed.Session)} was prolonged",
        SessionUsed used => facts.DeviceOf(used.Session) is { } device ? $"{facts.NameOf(device)} was used" : "A device was used",
        SessionSignedOut ended => $"{facts.NameOf(ended.Device)} signed out one session",
        DeviceSignedOut { Sessions.IsEmpty: true } ended => $"{facts.NameOf(ended.Device)} signed itself out; no session was left",
        DeviceSignedOut ended => $"{facts.NameOf(ended.Device)} signed itself out",
        SessionExpired ended => $"The session on {facts.NameOf(ended.Device)} ended: {LimitOf(ended, facts)}",
        SessionSuperseded { Why: Superseding.SameDevice } ended => $"The older session on {facts.NameOf(ended.Device)} ended",
        SessionSuperseded ended => $"The session on {facts.NameOf(ended.Device)} ended: too many devices",
        NoticeAcknowledged shown => $"{facts.NameOf(shown.Device)} confirmed that it showed the "
            + (facts.Confirmed(version, shown) > 1 ? "notices" : "notice"),
        SignedOutOnBehalf ended => OnBehalfWords.Of(ended, facts),
        SignInLocked { Device: { } device } => $"Support locked sign-ins on {facts.NameOf(device)}",
        SignInLocked => "Support locked sign-ins for this user",
        SignInReleased { Device: { } device } => $"Support released the lock on {facts.NameOf(device)}",
        SignInReleased => "Support released the lock",
        DeviceDescribed described => $"{facts.NameOf(described.Device)} said what it is",
        DeviceRenamed renamed => $"Device {renamed.Device.LabelText} was named {renamed.Name}",
        DeviceWoken woken => $"A wake for {facts.NameOf(woken.Device)} was handed to the push service",
        WakesOwed { Devices.Length: 1 } => "1 device is to be woken by the push service",
        WakesOwed wakes => $"{wakes.Devices.Length} devices are to be woken by the push service",
        _ => null,
    };

    /// <summary>A duration for people: <c>4 ms</c>, <c>1.2 s</c>, <c>4 min 39 s</c>, <c>2 h 5 min</c>, <c>2 days</c>.</summary>
    public static string Duration(TimeSpan span) =>
        span < TimeSpan.FromSeconds(1) ? $"{(long)span.TotalMilliseconds} ms"
        : span < TimeSpan.FromMinutes(1) ? $"{Tenths(span)} s"
        : span < TimeSpan.FromHours(1) ? $"{(int)span.TotalMinutes} min{Rest(span.Seconds, "s")}"
        : span < TimeSpan.FromDays(2) ? $"{(int)span.TotalHours} h{Rest(span.Minutes, "min")}"
        : $"{(int)span.TotalDays} days";

    private static string LimitOf(SessionExpired ended, UserFacts facts) => ended.Limit switch
    {
        Limit.Token => "its time was up",
        Limit.Absolute => "longest time reached",
        _ when facts.IdleLimitOf(ended.Session) is var idle && idle > TimeSpan.Zero => $"not used for {Duration(idle)}",
        _ => "not used for too long",
    };

    private static string Tenths(TimeSpan span) => (Math.Floor(span.TotalSeconds * 10) / 10).ToString("0.#", CultureInfo.InvariantCulture);

    private static string Rest(int number, string unit) => number > 0 ? $" {number} {unit}" : "";
}
