// The whole surface of the service, on one screen.
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Health;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Notices;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Sessions;
using BankEzy.Sessions.Api.Simulator;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Api;

/// <summary>The routes of both listeners.</summary>
public static class ApiRoutes
{
    private static readonly RoutePolicy ForApps = new(Listener.Public, RouteAccess.Open);
    private static readonly RoutePolicy ForServices = new(Listener.Management, RouteAccess.ManagementKey);
    private static readonly RoutePolicy ForProbes = new(Listener.Management, RouteAccess.Open);

    /// <summary>Registers what the probes need, for a node that answers nothing else.</summary>
    public static IServiceCollection AddProbes(this IServiceCollection services) => services
        .AddSingleton<ManagementKeys>().AddSingleton<LogThrottle>().AddSingleton<RequestSlots>().AddSingleton<RefusalLog>()
        .AddSingleton<ForgedTokenLimiter>().AddSingleton<RefusalWriter>().AddSingleton<RequestGate>().AddSingleton<NodeState>()
        .AddSingleton<Probes>();

    /// <summary>Registers what the routes need.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services) => services.AddProbes()
        .AddSingleton<Credentials>()
        .AddSingleton<Logout.Logout>().AddSingleton<ListSessions>().AddSingleton<ReportSignIn>().AddSingleton<Introspect>()
        .AddSingleton<FeedPump>().AddHostedService(services => services.GetRequiredService<FeedPump>()).AddSingleton<StreamFeed>()
        .AddSingleton<NoticeStreamLimits>().AddSingleton<StreamNotices>().AddSingleton<Acknowledge>()
        .AddSingleton<Timeline>().AddSingleton<ShowUser>().AddSingleton<GetAppToken>().AddSingleton<Login>();

    /// <summary>Adds the probes' routes.</summary>
    public static void MapProbes(this IEndpointRouteBuilder routes)
    {
        Probes.MapLive(routes).WithMetadata(ForProbes);
        routes.ServiceProvider.GetRequiredService<Probes>().MapReady(routes).WithMetadata(ForProbes);
    }

    /// <summary>Adds every route, each with its listener and what it asks of its caller.</summary>
    public static void MapApi(this IEndpointRouteBuilder routes)
    {
        var services = routes.ServiceProvider;
        T Get<T>() where T : notnull => services.GetRequiredService<T>();

        Get<Logout.Logout>().Map(routes).WithMetadata(ForApps);
        Get<ListSessions>().Map(routes).WithMetadata(ForApps);
        Get<StreamNotices>().Map(routes).WithMetadata(ForApps);
        Get<Acknowledge>().Map(routes).WithMetadata(ForApps);

        Get<ReportSignIn>().Map(routes).WithMetadata(ForServices);
        Get<Introspect>().Map(routes).WithMetadata(ForServices);
        Get<Timeline>().Map(routes).WithMetadata(ForServices);
        Get<ShowUser>().Map(routes).WithMetadata(ForServices);
        Get<StreamFeed>().Map(routes).WithMetadata(ForServices);
        routes.MapOpenApi(ApiDocument.Path).WithMetadata(ForServices);

        routes.MapProbes();
        if (Get<ApiOptions>().Simulator)
        {
            Get<GetAppToken>().Map(routes).WithMetadata(ForApps);
            Get<Login>().Map(routes).WithMetadata(ForApps);
        }
    }
}
