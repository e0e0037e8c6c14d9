// Orleans' dashboard on the management listener. It shows how many grains and calls there are, and how silos fare: no grain's state, no
// grain's key and no log line (docs/decisions/0013-dashboard.md).
using System.Collections.Frozen;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Security;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace BankEzy.Sessions.Silo.Cluster;

internal static class Dashboard
{
    private const string Prefix = "/orleans";

    private static readonly RoutePolicy ForOperators = new(Listener.Management, RouteAccess.ManagementKey)
    {
        Prefix = Prefix,
        Roles = RouteRoles.Of(HttpMethods.Get, Prefix),
    };

    // The routes that have been looked at. What is not here does not exist: GrainState (what a grain holds), Trace (the log as it is
    // written), Reminders (there are none), and every route that a later version of the package adds.
    private static readonly FrozenSet<string> Shown = new[]
    {
        "/", "/index.html", "/favicon.ico", "/index.min.js", "/index.css", "/fonts/{**path}", "/img/{**path}", "/version",
        "/DashboardCounters", "/ClusterStats", "/HistoricalStats/{*path}", "/SiloProperties/{*address}", "/SiloStats/{*address}",
        "/SiloCounters/{*address}", "/GrainStats/{*grainName}", "/TopGrainMethods", "/GrainTypes",
    }.Select(route => Prefix + route).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Adds what a silo counts for the dashboard; or, where it is off, takes the dashboard's grains out of what the silo offers to
    /// host: another silo's dashboard would be activated here, and could not be.</summary>
    public static void AddTo(ISiloBuilder silo, bool isOn)
    {
        if (isOn)
        {
            silo.AddDashboard(static options => options.HideTrace = true);
        }
        else
        {
            silo.Services.PostConfigure<GrainTypeOptions>(static types =>
                types.Classes.RemoveWhere(static type => type.Assembly == typeof(DashboardOptions).Assembly));
        }
    }

    /// <summary>Maps its routes.</summary>
    public static void MapDashboard(this IEndpointRouteBuilder routes) => routes.MapOrleansDashboard(Prefix)
        .AddEndpointFilter(HideOthers)
        .ExcludeFromDescription()
        .WithMetadata(ForOperators);

    private static ValueTask<object?> HideOthers(EndpointFilterInvocationContext call, EndpointFilterDelegate next)
    {
        var http = call.HttpContext;
        if (http.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route } && Shown.Contains(route))
        {
            return next(call);
        }

        http.SetEndpoint(null); // The gate answers as for every path that does not exist.
        return ValueTask.FromResult<object?>(Results.StatusCode(StatusCodes.Status404NotFound));
    }
}
