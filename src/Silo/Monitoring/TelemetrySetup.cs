// Who gets the metrics and traces: Prometheus at /metrics, a collector by OTLP, or nobody. The code measures by System.Diagnostics alone
// and knows no exporter; where none is on, no SDK is there (docs/decisions/0040-telemetry.md).
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Silo.Configuration;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace BankEzy.Sessions.Silo.Monitoring;

internal static class TelemetrySetup
{
    private const string Path = "/metrics";
    private const string ServiceName = "OTEL_SERVICE_NAME"; // OpenTelemetry's; it wins where it is set

    // Ours, Orleans', the server's and the runtime's.
    private static readonly string[] Meters =
    [
        Telemetry.Name, "Microsoft.Orleans", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime",
    ];

    // What others count at every request and every call of a grain, or count one by one for each collection (every location that Orleans
    // remembers), and no chart and no alert of ours looks at. Beginnings of names.
    private static readonly string[] LeftOut =
    [
        "http.server.active_requests", "orleans-app-requests-latency", "orleans-directory-cache-size", "orleans-directory-lookups-",
        "orleans-gateway-received", "orleans-gateway-sent", "orleans-manifest-cache-", "orleans-messaging-processing-",
        "orleans-messaging-received-", "orleans-messaging-sent-header-", "orleans-messaging-sent-local", "orleans-messaging-sent-messages-",
    ];

    private static readonly RoutePolicy ForScrapers = new(Listener.Management, RouteAccess.ManagementKey)
    {
        Roles = Roles.Metrics,
    };

    /// <summary>Adds the gauges and, where somebody is to get them, the exporters.</summary>
    public static void AddTelemetry(this IServiceCollection services, Settings settings, IConfiguration configuration)
    {
        var wanted = settings.Telemetry;
        if (wanted.Metrics || wanted.PushesMetrics || wanted.Traces)
        {
            AddExporters(services, wanted, configuration);
        }

        services.AddHostedService<NodeGauges>(); // once somebody listens
    }

    /// <summary>Maps the route of the metrics.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapPrometheusScrapingEndpoint(Path)
        .ExcludeFromDescription()
        .WithMetadata(new HttpMethodMetadata([HttpMethods.Get]), ForScrapers);

    private static void AddExporters(IServiceCollection services, TelemetrySettings wanted, IConfiguration configuration)
    {
        var telemetry = services.AddOpenTelemetry();
        if (string.IsNullOrEmpty(configuration[ServiceName]))
        {
            telemetry.ConfigureResource(static resource => resource.AddService("bankezy-sessions"));
        }

        if (wanted.Metrics || wanted.PushesMetrics)
        {
            telemetry.WithMetrics(metrics => AddMetrics(metrics, wanted));
        }

        if (wanted.Traces)
        {
            telemetry.WithTracing(static traces => traces.AddSource(Telemetry.Name).AddOtlpExporter());
        }
    }

    private static void AddMetrics(MeterProviderBuilder metrics, TelemetrySettings wanted)
    {
        metrics.AddMeter(Meters);
        metrics.AddView(static instrument => LeftOut.Any(name => instrument.Name.StartsWith(name, StringComparison.Ordinal))
            ? MetricStreamConfiguration.Drop
            : null);
        if (wanted.Traces)
        {
            metrics.SetExemplarFilter(ExemplarFilterType.TraceBased); // a slow sign-out in the chart leads to its trace
        }

        if (wanted.Metrics)
        {
            // A scrape says what is now, not what the last one said.
            metrics.AddPrometheusExporter(static options =>
                (options.ScopeInfoEnabled, options.ScrapeResponseCacheDurationMilliseconds) = (false, 0));
        }

        if (wanted.PushesMetrics)
        {
            metrics.AddOtlpExporter();
        }
    }
}
