// A peer: what anybody would write first. ASP.NET Core, and one INSERT for each request.
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace BankEzy.Sessions.Benchmarks.Processes;

/// <summary>
/// Takes the service's own requests. It opens no token, knows no sessions and notifies nobody: less work than the service does. A row is
/// committed before each 200. The connections are pooled and the statement is prepared once on each.
/// </summary>
internal static class PlainInsertServer
{
    public const string Table = """
        CREATE TABLE logouts (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token text NOT NULL, device text NOT NULL, mode integer NOT NULL,
            at timestamptz NOT NULL DEFAULT now())
        """;

    /// <summary>Names the database and the size of the pool.</summary>
    public const string Connection = "ConnectionStrings__Peer";

    public static async Task Run()
    {
        var settings = new NpgsqlDataSourceBuilder(Environment.GetEnvironmentVariable(Connection)!);
        settings.ConnectionStringBuilder.NoResetOnClose = true; // or the prepared statement would be thrown away
        settings.ConnectionStringBuilder.MaxAutoPrepare = 4;
        settings.ConnectionStringBuilder.AutoPrepareMinUsages = 1;
        await using var database = settings.Build();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls(Environment.GetEnvironmentVariable("Sessions__Public__Url")!);
        await using var app = builder.Build();
        app.MapGet("/health", () => "ready");
        app.MapPost("/onboarding/user/logout/v1", http => SignOut(http, database));
        await app.RunAsync();
    }

    private static async Task SignOut(HttpContext http, NpgsqlDataSource database)
    {
        using var body = await JsonDocument.ParseAsync(http.Request.Body);
        await using var insert = database.CreateCommand("INSERT INTO logouts (token, device, mode) VALUES ($1, $2, $3)");
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = http.Request.Headers["X-API-TOKEN"].ToString()[^64..] });
        insert.Parameters.Add(new NpgsqlParameter<string> { TypedValue = body.RootElement.GetProperty("deviceId").GetString()! });
        insert.Parameters.Add(new NpgsqlParameter<int> { TypedValue = body.RootElement.GetProperty("signOutMode").GetInt32() });
        await insert.ExecuteNonQueryAsync();
        Api.Http.Answer.WriteJson(http.Response, 200, System.Text.Encoding.ASCII.GetBytes(Load.ExpectedAnswer.Success.Body));
    }
}
