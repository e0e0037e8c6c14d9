// The whole surface of the service, on one screen.
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Audit;
using BankEzy.Sessions.Api.Feed;
using BankEzy.Sessions.Api.Health;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Incidents;
using BankEzy.Sessions.Api.Notices;
using BankEzy.Sessions.Api.OnBehalf;
using BankEzy.Sessions.Api.Pages;
using BankEzy.Sessions.Api.RawLog;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Sessions;
using BankEzy.Sessions.Api.Simulator;
using BankEzy.Sessions.Api.Status;
using BankEzy.Sessions.Api.SupportConsole;
using BankEzy.Sessions.Api.Users;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace BankEzy.Sessions.Api;

/// <summary>The routes of both listeners.</summary>
public static class ApiRoutes
{
    private static readonly RoutePolicy ForApps = new(Listener.Public, RouteAccess.Open);
    private static readonly RoutePolicy ForServices = new(Listener.Management, RouteAccess.ManagementKey);
    private static readonly RoutePolicy ForProbes = new(Listener.Management, RouteAccess.Open) { IsProbe = true };
    private static readonly RoutePolicy ForEverybody = new(Listener.Management, RouteAccess.Open);
    private static readonly int[] RefusalsOfAll = [400, 401, 429, 503];
    private static readonly int[] RefusalsOfBody = [400, 401, 408, 413, 415, 429, 503];
    private static readonly int[] RefusalsOfKeys = [403];

    /// <summary>Registers what the probes need, for a node that answers nothing else.</summary>
    public static IServiceCollection AddProbes(this IServiceCollection services) => services
        .AddSingleton<ManagementKeys>().AddSingleton<ManagementAccess>().AddSingleton<LogThrottle>().AddSingleton<RequestSlots>()
        .AddSingleton<RefusalLog>().AddSingleton<RefusalCounts>().AddSingleton<WrongKeyLimiter>().AddSingleton<RefusalWriter>()
        .AddSingleton<RequestGate>().AddSingleton<NodeState>().AddSingleton<ConnectionLimits>()
        .AddSingleton<CrossOrigin>().AddSingleton<ConsoleSessions>().AddSingleton<Probes>();

    /// <summary>Registers what the routes need.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services) => services.AddProbes()
        .AddSingleton<ForgedTokenLimiter>().AddSingleton<Credentials>()
        .AddSingleton<Logout.SignOutReport>().AddSingleton<Logout.Logout>()
        .AddSingleton<ListSessions>().AddSingleton<ReportSignIn>().AddSingleton<Introspect>().AddSingleton<Revoke>()
        .AddSingleton<FeedPump>().AddHostedService(services => services.GetRequiredService<FeedPump>())
        .AddSingleton<FeedOfAll>().AddSingleton<StreamFeed>().AddSingleton<StreamWakes>()
        .AddSingleton<NoticeStreamLimits>().AddSingleton<NoticeTickets>().AddSingleton<GetNoticeTicket>()
        .AddSingleton<StreamNotices>().AddSingleton<Acknowledge>()
        .AddSingleton<Preflight>().AddSingleton<Incidents.Incidents>().AddSingleton<AppVersionLocks>().AddSingleton<ListAppVersionLocks>()
        .AddSingleton<AuditTrail>().AddSingleton<ShowAudit>().AddSingleton<ShowLog>()
        .AddSingleton<SignOutForUser>().AddSingleton<LockSignIns>().AddSingleton<WakeDevice>().AddSingleton<RevokeUser>()
        .AddSingleton<SignOutElsewhere>().AddSingleton<NameDevice>()
        .AddSingleton<MaySeeAccounts>(static _ => static http => http.ManagementCaller().Has(Roles.Audit))
        .AddSingleton<UserEvents>().AddSingleton<UserEndings>()
        .AddSingleton<Timeline>().AddSingleton<ShowUser>().AddSingleton<SearchUsers>().AddSingleton<ExportUser>()
        .AddSingleton<StreamUser>().AddSingleton<ShowStatus>().AddSingleton<GetAppToken>().AddSingleton<Login>()
        .AddSingleton<ShowTimeline>();

