// The first lines: where the service listens, where its data is, and in Development how to try it.
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace BankEzy.Sessions.Silo;

internal static class StartupBanner
{
    public static void Print(TextWriter output, WebApplication app)
    {
        var settings = app.Services.GetRequiredService<Settings>();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        output.WriteLine($"BankEzy.Sessions is ready.");
        if (settings.Cluster.Role != NodeRole.Silo)
        {
            output.WriteLine($"  public      {addresses[0]}");
        }

        output.WriteLine($"  management  {addresses[^1]}");
        output.WriteLine("  log         " + settings.Store switch
        {
            StoreKind.Memory => "in memory: gone when this process ends",
            StoreKind.Postgres => "in PostgreSQL, as ConnectionStrings__Sessions says",
            _ => Path.GetFullPath(settings.SqlitePath),
        });
        if (settings.IsDevelopment)
        {
            output.WriteLine($"  secrets     {settings.DataFolder} (made for Development; management.key is the bearer key)");
        }

        if (settings.Simulator && settings.Cluster.Role != NodeRole.Silo)
        {
            PrintWalkThrough(output, addresses[0]);
        }

        output.Flush();
    }

    private static void PrintWalkThrough(TextWriter output, string url) => output.WriteLine($$"""

        Sign in and out (any PIN but 0000 is right):
          APP=$(curl -s -X POST {{url}}/token-service/new/v2/token -H 'X-API-KEY: MOB-APP-2001' -H 'X-ACCOUNT-NUMBER: 100' | sed 's/.*"token":"\([^"]*\)".*/\1/')
          LOGIN=$(curl -s -X POST {{url}}/onboarding/user/login/v1 -H "X-API-TOKEN: $APP" -H 'X-API-KEY: MOB-APP-2001' -H 'X-ACCOUNT-NUMBER: 100' -d '{"keyRef":"","pin":"1111","signInMode":1,"token":"'$APP'","authType":"1","deviceId":"anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb"}' -H 'Content-Type: text/plain' | sed 's/.*"token":"\([^"]*\)".*/\1/')
          curl -X POST {{url}}/onboarding/user/logout/v1 -H "X-API-TOKEN: $LOGIN" -H 'X-API-KEY: MOB-APP-2001' -H 'Content-Type: text/plain' -d '{"signOutMode":1,"deviceId":"anid:lIWuLfmQ7Qmb+Ond5gzXdtMvxyX8EnevuDO/Ggpl7S8=:f3bb","token":"'$APP'"}'
        """);
}
