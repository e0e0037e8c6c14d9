using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class SqliteStoreTests : StoreContract, IDisposable
{
    private readonly SqliteFolder folder = new();

    private protected override IEventStore Store => folder.Store;

    private protected override IEventStore? Restart() => folder.Restart();

    public void Dispose() => folder.Dispose();
}
