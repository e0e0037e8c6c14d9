// The first and the last lines: where the service listens, where its data is, in Development how to try it, and that it stops.
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace BankEzy.Sessions.Silo;

internal static partial class StartupBanner
{
    /// <summary>In Development, lines for a person; elsewhere a line of the log as every other.</summary>
    public static void Print(TextWriter output, WebApplication app)
    {
        var settings = app.Services.GetRequiredService<Settings>();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        var publicUrl = settings.Cluster.Role == NodeRole.Silo ? null : addresses[0];
        var log = settings.Store switch
        {
            StoreKind.Memory => "in memory: gone when this process ends",
            StoreKind.Postgres => "in PostgreSQL, as ConnectionStrings__Sessions says",
            _ => Path.GetFullPath(settings.SqlitePath),
        };
        LogStop(app);
        if (!settings.IsDevelopment)
        {
            LogReady(LoggerOf(app), publicUrl ?? "-", addresses[^1], log);
            return;
        }

        output.WriteLine("BankEzy.Sessions is ready.");
        if (publicUrl is not null)
        {
            output.WriteLine($"  public      {publicUrl}");
        }

        output.WriteLine($"  management  {addresses[^1]}");
        output.WriteLine($"  log         {log}");
        output.WriteLine($"  secrets     {settings.DataFolder} (made for Development)");
        if (settings.Simulator && publicUrl is not null)
        {
            PrintWalkThrough(output, publicUrl, addresses[^1], Path.Combine(settings.DataFolder, DevelopmentSecrets.ManagementKeyFile));
        }

        output.Flush();
    }

    private static ILogger LoggerOf(WebApplication app) =>
        app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(StartupBanner));

    private static void LogStop(WebApplication app)
    {
        var logger = LoggerOf(app);
        app.Lifetime.ApplicationStopping.Register(() => LogStopping(logger));
        app.Lifetime.ApplicationStopped.Register(() => LogStopped(logger));
    }

    private static void PrintWalkThrough(
        TextWriter output, string url, string management, string keyFile) => output.WriteLine($$"""

        Sign in and out (any PIN but 0000 is right):
          APP=$(curl -s -X POST {{url}}/token-service/new/v2/token -H 'X-API-KEY: MOB-APP-2001' -H 'X-ACCOUNT-NUMBER: 100' | sed 's/.*"token":"\([^"]*\)".*/\1/')
          LOGIN=$(curl -s -X POST {{url}}/onboarding/user/login/v1 -H "X-API-TOKEN: $APP" -H 'X-API-KEY: MOB-APP-2001' -H 'X-ACCOUNT-NUMBER: 100' -d '{"keyRef":"","pin":"1111","signInMode":1,"token":"'$APP'","authType":"1","deviceId":"anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb"}' -H 'Content-Type: text/plain' | sed 's/.*"token":"\([^"]*\)".*/\1/')
          curl -X POST {{url}}/onboarding/user/logout/v1 -H "X-API-TOKEN: $LOGIN" -H 'X-API-KEY: MOB-APP-2001' -H 'Content-Type: text/plain' -d '{"signOutMode":1,"deviceId":"anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb","token":"'$APP'"}'
        Ask whether the session is alive (before the last command it is):
          curl -X POST {{management}}/internal/introspect/v1 -H "Authorization: Bearer $(cat '{{keyFile}}')" -d "token=$LOGIN"
        """);

    [LoggerMessage(1001, LogLevel.Information, "evt=ready public={Public} management={Management} log={Log}")]
    private static partial void LogReady(ILogger logger, string @public, string management, string log);

    [LoggerMessage(1002, LogLevel.Information, "evt=stopping: the node finishes what it has and refuses what is new.")]
    private static partial void LogStopping(ILogger logger);

    [LoggerMessage(1003, LogLevel.Information, "evt=stopped")]
    private static partial void LogStopped(ILogger logger);
}
