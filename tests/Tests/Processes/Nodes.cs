// Several service processes on one PostgreSQL log, on free ports; started, added, and ended with their log.
using BankEzy.Sessions.EventStore.Postgres;
using BankEzy.Sessions.Tests.EventStore;
using Npgsql;

namespace BankEzy.Sessions.Tests.Processes;

internal sealed class Nodes : IAsyncDisposable
{
    // A deadline for what must happen at all, however busy the machine is. Nothing is measured by it.
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly PostgresServer _server;
    private readonly string _schema;
    private readonly List<ServiceProcess> _all = [];

    private Nodes(PostgresServer server)
    {
        (_server, _schema) = (server, server.CreateSchema());

        // The server of the tests has 200 connections for everybody.
        ConnectionString = new NpgsqlConnectionStringBuilder(_schema) { MaxPoolSize = 8 }.ConnectionString;
    }

    public string ConnectionString { get; }

    public IReadOnlyList<ServiceProcess> All => _all;

    public ServiceProcess this[int number] => _all[number];

    public static async Task<Nodes> Start(PostgresServer server, int count)
    {
        var nodes = new Nodes(server);
        try
        {
            await Task.WhenAll(Enumerable.Range(0, count).Select(_ => nodes.Add()));
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more node on the same log; again, as its operator would, where the database had no time for it.</summary>
    public async Task<ServiceProcess> Add()
    {
        const int attempts = 5;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var node = await ServiceProcess.Start(("Sessions__Store", "postgres"), ("ConnectionStrings__Sessions", ConnectionString));
                lock (_all)
                {
                    _all.Add(node);
                }

                return node;
            }
            catch (InvalidOperationException e) when (attempt < attempts && e.Message.Contains("in time", StringComparison.Ordinal))
            {
                await NodeCalls.PauseAsAsked();
            }
        }
    }

    /// <summary>The log itself, for writing what a node would not and for reading what is there.</summary>
    public PostgresEventStore OpenLog() => PostgresLogs.Open(new PostgresOptions { ConnectionString = ConnectionString });

    /// <summary>Every event of the log by stream, after versions, hashes and the feed's order were checked.</summary>
    public async Task<IReadOnlyDictionary<string, List<StoredEvent>>> ReadLog()
    {
        using var log = OpenLog();
        List<StoredEvent> feed;
        do
        {
            // The feed waits for transactions that are still open; what is stored will be in it.
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            feed = await log.ReadWholeFeed(10_000);
        }
        while (feed.Count < (long)PostgresServer.Sql(_schema, "SELECT count(*) FROM events")!);
        return Prove(feed);
    }

    public static IReadOnlyDictionary<string, List<StoredEvent>> Prove(IReadOnlyList<StoredEvent> feed)
    {
        var (streams, last) = (new Dictionary<string, List<StoredEvent>>(), FeedCursor.Start);
        foreach (var stored in feed)
        {
            Assert.True(stored.Cursor.IsAfter(last), $"{stored.Cursor} follows {last} in the feed.");
            last = stored.Cursor;
            if (!streams.TryGetValue(stored.Stream, out var events))
            {
                streams[stored.Stream] = events = [];
            }

            var (version, before) = events.Count == 0 ? (0, default) : (events[^1].Version, events[^1].Hash);
            Assert.Equal(version + 1, stored.Version);
            Assert.Equal(
                before.Next(stored.Stream, stored.Version, stored.Command, stored.Ordinal, stored.Name, stored.Json.Span), stored.Hash);
            events.Add(stored);
        }

        return streams;
    }

    public ValueTask DisposeAsync()
    {
        foreach (var (node, number) in _all.Select((node, number) => (node, number)))
        {
            node.Dispose();
            TestContext.Current.TestOutputHelper?.WriteLine($"Node {number} said at last:\n{string.Join('\n', node.LastLines)}");
        }

        _server.DropSchema(_schema);
        return ValueTask.CompletedTask;
    }
}
