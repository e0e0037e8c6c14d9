// What every sign-out leaves behind beside its event: a count, a time, an activity, and a line of the access log where that is on.
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Logout;

/// <summary>How a request to sign out was answered.</summary>
internal enum SignOutEnd
{
    /// <summary>503: the service could not decide it. The app asks again.</summary>
    Unavailable,

    /// <summary>4xx: it was refused; or its caller has gone and gets no answer.</summary>
    Refused,

    /// <summary>200: it had been signed out before.</summary>
    Repeat,

    /// <summary>200: it is in the log now.</summary>
    Ended,
}

/// <summary>Counts, measures and logs sign-outs. The log line has the user's key, which is no account, and nothing else of a
/// person.</summary>
/// <param name="options">Whether there is an access log.</param>
/// <param name="time">Measures how long an answer took.</param>
/// <param name="logger">The access log.</param>
public sealed partial class SignOutReport(ApiOptions options, TimeProvider time, ILogger<SignOutReport> logger)
{
    private const string ModeTag = "bankezy.sessions.mode";
    private const string OutcomeTag = "bankezy.sessions.outcome";

    private static readonly Counter<long> SignOuts =
        Telemetry.Counter("sign_outs", "{sign_out}", "Requests to sign out, by mode and by how they were answered.");

    private static readonly Histogram<double> Durations =
        Telemetry.Duration("sign_out.duration", "From a complete request to sign out until its answer was written.");

    /// <summary>Begins the activity of a request; null where nobody records. A phone's own trace is linked and not continued, because then
    /// every phone could decide what is recorded.</summary>
    internal static Activity? Begin(HttpContext http)
    {
        if (!Telemetry.Activities.HasListeners())
        {
            return null;
        }

        ActivityLink[]? links = ActivityContext.TryParse(http.Request.Headers.TraceParent, traceState: null, isRemote: true, out var caller)
            ? [new ActivityLink(caller)]
            : null;
        var span = Telemetry.Activities.StartActivity("POST " + Logout.Path, ActivityKind.Server, parentContext: default, links: links)?
            .SetTag("http.request.method", "POST").SetTag("http.route", Logout.Path);
        CallTraces.SendAlong();
        return span;
    }

    /// <summary>Says that there was none yet: an alarm that looks for an increase must see the first one.</summary>
    internal static void Announce()
    {
        foreach (var end in Enum.GetValues<SignOutEnd>())
        {
            Count("unspecified", end, 0);
        }
    }

    /// <summary>Counts a request that was answered 503 before its route was reached, if it was one to sign out.</summary>
    internal static void CountUnreached(HttpContext http)
    {
        if (http.Request.Path == Logout.Path)
        {
            Count("unspecified", SignOutEnd.Unavailable);
        }
    }

    /// <summary>Reports a request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="span">Its activity.</param>
    /// <param name="user">Whose it is; the default where that is not known.</param>
    /// <param name="said">What it asked for; null where that is not known.</param>
    /// <param name="end">How it was answered.</param>
    /// <param name="startedAt">The timestamp at which it was complete.</param>
    internal void Write(HttpContext http, Activity? span, UserId user, SignOut? said, SignOutEnd end, long startedAt)
    {
        var (mode, outcome) = (NameOf(said?.Mode ?? Mode.Unknown), NameOf(end));
        Count(mode, end);
        if (Durations.Enabled)
        {
            Durations.Record(time.GetElapsedTime(startedAt).TotalSeconds, Telemetry.Tag(ModeTag, mode), Telemetry.Tag(OutcomeTag, outcome));
        }

        if (span is not null)
        {
            span.SetTag(ModeTag, mode).SetTag(OutcomeTag, outcome);
            span.SetStatus(end == SignOutEnd.Unavailable ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        }

        if (options.AccessLog)
        {
            var ms = Math.Round(time.GetElapsedTime(startedAt).TotalMilliseconds, 3);
            LogAccess(logger, user.Stream ?? "-", mode, outcome, ms, http.TraceIdentifier);
        }
    }

    private static void Count(string mode, SignOutEnd end, int times = 1) => SignOuts.Add(
        times, Telemetry.Tag(ModeTag, mode), Telemetry.Tag(OutcomeTag, NameOf(end)), Telemetry.Tag("bankezy.sessions.origin", "app"));

    private static string NameOf(Mode mode) => mode switch
    {
        Mode.Pin => "pin",
        Mode.Device => "device",
        _ => "unspecified",
    };

    private static string NameOf(SignOutEnd end) => end switch
    {
        SignOutEnd.Ended => "ended",
        SignOutEnd.Repeat => "repeat",
        SignOutEnd.Refused => "refused",
        _ => "unavailable",
    };

    [LoggerMessage(2003, LogLevel.Information, "evt=sign_out user={User} mode={Mode} outcome={Outcome} ms={Milliseconds} rid={RequestId}")]
    private static partial void LogAccess(
        ILogger logger, string user, string mode, string outcome, double milliseconds, string requestId);
}
