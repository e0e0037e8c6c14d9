// The gauges of a node. Each is a look at what is there anyway, taken when somebody reads the metrics.
using System.Diagnostics.Metrics;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Logout;
using BankEzy.Sessions.Api.Notices;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Silo.Configuration;

namespace BankEzy.Sessions.Silo.Monitoring;

/// <summary>Offers the gauges while the node runs.</summary>
/// <param name="services">What is looked at; a node without a front end or without users has less of it.</param>
internal sealed class NodeGauges(IServiceProvider services) : IHostedService, IDisposable
{
    private const string HandlesFolder = "/proc/self/fd";

    private static readonly string[] States = ["active", "joining", "leaving", "dead"];

    private readonly Meter _meter = Telemetry.NewMeter();

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        IntegrityFailures.Announce();
        RequestTelemetry.Announce();
        if (services.GetService<FeedPump>() is { } pump)
        {
            SignOutReport.Announce();
            ObserveFrontEnd(pump);
        }

        if (services.GetService<ISiloStatusOracle>() is { } cluster)
        {
            _meter.CreateObservableGauge(
                Telemetry.Prefix + "cluster.silos", () => Count(cluster), "{silo}", "Silos by state, as this one sees the cluster.");
        }

        if (services.GetRequiredService<Settings>().Cluster.Tls is { } tls)
        {
            var (ends, clock) = (ClusterTlsSetup.EndsAt(tls), services.GetRequiredService<TimeProvider>());
            _meter.CreateObservableGauge(
                Telemetry.Prefix + "certificate.remaining", () => (ends - clock.GetUtcNow()).TotalSeconds, "s",
                "Until the certificate of the ports between nodes, or that of its authority, ends; below 0 it has ended.");
        }

        if (Directory.Exists(HandlesFolder) && HostRules.ReadFileHandlesMax() is { } max)
        {
            Gauge("handle.used", "{handle}", "Files and sockets that this process has open.",
                static () => Directory.EnumerateFileSystemEntries(HandlesFolder).Count());
            Gauge("handle.limit", "{handle}", "Files and sockets that this process may have open.", () => max);
        }

        _meter.CreateObservableGauge(
            Telemetry.Prefix + "diagnostics.wait", static () => WatchedOutput.WaitsFor.TotalSeconds, "s",
            "How long the log has waited for the reader of standard output; beyond 2,500 lines it drops what comes.");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private void ObserveFrontEnd(FeedPump pump)
    {
        var (slots, notices, feed) = (services.GetRequiredService<RequestSlots>(),
            services.GetRequiredService<NoticeStreamLimits>(), services.GetRequiredService<FeedOfAll>());
        var connections = services.GetRequiredService<ConnectionLimits>();
        Gauge("connection.used", "{connection}", "Open connections of both listeners.", () => connections.Open);
        Gauge("connection.limit", "{connection}", "Open connections at which a new one of the public listener is closed at once.",
            () => connections.MaxOfPublic);
        Gauge("slot.used", "{slot}", "Requests that are worked on at once on the public listener.", () => slots.Taken);
        Gauge("slot.limit", "{slot}", "Requests that may be worked on at once on the public listener.", () => slots.Max);
        _meter.CreateObservableUpDownCounter(
            Telemetry.Prefix + "stream.active",
            () => new[]
            {
                new Measurement<int>(notices.Open, Telemetry.Tag("bankezy.sessions.kind", "notices")),
                new Measurement<int>(feed.Open, Telemetry.Tag("bankezy.sessions.kind", "feed")),
            },
            "{stream}", "Open streams by kind.");
        _meter.CreateObservableGauge(
            Telemetry.Prefix + "feed.lag", () => pump.Lag.TotalSeconds, "s",
            "How long this node's reader of the feed has not come to its end; 0 when it is level.");
        _meter.CreateObservableGauge(
            Telemetry.Prefix + "notice.pending_age", () => pump.OldestUnsent().TotalSeconds, "s",
            "Age of the oldest event that an open stream of notices of this node has not sent yet.");
    }

    private void Gauge(string name, string unit, string description, Func<int> look) =>
        _meter.CreateObservableGauge(Telemetry.Prefix + name, look, unit, description);

    private static IEnumerable<Measurement<int>> Count(ISiloStatusOracle cluster)
    {
        var states = cluster.GetApproximateSiloStatuses(onlyActive: false).Values.Select(NameOf).ToList();
        return States.Select(state =>
            new Measurement<int>(states.Count(one => one == state), Telemetry.Tag("bankezy.sessions.state", state)));
    }

    private static string NameOf(SiloStatus status) => status switch
    {
        SiloStatus.Active => "active",
        SiloStatus.Created or SiloStatus.Joining => "joining",
        SiloStatus.ShuttingDown or SiloStatus.Stopping => "leaving",
        _ => "dead",
    };
}
