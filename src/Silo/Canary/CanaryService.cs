// Runs the canary of each program that has one, on one silo, again and again. The two gauges that come of it are what a phone and a bank's
// service see; everything else that is measured is what the service sees of itself.
using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using BankEzy.Sessions.Api.Simulator;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace BankEzy.Sessions.Silo.Canary;

/// <summary>Registers the canary.</summary>
internal static class CanarySetup
{
    /// <summary>Adds it where a program has one.</summary>
    public static void AddCanary(this IServiceCollection services, Settings settings)
    {
        if (settings.Programs.Any(program => program.Canary))
        {
            services.AddSingleton<CanaryService>().AddHostedService(static services => services.GetRequiredService<CanaryService>());
        }
    }
}

/// <summary>Runs the canary on the oldest silo.</summary>
/// <param name="settings">Which programs have one, and how it reaches the service.</param>
/// <param name="server">Knows the node's own addresses.</param>
/// <param name="tokens">Makes its tokens.</param>
/// <param name="oldest">Knows whether this silo runs it.</param>
/// <param name="time">The clock of the interval.</param>
/// <param name="logger">Where a run that was not right is logged.</param>
internal sealed partial class CanaryService(
    Settings settings, IServer server, SimulatorTokens tokens, OldestSilo oldest, TimeProvider time, ILogger<CanaryService> logger)
    : BackgroundService
{
    /// <summary>A sign-out that takes effect later than this is late.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromSeconds(10);

    private static readonly Counter<long> Runs =
        Telemetry.Counter("canary.runs", "{run}", "Runs of the canary, by what came out: ok, late or failed.");

    private readonly ConcurrentDictionary<int, CanaryResult> _last = new();
    private readonly Meter _meter = Telemetry.NewMeter();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false });

    /// <summary>One round: a run for each program that has a canary.</summary>
    public async Task Round(CancellationToken stop)
    {
        var targets = Targets();
        foreach (var program in settings.Programs.Where(program => program.Canary))
        {
            await Run(program, targets, stop);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _meter.Dispose();
        _http.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Gauge("canary.refused_after", "From the answer 200 until every node refused the session.", static last => last.RefusedAfter);
        Gauge("canary.told_after", "From the answer 200 until the other device had its notice.", static last => last.NotifiedAfter);
        foreach (var program in settings.Programs.Where(program => program.Canary))
        {
            Count(program, "ok", 0);
            Count(program, "late", 0);
            Count(program, "failed", 0);
        }

        using var timer = new PeriodicTimer(settings.Telemetry.Canary.Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            if (oldest.IsThisOne())
            {
                await Round(stoppingToken);
            }
            else
            {
                _last.Clear(); // What this silo once measured is not what holds now.
            }
        }
    }

    private async Task Run(ProgramSettings program, CanaryTargets targets, CancellationToken stop)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        enough.CancelAfter(GiveUpAfter);
        try
        {
            var result = await new CanaryRun(_http, targets, tokens, program).Run(enough.Token);
            _last[program.Id] = result;
            var isLate = result.RefusedAfter > LateAfter || result.NotifiedAfter > LateAfter;
            Count(program, isLate ? "late" : "ok");
            if (isLate)
            {
                LogLate(logger, program.Id, (long)result.RefusedAfter.TotalMilliseconds, (long)result.NotifiedAfter.TotalMilliseconds);
            }
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            // What breaks off while the node stops is no fault.
        }
        catch (Exception e)
        {
            Count(program, "failed");
            LogFailed(logger, program.Id, e is CanaryException ? e.Message
                : e is OperationCanceledException ? $"not done within {GiveUpAfter.TotalSeconds} s"
                : $"{e.GetType().Name}: a node could not be reached");
        }
    }

    private static void Count(ProgramSettings program, string outcome, int runs = 1) => Runs.Add(
        runs, Telemetry.Tag("bankezy.sessions.program", program.Id), Telemetry.Tag("bankezy.sessions.outcome", outcome));

    private void Gauge(string name, string description, Func<CanaryResult, TimeSpan> look) => _meter.CreateObservableGauge(
        Telemetry.Prefix + name,
        () => _last.Select(one =>
            new Measurement<double>(look(one.Value).TotalSeconds, Telemetry.Tag("bankezy.sessions.program", one.Key))),
        "s", description);

    private CanaryTargets Targets()
    {
        var (canary, addresses) = (settings.Telemetry.Canary, server.Features.Get<IServerAddressesFeature>()!.Addresses);
        return new CanaryTargets(
            canary.PublicUrl ?? Reachable(addresses.First()),
            canary.Nodes.Count > 0 ? canary.Nodes : [Reachable(addresses.Last())],
            canary.Key);
    }

    // A listener on every address is reached by the loopback address as well.
    private static Uri Reachable(string address)
    {
        var url = new UriBuilder(address);
        url.Host = url.Host is "0.0.0.0" or "[::]" or "+" or "*" ? "localhost" : url.Host;
        return url.Uri;
    }

    [LoggerMessage(1301, LogLevel.Error, "evt=canary.failed program={Program}: {Step}.")]
    private static partial void LogFailed(ILogger logger, int program, string step);

    [LoggerMessage(1302, LogLevel.Warning,
        "evt=canary.late program={Program} refused_ms={RefusedMs} told_ms={NotifiedMs}: a sign-out took effect later than it should.")]
    private static partial void LogLate(ILogger logger, int program, long refusedMs, long notifiedMs);
}
