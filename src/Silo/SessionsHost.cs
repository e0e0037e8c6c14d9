// Puts the service together: settings, store, cluster, listeners. Reads from top to bottom.
using System.Buffers.Text;
using BankEzy.Sessions.Api;
using BankEzy.Sessions.Api.Admission;
using BankEzy.Sessions.Api.Health;
using BankEzy.Sessions.Api.Http;
using BankEzy.Sessions.Api.Pages;
using BankEzy.Sessions.Api.Security;
using BankEzy.Sessions.Api.Simulator;
using BankEzy.Sessions.Api.Tokens;
using BankEzy.Sessions.Audit;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.EventStore.Sqlite;
using BankEzy.Sessions.Gates;
using BankEzy.Sessions.Silo.Canary;
using BankEzy.Sessions.Silo.Cluster;
using BankEzy.Sessions.Silo.Configuration;
using BankEzy.Sessions.Silo.Incidents;
using BankEzy.Sessions.Silo.Monitoring;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Logging.Console;

namespace BankEzy.Sessions.Silo;

/// <summary>Builds the host.</summary>
public static class SessionsHost
{
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Builds the service from the environment and the command line.</summary>
    /// <param name="args">The command line: settings as <c>--Sessions:Store=memory</c>.</param>
    /// <param name="time">The clock; the system's when null.</param>
    /// <param name="adjust">What to change about the services before they are built: tests put a failing store or a log of their own
    /// there.</param>
    /// <exception cref="SettingsException">The configuration cannot be used.</exception>
    /// <exception cref="StoreUnavailableException">The log cannot be opened.</exception>
    public static WebApplication Build(string[] args, TimeProvider? time = null, Action<IServiceCollection>? adjust = null)
    {
        // Settings are read once: without this the host would watch its folder, and the log that may lie in it, for changes.
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
        var settings = SettingsRules.Read(
            builder.Configuration, builder.Environment.IsDevelopment(), HostRules.ReadFileHandlesMax());
        AddLogging(builder.Logging, settings);
        builder.WebHost.ConfigureKestrel(kestrel => Listeners.Configure(
            kestrel,
            settings,
            kestrel.ApplicationServices.GetRequiredService<RequestSlots>(),
            kestrel.ApplicationServices.GetRequiredService<ConnectionLimits>()));
        builder.WebHost.UseSockets(Listeners.Configure);
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = DrainTimeout);
        builder.Services.AddHostedService<UserKeyCheck>().AddHostedService<GracefulShutdown>().AddHostedService<ManagementKeysWatch>();
        builder.Services.AddSingleton(settings).AddSingleton(time ?? TimeProvider.System);
        AddStore(builder.Services, settings);
        builder.AddCluster(settings);
        if (settings.Cluster.Role != NodeRole.Api)
        {
            builder.Services.AddHostedService<ExpirySweep>(); // where the users are
            builder.Services.AddCanary(settings);
            builder.Services.AddSingleton<IncidentWalk>().AddHostedService<IncidentJob>();
        }

