// What a user's stream says to the meter and the traces. Counted where an event is appended, so once in the whole cluster.
using System.Collections.Immutable;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Users;

internal static class UserTelemetry
{
    // Phones lie in drawers: from a tenth of a second to a day.
    private static readonly InstrumentAdvice<double> Waits =
        new() { HistogramBucketBoundaries = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3_600, 14_400, 86_400] };

    private static readonly Counter<long> Starts =
        Telemetry.Counter("session.starts", "{session}", "Sessions that the log came to know.");

    private static readonly Counter<long> Ends = Telemetry.Counter("session.ends", "{session}", "Sessions that ended, by reason.");

    private static readonly Histogram<double> Acknowledgements = Telemetry.Meter.CreateHistogram(
        Telemetry.Prefix + "notice.acknowledgement.duration", "s", "From a sign-out until a device said that it has shown the notice.",
        tags: null, Waits);

    /// <summary>Ends the activity of a sign-out.</summary>
    public static void Decided(Activity? span, SignOut command, SignOutReply reply) => span?
        .SetTag("bankezy.sessions.mode", command.Mode switch { Mode.Pin => "pin", Mode.Device => "device", _ => "unspecified" })
        .SetTag("bankezy.sessions.outcome", reply.Outcome switch
        {
            SignOutOutcome.SignedOut => "ended",
            SignOutOutcome.AlreadySignedOut => "repeat",
            _ => "refused",
        })
        .SetTag("bankezy.sessions.version", reply.Version);

    /// <summary>Begins the activity of an append.</summary>
    public static Activity? Append(Append append)
    {
        if (Activity.Current is null || Telemetry.Activities.StartActivity("log append") is not { } span)
        {
            return null;
        }

        CommandTraces.Remember(append.Command, span.Context); // before the commit: its notices may be sent before this caller wakes up
        return span.SetTag("bankezy.sessions.command_id", append.Command.ToString())
            .SetTag("bankezy.sessions.version", append.ExpectedVersion + append.Events.Count);
    }

    /// <summary>Notes how an append ended.</summary>
    public static void Appended(Activity? span, AppendOutcome outcome) =>
        span?.SetTag("bankezy.sessions.outcome", AppendOutcomes.NameOf(outcome));

    /// <summary>Counts events that are in the log now.</summary>
    public static void Count(ImmutableArray<UserEvent> events)
    {
        if (!Starts.Enabled && !Ends.Enabled)
        {
            return;
        }

        foreach (var happened in events)
        {
            Count(happened);
        }
    }

    /// <summary>Measures the notices of a device that were owed and are not any more.</summary>
    public static void Acknowledged(ImmutableArray<Notice> before, ImmutableArray<Notice> after, DateTimeOffset at)
    {
        if (Acknowledgements.Enabled)
        {
            foreach (var shown in before.Except(after))
            {
                Acknowledgements.Record(Math.Max(0, (at - shown.At).TotalSeconds));
            }
        }
    }

    private static void Count(UserEvent happened)
    {
        switch (happened)
        {
            case SessionStarted started:
                Starts.Add(1, Telemetry.Tag("bankezy.sessions.origin", started.Origin == Origin.Adopted ? "adopted" : "reported"));
                break;
            case SessionSignedOut:
                End("signed_out");
                break;
            case DeviceSignedOut ended:
                End("device", ended.Sessions.Length);
                break;
            case SessionExpired ended:
                End(ended.Limit switch { Limit.Token => "expired_token", Limit.Absolute => "expired_absolute", _ => "expired_idle" });
                break;
            case SessionSuperseded:
                End("superseded");
                break;
        }
    }

    private static void End(string reason, int sessions = 1) => Ends.Add(sessions, Telemetry.Tag("bankezy.sessions.reason", reason));
}
