using BankEzy.Sessions.Silo.Store;
using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Tests.Store;

[Collection(PostgresCollection.Name)]
public sealed class PostgresStoreTests : StoreContract, IDisposable
{
    private readonly PostgresLogs log;
    private PostgresStore store;

    public PostgresStoreTests(PostgresServer server)
    {
        log = new PostgresLogs(server);
        store = log.Open();
    }

    protected override IEventStore Store => store;

    protected override IEventStore? Restart()
    {
        store.Dispose();
        return store = log.Open();
    }

    public void Dispose() => log.Dispose();
}
