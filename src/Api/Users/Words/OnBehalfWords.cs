// What was done on a user's behalf, in plain words: by support, a service, an incident or another device of the user. Pure.
using System.Collections.Immutable;
using BankEzy.Sessions.Users;

namespace BankEzy.Sessions.Api.Users.Words;

/// <summary>Says a sign-out on a user's behalf.</summary>
internal static class OnBehalfWords
{
    /// <summary>By whom, in one word: another-device, service, incident or support.</summary>
    public static string ByOf(Cause cause) => cause.Kind switch
    {
        CauseKind.OtherDevice => "another-device",
        CauseKind.Service => "service",
        CauseKind.Incident => "incident",
        _ => "support",
    };

    /// <summary>The sentence of a sign-out.</summary>
    public static string Of(SignedOutOnBehalf ended, UserFacts facts)
    {
        var who = WhoOf(ended.Cause, facts);
        var device = ended.FirstDevice == default ? "a device" : facts.NameOf(ended.FirstDevice);
        var what = ended.Scope switch
        {
            Scope.Session when ended.Cause.Kind == CauseKind.Service => $"{who} ended the session on {device}",
            Scope.Session => $"{who} ended one session on {device}",
            Scope.Device => $"{who} signed out {device}",
            Scope.User => $"{who} signed out every device",
            _ => $"{who} signed out the other devices",
        };
        return ended.Quiet ? what + "; quiet" : what;
    }

    /// <summary>Why, and by which person, in a sentence; empty where nothing is known of it.</summary>
    public static ImmutableArray<string> Cause(Cause cause)
    {
        var by = cause.Actor is { } actor ? $" by {actor}" : "";
        var reason = cause.Reason is { } code ? $"Reason: {code.Replace('-', ' ')}" : by.Length > 0 ? "Asked for" : "";
        return reason.Length > 0 ? [$"{reason}{(cause.Reason is null ? by : by.Length > 0 ? "," + by : "")}."] : [];
    }

    private static string WhoOf(Cause cause, UserFacts facts) => cause.Kind switch
    {
        CauseKind.OtherDevice when cause.Session is { } session && facts.DeviceOf(session) is { } by => facts.NameOf(by),
        CauseKind.OtherDevice => "Another device",
        CauseKind.Service => cause.Key ?? "A service",
        CauseKind.Incident => cause.Incident is { } name ? $"The incident {name}" : "An incident",
        _ => "Support",
    };
}