        AddFrontEnd(builder, settings);
        builder.Services.AddTelemetry(settings, builder.Configuration);
        adjust?.Invoke(builder.Services);
        return Assemble(builder.Build(), settings);
    }

    private static void AddLogging(ILoggingBuilder logging, Settings settings)
    {
        // ASP.NET's own lines carry paths and queries, and tell nothing that ours do not.
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.Critical); // a failed start is one line (Program)
        logging.AddFilter("Orleans", LogLevel.Warning);
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error); // at each start it takes the machine's uptime for a stall
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error); // advice about the collector, which is chosen where we are built

        // A line for each call that failed and each user whose log could not be read: the request that asked for it has its own line.
        logging.AddFilter("Orleans.Grain", LogLevel.None);
        logging.AddFilter("Orleans.Runtime.CallbackData", LogLevel.None);
        logging.AddFilter("Polly", LogLevel.Warning); // below that, two lines for each activated user

        // Whatever this logs at all, it first makes an activity and a scope for each request, which nothing here reads.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        // Where standard output is a pipe whose reader stands still, lines are dropped and counted: no request waits for a log collector.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        if (settings.IsDevelopment)
        {
            logging.AddSimpleConsole(console => (console.SingleLine, console.ColorBehavior) = (true, LoggerColorBehavior.Disabled));
        }
        else
        {
            logging.AddJsonConsole(console => (console.UseUtcTimestamp, console.TimestampFormat) = (true, "yyyy-MM-ddTHH:mm:ss.fffZ"));
        }
    }

    private static void AddStore(IServiceCollection services, Settings settings)
    {
        services.AddSingleton<IEventStore>(provider => OpenStore(provider, settings));
        services.AddSingleton<IFeed>(provider => provider.GetRequiredService<IEventStore>());
        services.AddSingleton<IAuditLog, AuditLog>().AddSingleton<IConsoleLog, ConsoleLog>();
        services.AddSingleton<IGates>(provider => provider.GetRequiredService<ProgramGates>());
        services.AddSingleton<CheckLog>(static provider => provider.GetRequiredService<IEventStore>().CheckHealth);
        services.AddSingleton<IProgramPolicies>(new ProgramPolicies(settings.Programs));
        AddUsers(services, new UserKey(settings.UserKey));
    }

    /// <summary>What the grains of users need, beside the log and the programs' limits.</summary>
    internal static void AddUsers(IServiceCollection services, UserKey key)
    {
        services.AddSingleton(key).AddSingleton(new UserSnapshots(key.Derive("snapshots")));
        services.AddSingleton<SearchKeys>().AddSingleton<AppendTimes>().AddSingleton<UserStreams>();
        services.AddSingleton(provider => new ProgramGates(provider.GetRequiredService<IEventStore>(), ElapsedTime.Instance));
    }

    private static IEventStore OpenStore(IServiceProvider provider, Settings settings)
    {
        var clock = provider.GetRequiredService<TimeProvider>();
        return settings.Store switch
        {
            StoreKind.Memory => new MemoryEventStore(clock),
            StoreKind.Postgres => PostgresEventStore.Open(
                new PostgresOptions
                {
                    ConnectionString = settings.Cluster.PostgresConnection!,
                    MigrationsConnectionString = settings.PostgresMigrationsConnection,
                    StartTimeout = settings.PostgresStartTimeout,
                    Clock = clock,
                    ServerClock = clock == TimeProvider.System ? null : clock, // A test's time is everybody's.
                },
                provider.GetRequiredService<ILogger<PostgresEventStore>>()),
            _ => SqliteEventStore.Open(
                new SqliteOptions { Path = settings.SqlitePath, Clock = clock }, provider.GetRequiredService<ILogger<SqliteEventStore>>()),
        };
    }

    private static void AddFrontEnd(WebApplicationBuilder builder, Settings settings)
    {
        var services = builder.Services;
        if (settings.Cluster.Role == NodeRole.Silo)
        {
            services.AddProbes();
        }
        else
        {
            services.AddApi().AddApiDocument();
            if (settings.Console)
            {
                services.AddConsole();
            }

            if (settings.IsDevelopment)
            {
                services.AddDemo(Demo(settings));
            }
        }

        services.AddSingleton(new ApiOptions
        {
            TokenLifetimeMax = settings.TokenLifetimeMax,
            FreshTokenMax = settings.FreshTokenMax,
            ForgedTokensPerMinute = settings.ForgedTokensPerMinute,
            WrongKeysPerMinute = settings.WrongKeysPerMinute,
            ConnectionsMax = settings.ConnectionsMax,
            ConnectionsPerAddressMax = settings.ConnectionsPerAddressMax,
            IsKnownProxy = KnownProxies.Matcher(settings.KnownProxies),
            ConcurrentRequestsMax = settings.ConcurrentRequestsMax,
            IncidentApprovalAbove = settings.Incidents.ApprovalAbove,
            NoticeStreamsPerUserMax = settings.NoticeStreamsPerUserMax,
            NoticeStreamsPerNodeMax = settings.NoticeStreamsPerNodeMax,
            ManagementKeys = [.. settings.ManagementKeys.Select(key => key.ToKey())],
            ShowsDescription = settings.IsDevelopment,
            Console = settings.Console,
            GrafanaUrl = settings.GrafanaUrl,
            Simulator = settings.Simulator,
            NamesRefusals = settings.IsDevelopment,
            AccessLog = settings.Telemetry.AccessLog,
        });
        services.AddSingleton(settings.Wording);
        services.AddSingleton(_ => new ProgramDirectory(settings.Programs.Select(Entry)));
        services.AddSingleton(provider => new SimulatorTokens(
            settings.Programs.ToDictionary(program => program.Id, SimulatorKeysOf), provider.GetRequiredService<TimeProvider>()));
        if (settings.KnownProxies.Count > 0)
        {
            services.Configure<ForwardedHeadersOptions>(options => KnownProxies.Trust(options, settings.KnownProxies));
        }

        // The framework's own filter would refuse probes (Assemble); it has no switch.
        if (services.FirstOrDefault(service => service.ImplementationType?.Name == "HostFilteringStartupFilter") is { } filter)
        {
            services.Remove(filter);
        }

        var hosts = builder.Configuration["AllowedHosts"]?.Split(';', StringSplitOptions.RemoveEmptyEntries) ?? [];
        services.AddHostFiltering(options =>
        {
            options.AllowedHosts = hosts.Length > 0 ? hosts : ["*"];
            options.AllowEmptyHosts = false;
            options.IncludeFailureMessage = false;
        });
    }

    private static WebApplication Assemble(WebApplication app, Settings settings)
    {
        app.UseRequestIds();

        // A load balancer's probe names the node's own address, or with HTTP/1.0 none.
        app.UseWhen(static http => !IsProbe(http), static others => others.UseHostFiltering());
        if (settings.KnownProxies.Count > 0)
        {
            app.UseForwardedHeaders();
        }

        var gate = app.Services.GetRequiredService<RequestGate>();
        app.Use(next => http => gate.Handle(http, next));
        app.UseRouting(); // For paths below a prefix (RoutePolicy). Without this line the framework puts it before the gate.
        if (settings.Cluster.Role == NodeRole.Silo)
        {
            app.MapProbes();
        }
        else
        {
            app.MapApi();
            app.MapDocs(settings.IsDevelopment);
        }

        if (settings.Telemetry.Metrics)
        {
            app.MapMetrics();
        }

        if (settings is { Dashboard: true, Cluster.Role: not NodeRole.Api })
        {
            app.MapDashboard();
        }

        gate.SetRoutes(((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints));
        app.Services.GetRequiredService<IEventStore>(); // Opened before a port is: a log that cannot be used stops the start.
        return app;
    }

    private static bool IsProbe(HttpContext http) => http.Origin().Listener == Listener.Management
        && (http.Request.Path.Value ?? "").StartsWith("/health/", StringComparison.Ordinal);

    private static DemoOptions Demo(Settings settings) => new(
        settings.DemoNodes,
        settings.ManagementUrl.GetLeftPart(UriPartial.Authority),
        Path.Combine(settings.DataFolder, DevelopmentSecrets.ManagementKeyFile),
        settings.Store switch { StoreKind.Memory => "memory", StoreKind.Postgres => "PostgreSQL", _ => "SQLite" });

    private static ProgramEntry Entry(ProgramSettings program)
    {
        var loginKeys = Keys(program.TokenKeys);
        return new ProgramEntry(
            program.Id, program.ApiKeys, program.RequireApiKey,
            loginKeys, program.AppTokenKeys.Count > 0 ? Keys(program.AppTokenKeys) : loginKeys)
        {
            AllowedOrigins = program.AllowedOrigins,
        };
    }

    private static TokenKeys Keys(IReadOnlyList<string> base64Url) =>
        TokenKeys.TryParse(base64Url, out var keys, out var fault) ? keys! : throw new SettingsException([fault]);

    private static SimulatorKeys SimulatorKeysOf(ProgramSettings program) => new(
        Base64Url.DecodeFromChars(program.TokenKeys[0]),
        Base64Url.DecodeFromChars(program.AppTokenKeys.Count > 0 ? program.AppTokenKeys[0] : program.TokenKeys[0]));
}
