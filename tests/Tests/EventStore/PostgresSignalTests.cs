// Nodes learn of each other's appends, also after the connection on which they listen was lost.
namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresSignalTests(PostgresServer server) : IDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);
    private readonly PostgresLogs log = new(server);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => log.Dispose();

    [Fact]
    public async Task An_append_of_one_node_is_heard_of_on_another_also_after_the_connection_was_lost()
    {
        var (writing, waiting) = (log.Open(), log.Open());
        var number = 0;
        for (var lost = 0; lost < 3; lost++)
        {
            // A connection that is made counts as a word, once: all rounds but the first are those of a real one.
            for (var round = 0; round < 20; round++)
            {
                var more = waiting.NextAppend();
                await writing.AppendNext("a", ++number);
                await more.WaitAsync(Soon, Stop);
            }

            log.Sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = 'LISTEN bankezy_sessions_appended'");
        }
    }
}
