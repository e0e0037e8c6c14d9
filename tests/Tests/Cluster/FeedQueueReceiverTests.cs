// What Orleans' pulling agent reads, from a log in memory: it stands still where the log is damaged, and skips nothing.
using System.Collections.Immutable;
using BankEzy.Sessions.EventStore;
using BankEzy.Sessions.Silo.Cluster.Streams;
using BankEzy.Sessions.Tests.EventStore;
using BankEzy.Sessions.Tests.Support;
using BankEzy.Sessions.Users;
using Microsoft.Extensions.Time.Testing;
using Orleans.Metadata;

namespace BankEzy.Sessions.Tests.Cluster;

public sealed class FeedQueueReceiverTests
{
    private const string Stream = "user-2001-77";

    [Theory]
    [InlineData(Damage.Content)]
    [InlineData(Damage.Name)]
    [InlineData(Damage.Hash)]
    [InlineData(Damage.Missing)]
    public async Task At_damage_the_streams_stand_still_with_one_line_and_go_on_when_it_is_mended(Damage damage)
    {
        using var log = new CapturedLog();
        using var store = new FaultyStore(new MemoryEventStore(TimeProvider.System)) { Changed = damage.To(Stream, 2) };
        var receiver = Receiver(store, log);
        Assert.Empty(await receiver.GetQueueMessagesAsync(100)); // It begins at the end of the log.

        await AppendSignOuts(store);
        for (var look = 0; look < 3; look++)
        {
            await Assert.ThrowsAsync<InvalidDataException>(() => receiver.GetQueueMessagesAsync(100));
        }

        var line = Assert.Single(log.Complaints);
        Assert.Contains("its hash chain breaks there", line.Text, StringComparison.Ordinal);
        store.Changed = null;
        Assert.Equal(6, (await receiver.GetQueueMessagesAsync(100)).Count); // Three sign-outs, each to its user and to its program.
    }

    [Theory]
    [InlineData(Damage.Content)]
    [InlineData(Damage.Name)]
    [InlineData(Damage.Hash)]
    public async Task They_stand_still_at_damage_whose_predecessor_was_read_with_an_earlier_page(Damage damage)
    {
        using var log = new CapturedLog();
        using var store = new FaultyStore(new MemoryEventStore(TimeProvider.System));
        var receiver = Receiver(store, log);
        Assert.Empty(await receiver.GetQueueMessagesAsync(100));
        await AppendSignOuts(store);
        Assert.Equal(6, (await receiver.GetQueueMessagesAsync(100)).Count);

        store.Changed = damage.To(Stream, 4);
        await AppendSignOuts(store, command: 2);
        await Assert.ThrowsAsync<InvalidDataException>(() => receiver.GetQueueMessagesAsync(100));
        Assert.Contains("where version 4 of", Assert.Single(log.Complaints).Text, StringComparison.Ordinal);
        store.Changed = null;
        Assert.Equal(6, (await receiver.GetQueueMessagesAsync(100)).Count);
    }

    [Fact]
    public async Task A_look_waits_for_a_sign_out_and_ends_when_the_agent_stops()
    {
        using var log = new CapturedLog();
        using var store = new FaultyStore(new MemoryEventStore(TimeProvider.System));
        var receiver = Receiver(store, log);
        Assert.Empty(await receiver.GetQueueMessagesAsync(100));
        var look = receiver.GetQueueMessagesAsync(100);
        Assert.False(look.IsCompleted);
        await AppendSignOuts(store);
        var messages = await look;
        Assert.Equal(6, messages.Count);

        Assert.Empty(await receiver.GetQueueMessagesAsync(100)); // Behind a page that had something there may be another one.
        look = receiver.GetQueueMessagesAsync(100);
        Assert.True(look.IsCompleted); // What is under way is reported between two looks.
        Assert.Empty(await look);
        await receiver.MessagesDeliveredAsync(messages);
        look = receiver.GetQueueMessagesAsync(100);
        Assert.False(look.IsCompleted);
        await receiver.Shutdown(TimeSpan.Zero);
        Assert.Empty(await look);
    }

    private static FeedQueueReceiver Receiver(FaultyStore store, CapturedLog log) => new(
        store, StreamCheckpoint.Of(null, null), new SubscriberDetector(new OneSubscriber(), null, "test"), new FakeTimeProvider(),
        log.CreateLogger("BankEzy"));

    private static async Task AppendSignOuts(FaultyStore store, int command = 1)
    {
        var (at, id, session) = (TimeProvider.System.GetUtcNow(), Appends.Command(command), new SessionId(Guid.Empty));
        var head = await store.Head(Stream);
        var json = UserEventCodec.Encode(new DeviceSignedOut(at, "77", DeviceId.Of("x"), session, [session], []));
        var events = Appends.ChainOf("device-signed-out.v1", Stream, head, id, json, json, json);
        Assert.Equal(AppendOutcome.Appended, await store.Append(new(Stream, head.Version, id, at, events, null)));
    }

    // A cluster with one class of grains that subscribes.
    private sealed class OneSubscriber : IClusterManifestProvider
    {
        public ClusterManifest Current { get; } = new(
            new MajorMinorVersion(1, 1),
            ImmutableDictionary<SiloAddress, GrainManifest>.Empty.Add(SiloAddress.Zero, LocalGrains));

        public IAsyncEnumerable<ClusterManifest> Updates => throw new NotSupportedException();

        public GrainManifest LocalGrainManifest => LocalGrains;

        private static GrainManifest LocalGrains { get; } = new(
            ImmutableDictionary<GrainType, GrainProperties>.Empty.Add(
                GrainType.Create("subscriber"),
                new GrainProperties(ImmutableDictionary.Create<string, string>(StringComparer.Ordinal).Add(
                    WellKnownGrainTypeProperties.BindingPrefix + ".0.type", WellKnownGrainTypeProperties.StreamBindingTypeValue))),
            ImmutableDictionary<GrainInterfaceType, GrainInterfaceProperties>.Empty);
    }
}