    /// <summary>Registers the support console.</summary>
    public static IServiceCollection AddConsole(this IServiceCollection services) =>
        services.AddSingleton<ConsoleKeyLimiter>().AddSingleton<SignInToConsole>().AddSingleton<ConsolePages>();

    /// <summary>Registers the demo, which is for Development only.</summary>
    public static IServiceCollection AddDemo(this IServiceCollection services, DemoOptions options) =>
        services.AddSingleton(options).AddSingleton<DemoPage>();

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

        Get<Logout.Logout>().Map(routes).For(ForApps);
        Get<ListSessions>().Map(routes).For(ForApps);
        Get<SignOutElsewhere>().Map(routes).For(ForApps);
        Get<NameDevice>().Map(routes).For(ForApps);
        Get<StreamNotices>().Map(routes).For(ForApps);
        Get<Acknowledge>().Map(routes).For(ForApps);
        Get<GetNoticeTicket>().Map(routes).For(ForApps);

        Get<ReportSignIn>().Map(routes).For(ForServices);
        Get<Introspect>().Map(routes).For(ForServices);
        Get<Revoke>().Map(routes).For(ForServices);
        Get<SignOutForUser>().Map(routes).For(ForServices);
        Get<LockSignIns>().MapLock(routes).For(ForServices);
        Get<LockSignIns>().MapRelease(routes).For(ForServices);
        Get<StreamWakes>().Map(routes).For(ForServices);
        Get<WakeDevice>().Map(routes).For(ForServices);
        Get<RevokeUser>().Map(routes).For(ForServices);
        Get<Timeline>().Map(routes).For(ForServices);
        Get<ShowUser>().Map(routes).For(ForServices);
        Get<SearchUsers>().Map(routes).For(ForServices);
        Get<ExportUser>().Map(routes).For(ForServices);
        Get<ShowStatus>().Map(routes).For(ForServices);
        Get<StreamFeed>().Map(routes).For(ForServices);
        Get<ShowLog>().Map(routes).For(ForServices);
        Get<ShowAudit>().Map(routes).For(ForServices);
        Get<ListAppVersionLocks>().Map(routes).For(ForServices);
        foreach (var route in Get<Incidents.Incidents>().Map(routes))
        {
            route.For(ForServices);
        }

        routes.MapOpenApi(ApiDocument.Path).With(Get<ApiOptions>().ShowsDescription ? ForEverybody : ForServices);

        routes.MapProbes();
        if (Get<ApiOptions>().Simulator)
        {
            Get<GetAppToken>().Map(routes).For(ForApps);
            Get<Login>().Map(routes).For(ForApps);
            Get<ShowTimeline>().Map(routes).For(ForApps);
        }

        foreach (var page in services.GetService<ConsolePages>()?.Map(routes) ?? [])
        {
            page.Route.WithMetadata(ForEverybody with { Prefix = page.Prefix });
        }

        foreach (var file in services.GetService<DemoPage>()?.Map(routes) ?? [])
        {
            file.WithMetadata(ForApps);
        }
    }

    // The policy, and the refusals that come with it: what the gate and the body's reader answer is not each use case's to say.
    private static void For(this IEndpointConventionBuilder route, RoutePolicy policy)
    {
        route.With(policy);
        route.Add(endpoint =>
        {
            var hasBody = endpoint.Metadata.OfType<IAcceptsMetadata>().Any();
            foreach (var status in (hasBody ? RefusalsOfBody : RefusalsOfAll).Concat(policy == ForServices ? RefusalsOfKeys : []))
            {
                endpoint.Metadata.Add(new ProducesResponseTypeMetadata(status, typeof(FixedAnswer), ["application/json"]));
            }
        });
    }

    // A route that asks for a key says here which roles open it. One that RouteRoles does not know stops the start.
    private static void With(this IEndpointConventionBuilder route, RoutePolicy policy) => route.Add(endpoint =>
    {
        var path = ((RouteEndpointBuilder)endpoint).RoutePattern.RawText ?? "";
        var methods = endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault()?.HttpMethods ?? [];
        var roles = methods.Select(method => RouteRoles.Of(method, path)).DefaultIfEmpty().Aggregate((all, more) => all & more);
        endpoint.Metadata.Add(policy.Access == RouteAccess.Open ? policy : policy with { Roles = roles });
    });
}
