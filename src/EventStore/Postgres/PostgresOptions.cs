// What the PostgreSQL store can be set to.
namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Settings of the PostgreSQL store.</summary>
internal sealed class PostgresOptions
{
    /// <summary>The running role's connection: it reads and appends, and may change no event.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The owner's connection, which makes the tables; null where the running role may.</summary>
    public string? MigrationsConnectionString { get; init; }

    /// <summary>The most appends that share one commit.</summary>
    public int BatchMax { get; init; } = 512;

    /// <summary>The most appends that wait; more are refused at once. Reads of streams have queues of the same size.</summary>
    public int QueueMax { get; init; } = 8_192;

    /// <summary>How long the start waits for a server that is away or full; zero: not at all.</summary>
    public TimeSpan StartTimeout { get; init; }

    /// <summary>How long an append takes at most, and how long a read or a connection is waited for.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>This node's clock; it also measures the pause between two tries to connect to a server that failed.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Taken for the server's clock; null: the server is asked.</summary>
    public TimeProvider? ServerClock { get; init; }
}
