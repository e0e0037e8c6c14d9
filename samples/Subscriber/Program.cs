// A service of the bank that receives sign-outs: a silo of its own in the cluster of BankEzy.Sessions. See README.md beside this file.
using System.Net;
using BankEzy.Sessions;
using BankEzy.Sessions.Samples;
using Orleans.Configuration;

var builder = Host.CreateApplicationBuilder(args);
var settings = builder.Configuration;
builder.Logging.SetMinimumLevel(LogLevel.Warning);
builder.UseOrleans(silo =>
{
    silo.Configure<ClusterOptions>(ids =>
        (ids.ClusterId, ids.ServiceId) = (settings["ClusterId"] ?? "bankezy-sessions", "bankezy-sessions"));
    silo.UseAdoNetClustering(database =>
        (database.Invariant, database.ConnectionString) = ("Npgsql", settings.GetConnectionString("Sessions")!));
    silo.ConfigureEndpoints(IPAddress.Parse(settings["Address"] ?? "127.0.0.1"), settings.GetValue("SiloPort", 11_112), gatewayPort: 0);
    silo.UseSignOutStreams();
});
using var host = builder.Build();
await host.StartAsync();
if (settings["Subscribe"] is { } program)
{
    await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IProgramSubscriber>(program).Subscribe();
}

Console.WriteLine("ready");
await host.WaitForShutdownAsync();
