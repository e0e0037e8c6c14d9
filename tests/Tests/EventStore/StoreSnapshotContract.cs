// The cases of the contract about snapshots and long streams.
using BankEzy.Sessions.EventStore;

namespace BankEzy.Sessions.Tests.EventStore;

public abstract partial class StoreContract
{
    [Fact]
    public async Task Case08_a_snapshot_is_returned_for_its_shape_with_the_events_from_its_own_version_on()
    {
        await Store.AppendNext("a", command: 1, count: 3);
        var snapshot = new Snapshot("a", 7, await Store.Head("a"), "state at 3"u8.ToArray());
        await Store.WriteSnapshot(snapshot, Stop);
        Assert.Equal(snapshot.Head, Appends.HeadOf(Assert.Single((await Store.Load("a", 7, Stop)).Events)));
        await Store.AppendNext("a", command: 2);

        var history = await Store.Load("a", 7, Stop);
        Assert.Equal((snapshot.Shape, snapshot.Head), (history.Snapshot!.Shape, history.Snapshot.Head));
        Assert.Equal("state at 3"u8, history.Snapshot.Json.Span);
        Assert.Equal([3, 4], history.Events.Select(stored => stored.Version));

        var ofAnotherShape = await Store.Load("a", 8, Stop);
        Assert.Null(ofAnotherShape.Snapshot);
        Assert.Equal([1, 2, 3, 4], ofAnotherShape.Events.Select(stored => stored.Version));
    }

    [Fact]
    public async Task Case08_the_newer_snapshot_stays()
    {
        await Store.AppendNext("a", command: 1, count: 3);
        var events = (await Store.Load("a", 7, Stop)).Events;
        Snapshot At(int version, int shape) => new("a", shape, new StreamHead(version, events[version - 1].Hash), new byte[version]);

        await Store.WriteSnapshot(At(2, shape: 7), Stop);
        await Store.WriteSnapshot(At(3, shape: 7), Stop);
        await Store.WriteSnapshot(At(1, shape: 7), Stop);
        Assert.Equal(3, (await Store.Load("a", 7, Stop)).Snapshot!.Json.Length);
        await Store.WriteSnapshot(At(1, shape: 8), Stop);
        Assert.Equal(1, (await Store.Load("a", 8, Stop)).Snapshot!.Head.Version);
        Assert.Null((await Store.Load("a", 7, Stop)).Snapshot);
    }

    [Fact]
    public async Task Case08_a_long_tail_comes_in_pages_with_and_without_a_snapshot()
    {
        for (var command = 1; command <= 3; command++)
        {
            await Store.AppendNext("a", command, count: 400);
        }

        var first = (await Store.Load("a", 7, Stop)).Events;
        Assert.Equal(Enumerable.Range(1, StreamHistory.EventsMax), first.Select(stored => (int)stored.Version));
        Assert.Equal(200, (await Store.ReadStream("a", first[^1].Version, 1_000, Stop)).Count);

        await Store.WriteSnapshot(new Snapshot("a", 7, Appends.HeadOf(first[99]), new byte[1]), Stop);
        var later = (await Store.Load("a", 7, Stop)).Events;
        Assert.Equal(Enumerable.Range(100, StreamHistory.EventsMax), later.Select(stored => (int)stored.Version));
    }
}
