// The settings of metrics, traces, the access log and the canary.
using BankEzy.Sessions.Api.Security;

namespace BankEzy.Sessions.Silo.Configuration;

/// <summary>What the node says of itself, and to whom.</summary>
/// <param name="Metrics">Whether <c>GET /metrics</c> answers on the management listener.</param>
/// <param name="PushesMetrics">Whether metrics are sent by OTLP.</param>
/// <param name="Traces">Whether traces are sent by OTLP.</param>
/// <param name="AccessLog">Whether each sign-out leaves a line in the log.</param>
/// <param name="Canary">How the canary reaches the service.</param>
public sealed record TelemetrySettings(bool Metrics, bool PushesMetrics, bool Traces, bool AccessLog, CanarySettings Canary);

/// <summary>How the canary reaches the service.</summary>
/// <param name="Interval">How often it signs in and out of each program that has one.</param>
/// <param name="PublicUrl">The public listener that it uses; null for that of its own node.</param>
/// <param name="Nodes">The management listeners of all nodes; empty for its own node alone.</param>
/// <param name="Key">The management key that it shows.</param>
public sealed record CanarySettings(TimeSpan Interval, Uri? PublicUrl, IReadOnlyList<Uri> Nodes, string Key);

internal static class TelemetryRules
{
    private const string Otlp = "OTEL_EXPORTER_OTLP_ENDPOINT"; // the names are OpenTelemetry's

    private static readonly TimeSpan IntervalDefault = TimeSpan.FromSeconds(30);

    /// <summary>Reads the settings.</summary>
    public static TelemetrySettings Read(
        SettingsReader reader, IConfiguration configuration, NodeRole role, IReadOnlyList<ProgramSettings> programs,
        IReadOnlyList<ManagementKeySettings> managementKeys)
    {
        bool IsSet(string name) => configuration[name] is { Length: > 0 };
        var canary = new CanarySettings(
            reader.Duration("Canary:Interval", IntervalDefault, TimeSpan.FromSeconds(5), TimeSpan.FromHours(1)),
            Url(reader, "Canary__PublicUrl", reader.Text("Canary:PublicUrl", "")),
            [.. reader.List("Canary:Nodes").Select(node => Url(reader, "Canary__Nodes", node)).OfType<Uri>()],
            reader.Text("Canary:Key", managementKeys.FirstOrDefault(MayRunCanary)?.Key ?? ""));
        CheckCanary(reader, canary, role, programs);
        return new TelemetrySettings(
            reader.Flag("Metrics", fallback: false),
            IsSet(Otlp) || IsSet("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"),
            IsSet(Otlp) || IsSet("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
            reader.Flag("AccessLog", fallback: false),
            canary);
    }

    private static void CheckCanary(SettingsReader reader, CanarySettings canary, NodeRole role, IReadOnlyList<ProgramSettings> programs)
    {
        foreach (var program in programs.Where(program => program.Canary && program.Policy.MaxSessions < 2))
        {
            reader.Fault($"Sessions__Programs__{program.Id}__Canary=true needs Sessions__Programs__{program.Id}__MaxSessions of at least "
                + "2: the canary signs in on two devices.");
        }

        if (role == NodeRole.Silo && programs.Any(program => program.Canary) && (canary.PublicUrl is null || canary.Nodes.Count == 0))
        {
            reader.Fault("The canary of a node with Sessions__Role=silo has no listener of its own to ask: set Sessions__Canary__PublicUrl "
                + "to the public address, and Sessions__Canary__Nodes__0 and following to the management addresses of the front ends.");
        }
    }

    private static Uri? Url(SettingsReader reader, string name, string text)
    {
        if (text.Length == 0)
        {
            return null;
        }

        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.PathAndQuery == "/")
        {
            return url;
        }

        reader.Fault($"Sessions__{name} must be http://host:port or https://host:port without a path, not '{text}'.");
        return null;
    }

    // The canary reports sign-ins and asks whether they are alive.
    private static bool MayRunCanary(ManagementKeySettings key) =>
        key.Roles.HasFlag(Roles.Report) && key.Roles.HasFlag(Roles.Introspect) && key.Programs is null;
}
