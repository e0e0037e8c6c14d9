// How this process connects: one connection that only appends, one that only listens, and a pool for everything else.
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>The connections to the server.</summary>
internal sealed class ConnectionSources : IDisposable
{
    private const int ReadersMax = 16;

    // A connection that only waits would not notice that the server has gone.
    private const int KeepAliveSeconds = 5;

    // Every statement of ours walks an index. A plan made while the tables were small must not become a scan of large ones, and
    // planning a batch costs more than running it, so it is done once a connection.
    private const string Plans =
        "-c jit=off -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c enable_mergejoin=off"
        + " -c enable_hashjoin=off";

    // A network that has gone silent is noticed by both sides within some ten seconds: the server does not keep processes for nodes that
    // are not there, and the node no connections to a server that is not.
    private const string KeepAlive =
        "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000";

    private ConnectionSources(
        NpgsqlDataSource appends, NpgsqlDataSource reads, NpgsqlDataSource signals, ServerGuard guard, string server)
    {
        Guard = guard;
        Appends = appends;
        Reads = reads;
        Signals = signals;
        Server = server;
    }

    /// <summary>What all connections have in common.</summary>
    public ServerGuard Guard { get; }

    /// <summary>Where appends go.</summary>
    public NpgsqlDataSource Appends { get; }

    /// <summary>Where reads go, and writes that may be lost (snapshots and handled due times): they wait for no disk.</summary>
    public NpgsqlDataSource Reads { get; }

    /// <summary>Where the node learns of other nodes' appends.</summary>
    public NpgsqlDataSource Signals { get; }

    /// <summary>The server and the database, for messages.</summary>
    public string Server { get; }

    /// <summary>Reads the connection string; connects to nothing yet.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be used. The message does not repeat it: it holds a password.</exception>
    public static ConnectionSources Create(PostgresOptions options)
    {
        var given = Parse(options.ConnectionString, "ConnectionStrings__Sessions");
        RequirePrimary(given);
        var server = $"{given.Host}:{given.Port}/{given.Database}";
        var guard = new ServerGuard(server);
        var milliseconds = (long)options.Patience.TotalMilliseconds;
        var appends = Settled(given, options, $"{Plans} -c lock_timeout={milliseconds * 3 / 4} -c statement_timeout=0");
        appends.Pooling = false;
        var reads = Settled(given, options, $"{Plans} -c statement_timeout={milliseconds} -c synchronous_commit=off");
        reads.MaxPoolSize = Math.Min(given.MaxPoolSize, ReadersMax);
        reads.MinPoolSize = Math.Min(given.MinPoolSize, reads.MaxPoolSize);
        var signals = Settled(given, options, "");
        signals.Pooling = false;
        signals.MaxAutoPrepare = 0;
        signals.KeepAlive = KeepAliveSeconds;
        try
        {
            var guarded = new NpgsqlDataSourceBuilder(reads.ConnectionString);
            guarded.UsePhysicalConnectionInitializer(guard.CheckReader, guard.CheckReaderAsync);
            return new ConnectionSources(
                NpgsqlDataSource.Create(appends), guarded.Build(), NpgsqlDataSource.Create(signals), guard, server);
        }
        catch (Exception fault) when (fault is NotSupportedException or ArgumentException)
        {
            // Settings that do not go together, such as Target Session Attributes with a single host.
            throw new StoreUnavailableException($"ConnectionStrings__Sessions cannot be used: {fault.Message}", fault);
        }
    }

    /// <summary>Reads a connection string for what is not the log itself: it reaches the same server as the log's connections do, and
    /// notices as they do when the network has gone silent.</summary>
    /// <param name="text">The connection string.</param>
    /// <param name="name">The setting, for messages.</param>
    /// <exception cref="StoreUnavailableException">It cannot be used. The message does not repeat it: it holds a password.</exception>
    public static NpgsqlConnectionStringBuilder ParseGuarded(string text, string name)
    {
        var given = Parse(text, name);
        RequirePrimary(given);
        given.Enlist = false;
        given.IncludeErrorDetail = false; // Details quote stored values.
        (given.TcpKeepAlive, given.TcpKeepAliveTime, given.TcpKeepAliveInterval) = (true, KeepAliveSeconds, 1);
        given.Options = $"{given.Options} {KeepAlive}".TrimStart();
        return given;
    }

    /// <summary>Reads a connection string without showing it in a message.</summary>
    public static NpgsqlConnectionStringBuilder Parse(string text, string name)
    {
        var parsed = new NpgsqlConnectionStringBuilder();
        try
        {
            parsed.ConnectionString = text;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
        {
            parsed.Host = null;
        }

        return parsed.Host is { Length: > 0 }
            ? parsed
            : throw new StoreUnavailableException(
                $"{name} cannot be read: write it as Host=…;Port=5432;Database=…;Username=…;Password=… (its value is not shown here).");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Appends.Dispose();
        Reads.Dispose();
        Signals.Dispose();
    }

    // Of several hosts the one that takes appends, for reads as well: a standby answers with what was true a moment ago.
    private static void RequirePrimary(NpgsqlConnectionStringBuilder given)
    {
        if (given.Host!.Contains(',', StringComparison.Ordinal) && given.TargetSessionAttributes is null)
        {
            given.TargetSessionAttributes = "primary";
        }

        if (given.TargetSessionAttributes is { } wanted && wanted is not ("primary" or "read-write"))
        {
            throw new StoreUnavailableException(
                $"ConnectionStrings__Sessions has Target Session Attributes={wanted}: a standby may lag behind sign-outs that were "
                + "acknowledged. Set it to primary, or leave it out.");
        }
    }

    private static NpgsqlConnectionStringBuilder Settled(
        NpgsqlConnectionStringBuilder given, PostgresOptions options, string serverOptions)
    {
        var seconds = Math.Max(1, (int)Math.Ceiling(options.Patience.TotalSeconds));
        return new NpgsqlConnectionStringBuilder(given.ConnectionString)
        {
            ApplicationName = given.ApplicationName ?? "bankezy-sessions",
            Timeout = seconds,
            CommandTimeout = seconds,
            CancellationTimeout = -1, // A connection that does not answer is closed at once.
            NoResetOnClose = true, // The reset between two uses would throw the prepared statements away.
            MaxAutoPrepare = 32,
            AutoPrepareMinUsages = 1,
            Multiplexing = false,
            Enlist = false,
            TcpKeepAlive = true,
            TcpKeepAliveTime = KeepAliveSeconds,
            TcpKeepAliveInterval = 1,
            IncludeErrorDetail = false, // Details quote stored values.
            Options = $"{given.Options} {serverOptions} {KeepAlive} -c idle_in_transaction_session_timeout=5000".TrimStart(),
        };
    }
}
