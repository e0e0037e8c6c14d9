// Reads and appends go to one server and one history of it. A standby that lags, or a server that was restored from an older backup,
// answers every question readily and wrongly.
using System.Data.Common;
using Npgsql;

namespace BankEzy.Sessions.EventStore.Postgres;

/// <summary>Which server it is, and which of its histories.</summary>
/// <param name="System">The server's identifier, made with its data folder; a physical copy has the same.</param>
/// <param name="Timeline">The number of its history, as PostgreSQL writes it; a promotion begins a new one.</param>
internal readonly record struct ServerIdentity(long System, string Timeline);

/// <summary>What all connections of a node must have in common.</summary>
/// <param name="server">The server, for messages.</param>
internal sealed class ServerGuard(string server)
{
    private const string Sql = """
        SELECT s.system_identifier,
            CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) END
        FROM pg_control_system() s
        """;

    private readonly Lock _gate = new();
    private ServerIdentity? _known;
    private long _seen;
    private volatile bool _isOutdated;

    /// <summary>The highest transaction number that a reader of the feed was given here.</summary>
    public long Seen => Interlocked.Read(ref _seen);

    /// <summary>Whether a reader has met another server than the one that is appended to: appends must connect anew.</summary>
    public bool IsOutdated => _isOutdated;

    /// <summary>Remembers what a reader of the feed was given.</summary>
    public void Saw(FeedCursor last)
    {
        var number = (long)last.Transaction;
        for (var seen = Seen; number > seen; seen = Seen)
        {
            if (Interlocked.CompareExchange(ref _seen, number, seen) == seen)
            {
                return;
            }
        }
    }

    /// <summary>Checks a new connection that reads.</summary>
    /// <exception cref="StoreUnavailableException">It is on a standby, or on another server than the one that is appended to.</exception>
    public void CheckReader(NpgsqlConnection connection) => Check(Identify(connection));

    /// <inheritdoc cref="CheckReader"/>
    public async Task CheckReaderAsync(NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(Sql, connection);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        Check(RefuseStandby(Read(row)));
    }

    /// <summary>Which server a connection is to.</summary>
    /// <exception cref="StoreUnavailableException">It is a standby.</exception>
    public ServerIdentity Identify(NpgsqlConnection connection)
    {
        using var command = new NpgsqlCommand(Sql, connection);
        using var row = command.ExecuteReader();
        row.Read();
        return RefuseStandby(Read(row));
    }

    /// <summary>From now on this is the server.</summary>
    /// <returns>Which one it was before, where that was another one.</returns>
    public ServerIdentity? Accept(ServerIdentity identity)
    {
        lock (_gate)
        {
            var before = _known;
            (_known, _isOutdated) = (identity, false);
            return before == identity ? null : before;
        }
    }

    private void Check(ServerIdentity found)
    {
        lock (_gate)
        {
            if (_known is { } known && known != found)
            {
                _isOutdated = true;
                throw new StoreUnavailableException(
                    $"A read reached another server, or another history of it, than the appends to {server} do (system identifier "
                    + $"{found.System}, timeline {found.Timeline}, not {known.System}, {known.Timeline}). The service connects anew; if "
                    + "this comes again, two servers run: end the one that is not the primary.");
            }
        }
    }

    private ServerIdentity RefuseStandby(ServerIdentity found) => found.Timeline.Length > 0
        ? found
        : throw new StoreUnavailableException(
            $"PostgreSQL at {server} is a standby: it may lag behind the sign-outs that were acknowledged. Point the connection at the "
            + "primary, or name all hosts in ConnectionStrings__Sessions with Target Session Attributes=primary.");

    private static ServerIdentity Read(DbDataReader row) => new(row.GetInt64(0), row.GetString(1));
}
