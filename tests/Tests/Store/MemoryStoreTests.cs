using BankEzy.Sessions.Store;

namespace BankEzy.Sessions.Tests.Store;

public sealed class MemoryStoreTests : StoreContract
{
    protected override IEventStore Store { get; } = new MemoryStore();
}
