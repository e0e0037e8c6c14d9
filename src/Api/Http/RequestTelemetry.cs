// What the gate says to the meter: refusals by their code, failures of ours, wrong keys, and the route for the server's own measurements.
using System.Diagnostics.Metrics;
using BankEzy.Sessions.Api.Admission;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace BankEzy.Sessions.Api.Http;

internal static class RequestTelemetry
{
    private static readonly Counter<long> Refusals = Telemetry.Counter(
        "requests.refused", "{request}", "Requests that were refused, or failed by a fault of the service (busy, unhandled), by code.");

    private static readonly Counter<long> KeyFailures =
        Telemetry.Counter("management.key_failures", "{attempt}", "Requests with a wrong management key.");

    /// <summary>Says that there was no wrong key yet: an alarm that looks for an increase must see the first one.</summary>
    public static void Announce() => KeyFailures.Add(0);

    /// <summary>Counts a refusal or a failure.</summary>
    /// <param name="http">The request.</param>
    /// <param name="code">Its code in docs/error-codes.md.</param>
    public static void Refused(HttpContext http, string code)
    {
        if (Refusals.Enabled)
        {
            var listener = http.Origin().Listener == Listener.Public ? "public" : "management";
            Refusals.Add(1, Telemetry.Tag("bankezy.sessions.code", code), Telemetry.Tag("bankezy.sessions.listener", listener));
        }
    }

    /// <summary>Counts a wrong management key.</summary>
    public static void KeyFailed() => KeyFailures.Add(1);

    /// <summary>Names the route in the server's <c>http.server.request.duration</c>: the gate finds most routes without the framework's
    /// routing, which would have done it.</summary>
    public static void NameRoute(HttpContext http, string route) =>
        http.Features.Get<IHttpMetricsTagsFeature>()?.Tags.Add(Telemetry.Tag("http.route", route));
}
