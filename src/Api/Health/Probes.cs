// GET /health/live and /health/ready on the management listener.
using BankEzy.Sessions.Api.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Api.Health;

/// <summary>Says whether the log can take events and be read; returns when it can and throws when it cannot.</summary>
public delegate ValueTask CheckLog(CancellationToken cancellation);

/// <summary>Answers the probes of an orchestrator or a load balancer.</summary>
/// <param name="node">Whether the node is stopping.</param>
/// <param name="cluster">Whether users' grains can be reached.</param>
/// <param name="checkLog">Checks the log.</param>
/// <param name="throttle">Keeps lines of one kind few: several load balancers may probe, each of them often.</param>
/// <param name="logger">Where a failed check is logged; the probe's answer says only that it failed.</param>
public sealed partial class Probes(
    NodeState node, IClusterConnection cluster, CheckLog checkLog, LogThrottle throttle, ILogger<Probes> logger)
{
    // Apart from the lines of failed requests, which are counted by the exception's type.
    private static readonly object StoreCause = new();
    private static readonly object SiloCause = new();

    private static readonly byte[] Live = Status("live");
    private static readonly byte[] Ready = Status("ready");
    private static readonly byte[] Stopping = Status("stopping");
    private static readonly byte[] StoreDown = Status("store unavailable");
    private static readonly byte[] NoSilo = Status("no silo can be reached");

    /// <summary>Adds the route that says whether the process should be left running.</summary>
    public static IEndpointConventionBuilder MapLive(IEndpointRouteBuilder routes) => routes.MapGet("/health/live", (Delegate)HandleLive)
        .WithName("live").WithSummary("200 while the process runs").Produces<HealthStatus>(200);

    /// <summary>Adds the route that says whether requests should be sent here.</summary>
    public IEndpointConventionBuilder MapReady(IEndpointRouteBuilder routes) => routes.MapGet("/health/ready", (Delegate)HandleReady)
        .WithName("ready").WithSummary("200 while the node takes requests and the log takes events, else 503")
        .Produces<HealthStatus>(200).Produces<HealthStatus>(503);

    private static byte[] Status(string status) => PlainJson.Line(new HealthStatus(status), ApiJson.Plain.HealthStatus);

    private static Task HandleLive(HttpContext http)
    {
        Answer.WriteJson(http.Response, 200, Live);
        return Task.CompletedTask;
    }

    private async Task HandleReady(HttpContext http)
    {
        if (node.IsStopping)
        {
            Answer.WriteJson(http.Response, 503, Stopping);
            return;
        }

        try
        {
            await cluster.Check(http.RequestAborted);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested)
        {
            if (throttle.TryAcquire(SiloCause, out var leftOut))
            {
                LogNoSilo(logger, e.GetType().Name, leftOut);
            }

            Answer.WriteJson(http.Response, 503, NoSilo);
            return;
        }

        try
        {
            await checkLog(http.RequestAborted);
            Answer.WriteJson(http.Response, 200, Ready);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested)
        {
            if (throttle.TryAcquire(StoreCause, out var leftOut))
            {
                LogNotReady(logger, e.GetType().Name, e.Message, leftOut);
            }

            Answer.WriteJson(http.Response, 503, StoreDown);
        }
    }

    // The message says what to do; where in the code it was found helps nobody who reads it at night.
    [LoggerMessage(2201, LogLevel.Error, "Not ready: the log cannot be used. kind={Kind} left_out={LeftOut}: {Reason}")]
    private static partial void LogNotReady(ILogger logger, string kind, string reason, int leftOut);

    [LoggerMessage(2202, LogLevel.Error, "Not ready: no silo of the cluster can be reached. kind={Kind} left_out={LeftOut}")]
    private static partial void LogNoSilo(ILogger logger, string kind, int leftOut);
}

/// <summary>How a node stands.</summary>
/// <param name="Status">live, ready, stopping, or which part cannot be used.</param>
public sealed record HealthStatus(string Status);
