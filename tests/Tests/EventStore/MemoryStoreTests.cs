using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.EventStore;

public sealed class MemoryStoreTests : StoreContract
{
    private protected override IEventStore Store { get; } = new MemoryEventStore(TimeProvider.System);
}
