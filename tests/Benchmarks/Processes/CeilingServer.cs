// The ceiling: bare Kestrel, reading the same requests and writing answers of the same bytes,
// and doing nothing between the two.
using System.Net;
using BankEzy.Sessions.Benchmarks.Load;
using BankEzy.Sessions.Silo;
using BankEzy.Sessions.Silo.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace BankEzy.Sessions.Benchmarks.Processes;

/// <summary>A server that cannot be slower than Kestrel itself.</summary>
internal static class CeilingServer
{
    private static readonly byte[] Logout = System.Text.Encoding.ASCII.GetBytes(ExpectedAnswer.Success.Body);

    // As long as a real one.
    private static readonly byte[] Introspection = System.Text.Encoding.ASCII.GetBytes(
        """{"active":true,"sid":"0e9b7a54-32c1-4f60-8d7e-aabbccddeeff","sub":"10000000000","iat":1800000000,"exp":1800000000}""");

    public static async Task Run()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var settings = SettingsRules.Read(builder.Configuration, builder.Environment.IsDevelopment());
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None); // as the service: it costs an activity each
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var url in (Uri[])[settings.PublicUrl, settings.ManagementUrl]) // introspections are sent to the second one
            {
                kestrel.Listen(IPAddress.Loopback, url.Port, static listener => listener.Protocols = HttpProtocols.Http1);
            }
        });
        builder.WebHost.UseSockets(Listeners.Configure);
        await using var app = builder.Build();
        app.Run(Answer);
        await app.RunAsync();
    }

    private static async Task Answer(HttpContext http)
    {
        var reader = http.Request.BodyReader;
        while (true)
        {
            var read = await reader.ReadAsync();
            if (read.IsCompleted)
            {
                reader.AdvanceTo(read.Buffer.End);
                break;
            }

            reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }

        var answer = http.Request.Path.Value == Api.Logout.Logout.Path ? Logout : Introspection;
        Sessions.Api.Http.Answer.WriteJson(http.Response, 200, answer);
    }
}
