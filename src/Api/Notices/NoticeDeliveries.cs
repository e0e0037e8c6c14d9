// Measures the notices of one stream: from the sign-out until the notice was on its way to the phone.
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace BankEzy.Sessions.Api.Notices;

/// <summary>The notices that were written to a stream and are measured once it was flushed.</summary>
internal sealed class NoticeDeliveries
{
    private static readonly Histogram<double> Durations =
        Telemetry.Duration("notice.delivery.duration", "From the time of a sign-out until its notice was sent to another device.");

    private readonly List<Written> _written = [];

    private readonly record struct Written(DateTimeOffset At, CommandId Command, long Version, bool IsLive);

    /// <summary>Notes a notice that was written.</summary>
    /// <param name="at">The time of the sign-out.</param>
    /// <param name="command">The command of the sign-out; the default where it is not known.</param>
    /// <param name="version">The version of the sign-out.</param>
    /// <param name="isLive">Whether the stream was open when the sign-out happened.</param>
    public void Add(DateTimeOffset at, CommandId command, long version, bool isLive)
    {
        if (Durations.Enabled || Telemetry.Activities.HasListeners())
        {
            _written.Add(new Written(at, command, version, isLive));
        }
    }

    /// <summary>Measures what was written and has now been sent. A sign-out of another node has its time from that node's clock: what
    /// would be negative counts as 0.</summary>
    public void Sent(DateTimeOffset now)
    {
        foreach (var notice in _written)
        {
            var delivery = notice.IsLive ? "live" : "resumed";
            Durations.Record(Math.Max(0, (now - notice.At).TotalSeconds), Telemetry.Tag("bankezy.sessions.delivery", delivery));
            Trace(notice, delivery);
        }

        _written.Clear();
    }

    // In the trace of the sign-out where this process knows it; else a trace of its own with the same command id.
    private static void Trace(Written notice, string delivery)
    {
        using var span = Telemetry.Activities.StartActivity("notice deliver", ActivityKind.Producer, CommandTraces.Of(notice.Command));
        if (span is not null)
        {
            span.SetTag("bankezy.sessions.delivery", delivery).SetTag("bankezy.sessions.version", notice.Version);
            span.SetTag("bankezy.sessions.command_id", notice.Command == default ? null : notice.Command.ToString());
        }
    }
}
