// The one meter and the one source of activities of the service. Their names are those of docs/telemetry.md; what listens to them, the
// host decides. Without a listener a measurement is one comparison, and an activity is never made.
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Reflection;

namespace BankEzy.Sessions;

internal static class Telemetry
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "BankEzy.Sessions";

    /// <summary>What every instrument and every attribute of our own begins with.</summary>
    public const string Prefix = "bankezy.sessions.";

    private static readonly string Version =
        typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>The meter of what is counted while it happens. Gauges belong to what they look at (<see cref="NewMeter"/>).</summary>
    public static readonly Meter Meter = new(Name, Version);

    /// <summary>The source of the activities.</summary>
    public static readonly ActivitySource Activities = new(Name, Version);

    // From a millisecond, below which a disk does not go, to the time after which every caller has given up.
    private static readonly InstrumentAdvice<double> Times =
        new() { HistogramBucketBoundaries = [0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    /// <summary>A meter for gauges, which ends with what they look at.</summary>
    public static Meter NewMeter() => new(Name, Version);

    /// <summary>A counter.</summary>
    /// <param name="name">Its name without the prefix.</param>
    /// <param name="unit">What is counted, in braces.</param>
    /// <param name="description">What it says.</param>
    public static Counter<long> Counter(string name, string unit, string description) =>
        Meter.CreateCounter<long>(Prefix + name, unit, description);

    /// <summary>A histogram of seconds.</summary>
    /// <param name="name">Its name without the prefix.</param>
    /// <param name="description">What it says.</param>
    public static Histogram<double> Duration(string name, string description) =>
        Meter.CreateHistogram(Prefix + name, "s", description, tags: null, Times);

    /// <summary>An attribute of our own.</summary>
    public static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);
}

/// <summary>Carries the trace of a recorded request to the silo that has its user. Orleans' own filters
/// (<c>AddActivityPropagation</c>) would send every call down a slower path, whether its request is recorded or not.</summary>
internal static class CallTraces
{
    private const string Key = "traceparent"; // W3C Trace Context, section 3.2

    /// <summary>Sends the current activity along with the calls of grains that this request makes, if it is recorded.</summary>
    public static void SendAlong()
    {
        if (Activity.Current is { Recorded: true, Id: { } id })
        {
            RequestContext.Set(Key, id);
        }
    }

    /// <summary>Begins an activity within a call of a grain; null where nobody records, or not this call.</summary>
    public static Activity? Continue(string name) => Telemetry.Activities.HasListeners()
        && ActivityContext.TryParse(RequestContext.Get(Key) as string, traceState: null, isRemote: true, out var caller)
            ? Telemetry.Activities.StartActivity(name, ActivityKind.Server, caller)
            : null;
}

/// <summary>Which trace a command belongs to, as far as this process knows: its notices are sent by nobody who has the request at hand.
/// Only recorded commands are remembered, and only the last of them: this process's own, and those of which other nodes have sent the trace
/// with the word that their log has grown. Where none is known a notice's span is found by its command's id.</summary>
internal static class CommandTraces
{
    /// <summary>How many commands are remembered.</summary>
    public const int RememberedMax = 1_024;

    private static readonly ConcurrentDictionary<CommandId, ActivityContext> Known = new();
    private static readonly ConcurrentQueue<CommandId> Order = new();

    /// <summary>Remembers the trace of a command whose events are in the log.</summary>
    public static void Remember(CommandId command, ActivityContext trace)
    {
        if (Known.TryAdd(command, trace))
        {
            Order.Enqueue(command);
            if (Order.Count > RememberedMax && Order.TryDequeue(out var oldest))
            {
                Known.TryRemove(oldest, out _);
            }
        }
    }

    /// <summary>The trace of a command; the default where this process does not know one.</summary>
    public static ActivityContext Of(CommandId command) => Known.GetValueOrDefault(command);
}
