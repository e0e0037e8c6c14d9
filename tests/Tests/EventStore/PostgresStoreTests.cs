using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.EventStore.Postgres;

namespace BankEzy.Sessions.Tests.EventStore;

[Collection(PostgresCollection.Name)]
public sealed class PostgresStoreTests : StoreContract, IDisposable
{
    private readonly PostgresLogs log;
    private PostgresEventStore store;

    public PostgresStoreTests(PostgresServer server)
    {
        log = new PostgresLogs(server);
        store = log.Open();
    }

    private protected override IEventStore Store => store;

    private protected override IEventStore? Restart()
    {
        store.Dispose();
        return store = log.Open();
    }

    // An event may be in the log and not yet in the feed, behind a transaction that is still open: that of a signal, say.
    protected override Task WaitForMore(Task more) =>
        Task.WhenAny(more, Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, CancellationToken.None));

    public void Dispose() => log.Dispose();
}
